"""Numbers in a schema that cannot be compared exactly: more than 64 bits, or more digits than a double has."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from hookline.patterns.doubles import WrittenFloat

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SCHEMAS_BY_NAME", "unheld_number"]

_LEAST, _MOST = -(2**63), 2**64 - 1
_ANNOTATIONS = frozenset({"default", "example", "examples"})
SCHEMAS_BY_NAME = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"}
)
"""Keywords whose value is a table of schemas by name: there, ``default`` is a name like any other."""
_LONGEST = 40


def unheld_number(content: bytes) -> str | None:
    """The place and text of a number in ``content`` (JSON) that no parser keeps exactly; None if there is none.

    Integers of 64 bits are kept, and so are fractions that have the same shortest decimal as the nearest double. Annotations (``default``,
    ``examples``) are not checked.
    """
    try:
        document = json.loads(content, parse_float=WrittenFloat, parse_int=_integer)
    except (ValueError, RecursionError):  # not JSON: the compiler reports it
        return None
    return next((f"{pointer}: {text}" for pointer, text in _unheld(document)), None)


def _integer(text: str) -> int | WrittenFloat:
    return int(text) if len(text) < _LONGEST else WrittenFloat(text)


def _unheld(document: object) -> Iterator[tuple[str, str]]:
    waiting = [("", document, False)]
    while waiting:
        pointer, value, is_table = waiting.pop()
        if isinstance(value, WrittenFloat) and Decimal(value.text) != Decimal(repr(float(value))):
            yield pointer, value.text if len(value.text) <= _LONGEST else f"{value.text[: _LONGEST - 1]}…"
        elif isinstance(value, int) and not _LEAST <= value <= _MOST:
            yield pointer, str(value)
        waiting += [(f"{pointer}/{step}", inner, table) for step, inner, table in _inner(value, is_table=is_table)]


def _inner(value: object, *, is_table: bool) -> list[tuple[str, object, bool]]:
    """The parts of ``value``, each with its step, and whether it is a table of schemas by name, as ``value`` may be."""
    if isinstance(value, dict):
        return [
            (key.replace("~", "~0").replace("/", "~1"), inner, not is_table and key in SCHEMAS_BY_NAME)
            for key, inner in value.items()
            if is_table or key not in _ANNOTATIONS
        ]
    return [(str(index), item, False) for index, item in enumerate(value)] if isinstance(value, list) else []
