"""``"format": "decimal"`` in a schema: an amount is checked by its characters in the body, as a number or as text.

The parser makes floats of numbers, and a float does not say how its number was written: 1e2 and 100.0 are the same. So a number that
a schema calls a decimal is looked up in the body itself.
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
"""What follows a name where its number may be written in another form."""
_LARGEST: Final = 10**18 - 1
_WHY = "not a decimal: at most 18 digits, then at most 4 after a point, without sign, exponent or leading zero"
_EXACT = 2**53  # up to here every integer is a double
_LETTERS = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED_LETTER: Final = rb"\u00"  # the only other spelling that JSON has for these
_SURELY_FIT = 18  # digits of an integer that are fewer than 64 bits hold
_LEAST_INTEGER, _MOST_INTEGER, _MOST_DIGITS = -(2**63), 2**64 - 1, 20

_ROUGHLY: Final[Mapping[str, Json]] = {"pattern": f"^{_SHAPE}$", "minimum": 0, "maximum": _LARGEST}
"""What surely is no decimal is refused by the validator's own keywords, without a call into Python for each event."""

_OF_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"})
"""Keywords whose value is a table of schemas by name."""
_OF_VALUES = frozenset({"const", "enum", "default", "examples", "example"})
"""Keywords whose value is no schema, whatever it looks like."""
_TOGETHER = frozenset({"allOf", "anyOf"})
_UNFORESEEN = frozenset({"not", "oneOf", "if", "maxContains", "$ref", "$dynamicRef", "$recursiveRef"})
"""Keywords that may take a body because an inner schema refuses it, or that bring a decimal under other names than it stands under."""


class _AsWritten:
    """The keyword over documents as ``Decimals.as_written`` reads them: there, a number in another form than a decimal's is a float."""

    def __init__(self, schema: Mapping[str, object], value: object, path: list[str | int]) -> None:
        """Nothing to prepare: the arguments are those of the validator's protocol."""

    def validate(self, value: object) -> None:
        """Raise ValueError for a text or number that is no decimal; what is neither is left to other keywords."""
        if isinstance(value, str):
            fits = _DECIMAL.fullmatch(value) is not None
        elif isinstance(value, int):  # true and false pass as 1 and 0
            fits = 0 <= value <= _LARGEST
        else:
            fits = not isinstance(value, float)
        if not fits:
            raise ValueError(_WHY)


KEYWORDS: Final = {_KEYWORD: _AsWritten}
"""What the validator of the schema ``written`` needs to know."""


@record
class Decimals:
    """What a schema with decimals needs: two schemas to compile, and a look at the body.

    ``written`` decides over documents from ``as_written``. ``parsed`` takes at least as many bodies as that and costs less:
    it is enough for a body with neither ``other_number``, which finds a decimal's name with a number that may be written in another
    form, nor ``escape``, in which a name may be spelled in another way. Without ``other_number``, names do not decide.
    """

    parsed: Json = field(repr=False)
    written: Json = field(repr=False)
    other_number: re.Pattern[bytes] | None = None
    escape: bytes = b"\\"

    def as_written(self, body: bytes) -> Json:
        """``body`` with each number of the same value as parsed: a float where it is written as no decimal is, else another type.

        Raises RecursionError where the body is too deep, ValueError where it is no JSON at all.
        """
        document: Json = json.loads(body, parse_float=_fraction, parse_int=_integer)
        return document


def decimals(document: Json) -> Decimals | None:
    """What the schema ``document`` needs for its decimals, or None where it has none."""
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
    """A float, or the same value under another type where the text is a decimal: the validator's other keywords see no difference."""
    value = double(text)
    if not _DECIMAL.fullmatch(text):
        return value
    return int(value) if value.is_integer() and value <= _EXACT else Decimal(repr(value))


def _integer(text: str) -> int | float:
    """As the parser makes it, but that -0 stays apart from 0."""
    if text == "-0":
        return -0.0
    return int(text) if len(text) <= _SURELY_FIT or _fits(text) else double(text)


def _fits(text: str) -> bool:
    return len(text) <= _MOST_DIGITS and _LEAST_INTEGER <= int(text) <= _MOST_INTEGER


def _marked(schema: Json, mark: Mapping[str, Json]) -> Json:
    """The schema with ``mark`` beside every ``"format": "decimal"``."""
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
    """Whether each decimal is the value of a property of a known name; those names go into ``found``."""
    if not isinstance(schema, dict):
        return True
    if _KEYWORD in schema:
        if name is None:
            return False
        found.add(name)
    return all(_names(inner, its_name, found) for inner, its_name in _inner(schema, name))


def _inner(schema: Mapping[str, Json], name: str | None) -> Iterator[tuple[Json, str | None]]:
    """The schemas directly in ``schema``, each with the name of the property that it judges, where it judges only one."""
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
    """Every key at any depth: more than the keywords, never fewer."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield from value
        waiting += value.values() if isinstance(value, dict) else _list(value)
