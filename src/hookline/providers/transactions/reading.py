"""Exact values from a parsed body. A value that is not as the sender documents it is never guessed."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from hookline.domain.moment import LATEST_SECOND, from_epoch, is_moment
from hookline.domain.money import EXPONENTS, decimal_text, normalised
from hookline.providers.bodies import find

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.domain.transaction import Stage

__all__ = [
    "UndocumentedError",
    "Written",
    "currency",
    "epoch",
    "exact",
    "holds",
    "is_negative",
    "minor",
    "minor_digits",
    "minor_money",
    "moment",
    "money",
    "negated",
    "number",
    "numbered",
    "only",
    "optional",
    "reference",
    "referred",
    "referred_if_said",
    "staged",
    "text",
    "universal",
    "written",
]


class Written(str):
    """A number as its sender wrote it."""

    __slots__ = ()


_DIGITS = re.compile(r"0|[1-9][0-9]{0,17}")
_REFERENCE = re.compile(r"[!-~]{1,200}")
_LONGEST_AMOUNT = 2**63


class UndocumentedError(Exception):
    """The body is not as its sender documents it. The error stays inside this package: the event is not mapped."""


def only(document: Json, name: str) -> Json:
    """The single entry of the list ``name``: a call with several events cannot be one record."""
    entries = find(document, name)
    if not isinstance(entries, list) or len(entries) != 1:
        raise UndocumentedError
    entry: Json = entries[0]
    return entry


def exact(body: bytes, document: Json = None) -> Json:  # noqa: ARG001 -- required by Mapper.reads
    """The JSON document in ``body``; numbers with a fraction or an exponent keep their written form."""
    try:
        found: Json = json.loads(body.decode("utf-8-sig"), parse_float=Written, parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise UndocumentedError from None
    return found


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def text(item: Json, *path: str) -> str:
    """The text at ``path``."""
    value = find(item, *path)
    if not isinstance(value, str) or isinstance(value, Written):
        raise UndocumentedError
    return value


def number(item: Json, *path: str) -> str:
    """The number at ``path`` in its written form, from a document that ``exact`` parsed."""
    value = find(item, *path)
    if isinstance(value, Written):
        return value
    return str(minor(item, *path))


def numbered(*path: str) -> Callable[[Json], str]:
    """Finds the id at ``path``, which may be a whole number."""

    def found(item: Json) -> str:
        value = find(item, *path)
        return str(minor(item, *path)) if type(value) is int else reference(item, *path)

    return found


def reference(item: Json, *path: str) -> str:
    """An id: printable ASCII without spaces."""
    value = text(item, *path)
    if not _REFERENCE.fullmatch(value):
        raise UndocumentedError
    return value


def optional(item: Json, *path: str) -> str | None:
    """An id, as ``reference``, or None if there is no usable one."""
    value = find(item, *path)
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


def referred(*path: str) -> Callable[[Json], str]:
    """Finds the id at ``path``."""
    return lambda item: reference(item, *path)


def referred_if_said(*path: str) -> Callable[[Json], str | None]:
    """Finds the id at ``path``, or None, as ``optional``."""
    return lambda item: optional(item, *path)


def holds(*path: str, among: tuple[object, ...]) -> Callable[[Json], bool]:
    """Checks whether the text at ``path`` is one of ``among``."""
    return lambda item: find(item, *path) in among


def staged(stages: Mapping[str, Stage], *path: str) -> Callable[[Json], Stage]:
    """Finds the stage for the text at ``path``."""

    def stage(item: Json) -> Stage:
        found = stages.get(text(item, *path))
        if found is None:
            raise UndocumentedError
        return found

    return stage


def moment(item: Json, *path: str) -> str:
    """RFC 3339 text as the sender wrote it."""
    value = text(item, *path)
    if not is_moment(value):
        raise UndocumentedError
    return value


def universal(item: Json, *path: str) -> str:
    """RFC 3339 text of a moment that the sender writes without an offset, and documents as UTC."""
    value = f"{text(item, *path)}Z"
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
    """A whole number of minor units.

    A value that the parser made a float of, because of a fraction, an exponent or its size, is refused.
    """
    value = find(item, *path)
    if type(value) is not int or not 0 <= value < _LONGEST_AMOUNT:
        raise UndocumentedError
    return value


def is_negative(*path: str) -> Callable[[Json], bool]:
    """Checks whether the number at ``path`` is below zero."""

    def negative(item: Json) -> bool:
        value = find(item, *path)
        return type(value) is int and value < 0

    return negative


def negated(item: Json, *path: str) -> int:
    """The same as ``minor``, for an amount that the sender writes with a minus."""
    value = find(item, *path)
    if type(value) is not int or not -_LONGEST_AMOUNT < value < 0:
        raise UndocumentedError
    return -value


def minor_digits(item: Json, *path: str) -> int:
    """A whole number of minor units, written as text."""
    value = text(item, *path)
    if not _DIGITS.fullmatch(value):
        raise UndocumentedError
    return int(value)


def currency(item: Json, *path: str) -> str:
    """An ISO 4217 code in capital letters."""
    value = text(item, *path)
    if value not in EXPONENTS:
        raise UndocumentedError
    return value


def money(units: int, code: str, exceptions: Mapping[str, int | None]) -> tuple[str, str] | None:
    """Amount and currency; ``exceptions`` has the currencies in which the sender counts otherwise than ISO 4217.

    None where the sender's documentation leaves open how it counts.
    """
    exponent = exceptions.get(code, EXPONENTS[code])
    return None if exponent is None else (normalised(decimal_text(units, exponent), code), code)


def minor_money(
    *path: str,
    exceptions: Mapping[str, int | None],
    amount: str = "amount",
    code: str = "currency",
    units: Callable[..., int] = minor,
) -> Callable[[Json], tuple[str, str] | None]:
    """Finds ``amount``, in minor units, and the currency ``code`` in the object at ``path``."""

    def found(item: Json) -> tuple[str, str] | None:
        inner = find(item, *path)
        return money(units(inner, amount), currency(inner, code), exceptions)

    return found


def written(amount: str, code: str) -> tuple[str, str]:
    """Amount and currency of an amount in decimal text, whose whole part may be missing or begin with zeros."""
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
