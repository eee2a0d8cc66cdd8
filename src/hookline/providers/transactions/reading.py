"""Exact values out of a parsed body. What is not as the sender documents it is never guessed at."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.moment import LATEST_SECOND, from_epoch, is_moment
from hookline.domain.money import EXPONENTS, decimal_text, normalised

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Json

__all__ = [
    "UndocumentedError",
    "currency",
    "epoch",
    "find",
    "minor",
    "minor_digits",
    "moment",
    "money",
    "only",
    "optional",
    "reference",
    "text",
    "written",
]

_DIGITS = re.compile(r"0|[1-9][0-9]{0,17}")
_REFERENCE = re.compile(r"[!-~]{1,200}")
_LONGEST_AMOUNT = 2**63


class UndocumentedError(Exception):
    """The body is not as its sender documents it. It stays inside this package: the event is not mapped."""


def find(item: Json, *path: str) -> Json:
    """The value at ``path``, None where there is none."""
    for name in path:
        if not isinstance(item, dict):
            return None
        item = item.get(name)
    return item


def only(document: Json, name: str) -> Json:
    """The single entry of the list ``name``: several events in one call are none that one record could stand for."""
    entries = find(document, name)
    if not isinstance(entries, list) or len(entries) != 1:
        raise UndocumentedError
    entry: Json = entries[0]
    return entry


def text(item: Json, *path: str) -> str:
    """The text at ``path``."""
    value = find(item, *path)
    if not isinstance(value, str):
        raise UndocumentedError
    return value


def reference(item: Json, *path: str) -> str:
    """An id: printable ASCII without spaces."""
    value = text(item, *path)
    if not _REFERENCE.fullmatch(value):
        raise UndocumentedError
    return value


def optional(item: Json, *path: str) -> str | None:
    """An id, as ``reference``, or None where there is none that can be used."""
    value = find(item, *path)
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


def moment(item: Json, *path: str) -> str:
    """RFC 3339 text as the sender wrote it."""
    value = text(item, *path)
    if not is_moment(value):
        raise UndocumentedError
    return value


def epoch(item: Json, *path: str) -> str:
    """RFC 3339 text of whole seconds since 1970."""
    value = find(item, *path)
    if type(value) is not int or not 0 <= value < LATEST_SECOND:
        raise UndocumentedError
    return from_epoch(timedelta(seconds=value))


def minor(item: Json, *path: str) -> int:
    """A whole number of minor units. What the parser made a float of, because of a fraction, an exponent or its size, is none."""
    value = find(item, *path)
    if type(value) is not int or not 0 <= value < _LONGEST_AMOUNT:
        raise UndocumentedError
    return value


def minor_digits(item: Json, *path: str) -> int:
    """A whole number of minor units that came as text."""
    value = text(item, *path)
    if not _DIGITS.fullmatch(value):
        raise UndocumentedError
    return int(value)


def currency(item: Json, *path: str) -> str:
    """An ISO 4217 code in capitals."""
    value = text(item, *path)
    if value not in EXPONENTS:
        raise UndocumentedError
    return value


def money(units: int, code: str, exceptions: Mapping[str, int | None]) -> tuple[str, str] | None:
    """Amount and currency; ``exceptions`` has the currencies in which the sender counts otherwise than ISO 4217.

    None where the sender's own words leave open how it counts.
    """
    exponent = exceptions.get(code, EXPONENTS[code])
    return None if exponent is None else (normalised(decimal_text(units, exponent), code), code)


def written(amount: str, code: str) -> tuple[str, str]:
    """Amount and currency of an amount that came as decimal text; its whole part may be left away, or begin with zeros."""
    whole, point, fraction = amount.partition(".")
    if not whole and not fraction:
        raise UndocumentedError
    plain = f"{whole.lstrip('0') or '0'}{point}{fraction}"
    try:
        return _unsigned(normalised(plain, code)), code
    except ValueError:
        raise UndocumentedError from None


def _unsigned(amount: str) -> str:
    if amount.startswith("-"):
        raise UndocumentedError
    return amount
