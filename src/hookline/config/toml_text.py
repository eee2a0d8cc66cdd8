"""Values as hookline.toml writes them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.config.units import duration_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["toml_key", "toml_lines", "toml_value"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_value(value: object) -> str:
    """Text, a number, a boolean, a duration, a list or a table, on one line. Raises TypeError for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, timedelta):
        return f'"{duration_text(value)}"'
    if isinstance(value, list | tuple | set | frozenset):
        listed = value if isinstance(value, list | tuple) else sorted(value)
        return f"[{', '.join(toml_value(one) for one in listed)}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{toml_key(str(name))} = {toml_value(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    raise TypeError(f"hookline.toml cannot have a value of type {type(value).__name__}")


def toml_key(name: str) -> str:
    """The name of a key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def toml_lines(values: Mapping[str, object]) -> str:
    """A line for each key that has a value: None and empty values are left out."""
    return "".join(
        f"{toml_key(name)} = {toml_value(value)}\n"
        for name, value in values.items()
        if value not in (None, "", [], {}, ())
    )
