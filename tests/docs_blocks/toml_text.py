"""Puts a block of a page into a project's hookline.toml, as a reader does."""

from __future__ import annotations

import json
import tomllib
from typing import Any  # TOML holds any values

__all__ = ["added"]


def added(project: str, block: str) -> str:
    """The file with the block: what the block says of a table replaces what the file said, and lists of tables grow."""
    return _written(_merged(tomllib.loads(project), tomllib.loads(block)))


def _merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    found = dict(first)
    for key, value in second.items():
        before = found.get(key)
        if isinstance(before, dict) and isinstance(value, dict) and key != "verify":
            found[key] = _merged(before, value)
        elif isinstance(before, list) and _is_tables(value):
            found[key] = [*before, *value]
        else:
            found[key] = value
    return found


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _written(document: dict[str, Any]) -> str:
    lines = []
    for name, value in document.items():
        if _is_tables(value):
            lines += [line for one in value for line in (f"[[{name}]]", *_keys(one))]
        elif name in {"sources", "queues"}:
            lines += [line for key, one in value.items() for line in (f"[{name}.{key}]", *_keys(one))]
        else:
            lines += [f"[{name}]", *_keys(value)]
    return "\n".join([*lines, ""])


def _keys(table: dict[str, Any]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
