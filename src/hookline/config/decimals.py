"""``"format": "decimal"`` in a schema: an amount is checked by its characters in the body, as a number or as text.

The parser makes floats of numbers, and a float does not keep how its number was written: 1e2 and 100.0 are the same. So a number for which
the schema says decimal is looked up in the body itself.
"""

from __future__ import annotations

import json
import re
from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hookline.domain.json_text import double
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.domain.event import Json

__all__ = ["KEYWORDS", "Decimals", "decimals"]

_FORMAT: Final = "decimal"
_KEYWORD: Final = "hookline:decimal"
_SHAPE: Final = r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,4})?"
"""RFC 8259's ``int [ frac ]`` without its sign and exponent: no zero before another digit, and digits on both sides of the point."""
_DECIMAL = re.compile(_SHAPE)
_OTHER_NUMBER: Final = rf"[ \t\r\n]*:[ \t\r\n]*(?!{_SHAPE}[ \t\r\n]*[,}}])[-0-9]".encode()
"""The text after a name whose number may be written in another form than a decimal."""
_LARGEST: Final = 10**18 - 1
_WHY = "not a decimal: at most 18 digits, then at most 4 after a point, without sign, exponent or leading zero"
_EXACT = 2**53  # up to this bound every integer is a double
_LETTERS = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED_LETTER: Final = rb"\u00"  # the only other way to write these characters in JSON
_SURELY_FIT = 18  # an integer with fewer digits always fits into 64 bits
_LEAST_INTEGER, _MOST_INTEGER, _MOST_DIGITS = -(2**63), 2**64 - 1, 20

_ROUGHLY: Final[Mapping[str, Json]] = {"pattern": f"^{_SHAPE}$", "minimum": 0, "maximum": _LARGEST}
"""Keywords of the validator that refuse values which certainly are no decimals, without a call into Python for each event."""

_OF_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"})
"""Keywords whose value is a table of schemas by name."""
_OF_VALUES = frozenset({"const", "enum", "default", "examples", "example"})
"""Keywords whose value is not a schema, even if it looks like one."""
_TOGETHER = frozenset({"allOf", "anyOf"})
_UNFORESEEN = frozenset({"not", "oneOf", "if", "maxContains", "$ref", "$dynamicRef", "$recursiveRef"})
"""Keywords that may accept a body because an inner schema refuses it, or through which a decimal applies to members with other names."""


class _AsWritten:
    """The keyword for documents from ``Decimals.as_written``, where a number that is not written as a decimal is a float."""

    def __init__(self, schema: Mapping[str, object], value: object, path: list[str | int]) -> None:
        """There is nothing to prepare; the validator's protocol requires these arguments."""

    def validate(self, value: object) -> None:
        """Raise ValueError for text or a number that is not a decimal; values of other types are left to other keywords."""
        if isinstance(value, str):
            fits = _DECIMAL.fullmatch(value) is not None
        elif isinstance(value, int):  # includes true and false, which are 1 and 0
            fits = 0 <= value <= _LARGEST
        else:
            fits = not isinstance(value, float)
        if not fits:
            raise ValueError(_WHY)


KEYWORDS: Final = {_KEYWORD: _AsWritten}
"""The arguments for the validator of the schema ``written``."""


@record
class Decimals:
    """What validation of a schema with decimals needs: two schemas to compile, and two searches in the body.

    ``written`` decides about documents from ``as_written``. ``parsed`` accepts at least the bodies that ``written`` accepts, and is faster.
    It is enough for a body in which neither pattern is found: ``other_number`` finds a decimal's name before a number that may be written
    in another form; ``escape`` finds characters with which a name may be written differently. If ``other_number`` is None, names cannot
    decide.
    """

    parsed: Json = field(repr=False)
    written: Json = field(repr=False)
    other_number: re.Pattern[bytes] | None = None
    escape: bytes = b"\\"

    def as_written(self, body: bytes) -> Json:
        """``body`` parsed as usual, but a number that is not written as a decimal is a float, and any other number has another type.

        Raises RecursionError where the body is nested too deeply, ValueError where it is not JSON.
        """
        document: Json = json.loads(body, parse_float=_fraction, parse_int=_integer)
        return document


def decimals(document: Json) -> Decimals | None:
    """What the decimals of the schema ``document`` need, or None if it has none."""
    written = _marked(document, {_KEYWORD: True})
    if written == document:
        return None
    parsed, names = _marked(document, {"allOf": [_ROUGHLY]}), set[str]()
    if not (_names(written, None, names) and names and _UNFORESEEN.isdisjoint(_keys(written))):
        return Decimals(parsed=parsed, written=written)
    escape = _ESCAPED_LETTER if all(map(_LETTERS.fullmatch, names)) else b"\\"
    in_json = (re.escape(json.dumps(name, ensure_ascii=False).encode()) for name in sorted(names))
    other_number = re.compile(b"(?:" + b"|".join(in_json) + b")" + _OTHER_NUMBER)
    return Decimals(parsed=parsed, written=written, other_number=other_number, escape=escape)


def _fraction(text: str) -> Decimal | float:
    """A float, or the same value as another type where the text is a decimal: other keywords of the validator see no difference."""
    value = double(text)
    if not _DECIMAL.fullmatch(text):
        return value
    return int(value) if value.is_integer() and value <= _EXACT else Decimal(repr(value))


def _integer(text: str) -> int | float:
    """The integer as the parser reads it, except that -0 stays different from 0."""
    if text == "-0":
        return -0.0
    return int(text) if len(text) <= _SURELY_FIT or _fits(text) else double(text)


def _fits(text: str) -> bool:
    return len(text) <= _MOST_DIGITS and _LEAST_INTEGER <= int(text) <= _MOST_INTEGER


def _marked(schema: Json, mark: Mapping[str, Json]) -> Json:
    """The schema with ``mark`` added to every ``"format": "decimal"``."""
    if isinstance(schema, list):
        return [_marked(item, mark) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _marked_value(key, value, mark) for key, value in schema.items()}
    if schema.get("format") != _FORMAT:
        return inner
    both = [*_list(inner.get("allOf")), *_list(mark.get("allOf"))]
    return {**inner, **mark, **({"allOf": both} if both else {})}


def _marked_value(key: str, value: Json, mark: Mapping[str, Json]) -> Json:
    if key in _OF_VALUES:
        return value
    if key in _OF_NAMES and isinstance(value, dict):
        return {name: _marked(schema, mark) for name, schema in value.items()}
    return _marked(value, mark)


def _names(schema: Json, name: str | None, found: set[str]) -> bool:
    """Whether each decimal is the value of a property with a known name; those names are added to ``found``."""
    if not isinstance(schema, dict):
        return True
    if _KEYWORD in schema:
        if name is None:
            return False
        found.add(name)
    return all(_names(inner, its_name, found) for inner, its_name in _inner(schema, name))


def _inner(schema: Mapping[str, Json], name: str | None) -> Iterator[tuple[Json, str | None]]:
    """The schemas directly in ``schema``, each with the name of the property that it applies to, if it applies to only one."""
    for key, value in schema.items():
        if key == "properties" and isinstance(value, dict):
            yield from ((inner, its) for its, inner in value.items())
        elif key in _OF_NAMES and isinstance(value, dict):
            yield from ((inner, None) for inner in value.values())
        elif key not in _OF_VALUES:
            yield from ((inner, name if key in _TOGETHER else None) for inner in _list(value) or [value])


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _keys(schema: Json) -> Iterator[str]:
    """Every key at any depth: this may include more than keywords, never fewer."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value
        waiting += value.values() if isinstance(value, dict) else _list(value)
