r"""Reading JSON: with the fast parser, and by RFC 8259's grammar where the fast parser refuses text that the grammar allows.

The fast parser refuses a lone surrogate (``"\ud800"``), a byte order mark, a number that no double holds (``1e400``) and more than
1,024 levels. The grammar allows all of them (RFC 8259 sections 6, 8.2 and 9; section 8.1 lets a parser ignore the mark), so a sender
that has proved itself may send them.
"""

from __future__ import annotations

import json
import re
import sys
from math import copysign, isinf
from typing import TYPE_CHECKING, Final, NoReturn

import orjson

from hookline.domain.nesting import cut
from hookline.errors import Rejected

if TYPE_CHECKING:
    from hookline.domain.event import Json

__all__ = ["NotJsonError", "double", "parse", "parse_any", "read_any", "read_exactly", "read_json", "simplified"]

_DEEPEST: Final = 100_000
"""The most levels. A body that nests deeper is refused (RFC 8259 section 9 lets a parser have a limit)."""

_MOST_LEVELS: Final = 500
"""The most levels of a parsed document: parser, validator and others recurse once for each level, some of them twice."""

_LARGEST_UNPROVED: Final = 256 * 1024
"""The most bytes of a body that is parsed slowly before its sender is verified, because the signature is inside the body."""

_MOST_UNPROVED: Final = 16_384
"""The most values of such a body: they are read within a few milliseconds, and no sender signs nearly as many inside its body."""

_MOST_UNPROVED_SLOWLY: Final = 2048
"""The same limit where the fast parser refuses the body: the slow one takes several microseconds for each value."""

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\Z)', re.DOTALL)

_MARK: Final = b"\xef\xbb\xbf"
_LEAST, _MOST, _LONGEST = -(2**63), 2**64 - 1, 20  # the range of integers that the fast parser keeps, and their length
_HIGH, _LOW = r"u[dD][89abAB][0-9a-fA-F]{2}", r"u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPED_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_TO_LONE: Final = re.compile(
    rf"((?:[^\\]++|\\(?!{_HIGH}|{_LOW}).|\\{_HIGH}\\{_LOW})*+)(?:\\(?P<lone>{_HIGH}|{_LOW})|\\?\Z)", re.DOTALL
)
"""The text up to the next lone surrogate, or to the end: one match for each surrogate, because one match for each escape takes seconds."""

_SHAPE: Final = bytes.maketrans(b"123456789E \t\n\r:[-", b"000000000e,,,,,,,")
_LONG_WHOLE: Final = b"," + b"0" * 19
_LARGE_FRACTIONS: Final = (b"e000", b"e+000", b"0" * 300)
"""If the shape of a text contains none of these, Python's parser and the fast one read each number alike."""


class NotJsonError(ValueError):
    """These bytes are not JSON. The message says why, and repeats no byte of them."""


def read_json(body: bytes) -> Json:
    """The document of a body whose sender is not verified yet. Raises NotJsonError, also for a body that would take long to read."""
    if _has_more_values(body, _MOST_UNPROVED):
        raise NotJsonError(f"it has more than {_MOST_UNPROVED} values")
    try:
        document: Json = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if len(body) > _LARGEST_UNPROVED or _has_more_values(body, _MOST_UNPROVED_SLOWLY):
            raise _refusal(error) from None
        return _slowly(_text_of(body, error), error, deepest=_MOST_LEVELS)
    return document


def _has_more_values(body: bytes, most: int) -> bool:
    """Whether the body would take long to read: the number of values counts, not the length of the text in them."""
    if body.count(b",") + body.count(b"[") + body.count(b"{") <= most:
        return False
    if body.count(b'"') - body.count(b'\\"') > 4 * most:
        return True
    bare = _STRING.sub(b"", body)  # a text may be full of commas
    return bare.count(b",") + bare.count(b"[") + bare.count(b"{") > most


def parse(body: bytes) -> Json:
    """The document, by RFC 8259's grammar: NaN, Infinity, bytes that are not UTF-8 and trailing bytes are refused with Rejected."""
    return parse_any(body)[0]


def parse_any(body: bytes) -> tuple[Json, bytes | None]:
    """The document and text that ``read_any`` returns. Raises Rejected."""
    try:
        return read_any(body)
    except NotJsonError as error:
        raise Rejected("body_not_json", f"the body is not JSON: {error}") from None


def read_any(body: bytes) -> tuple[Json, bytes | None]:
    """The document, and None if the fast parser accepted it, else the body's text in UTF-8 without a byte order mark.

    In the second case the document is an approximation: U+FFFD replaces lone surrogates. If the fast parser refuses the result too, values
    deeper than 500 levels are checked and left out, and a number beyond the range of doubles becomes the largest double. Raises
    NotJsonError.
    """
    try:
        return orjson.loads(body), None
    except orjson.JSONDecodeError as error:
        text = _text_of(body, error)
        return _simple(_without_surrogates(text), error), text.encode()


def _simple(text: str, error: orjson.JSONDecodeError) -> Json:
    """The document of a text without lone surrogates: usually these were all that the fast parser refused."""
    try:
        document: Json = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _slowly(text, error)
    return document


def read_exactly(text: bytes) -> Json:
    """The document of a text that ``read_any`` has accepted before, with its lone surrogates."""
    return _loaded(cut(text.decode(), _MOST_LEVELS, deepest=_DEEPEST))


def simplified(text: bytes) -> bytes:
    """The text of the document that ``read_any`` makes of ``text``, with its numbers as they were written."""
    simple = _without_surrogates(text.decode())
    try:
        orjson.loads(simple)
    except orjson.JSONDecodeError:
        simple = cut(simple, _MOST_LEVELS, deepest=_DEEPEST)
    return simple.encode()


def _without_surrogates(text: str) -> str:
    """JSON text with U+FFFD in place of each lone surrogate."""
    if _ESCAPED_SURROGATE.search(text) is None:
        return text
    return _TO_LONE.sub(lambda found: found[1] + r"\ufffd" if found["lone"] else found[0], text)


def double(text: str) -> float:
    """The double nearest to a number; the largest double for a number beyond their range."""
    value = float(text)
    return copysign(sys.float_info.max, value) if isinf(value) else value


def _text_of(body: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        return body.removeprefix(_MARK).decode()
    except UnicodeDecodeError:
        raise _refusal(error) from None


def _slowly(text: str, error: orjson.JSONDecodeError, *, deepest: int = _DEEPEST) -> Json:
    try:
        return _loaded(cut(text, _MOST_LEVELS, deepest=deepest))
    except json.JSONDecodeError as slow:
        raise (_refusal(slow) if slow.pos > error.pos else _refusal(error)) from None
    except (ValueError, RecursionError):
        raise _refusal(error) from None


def _loaded(text: str) -> Json:
    shape = text.encode().translate(_SHAPE)
    document: Json = json.loads(
        text,
        parse_int=_whole if _LONG_WHOLE in shape or shape.startswith(_LONG_WHOLE[1:]) else None,
        parse_float=double if any(part in shape for part in _LARGE_FRACTIONS) else None,
        parse_constant=_no_number,
    )
    return document


def _whole(text: str) -> int | float:
    """The number as the fast parser reads it: an integer of 64 bits, else a double."""
    fits = len(text) <= _LONGEST and _LEAST <= int(text) <= _MOST
    return int(text) if fits else double(text)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity belong to Python, not to JSON


def _refusal(error: json.JSONDecodeError) -> NotJsonError:
    return NotJsonError(f"{error.msg} at character {error.pos}")
