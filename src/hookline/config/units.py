"""Values as people write them: durations, sizes, rates, whole numbers and text."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "UnusableError",
    "duration",
    "duration_text",
    "public_url",
    "rate",
    "shown",
    "size",
    "text",
    "url_path",
    "whole",
]

_DURATION = re.compile(r"(?=.)(?:(\d{1,5})d)?(?:(\d{1,7})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)
_SIZE = re.compile(r"(\d{1,12}) ?(b|kb|kib|mb|mib|)", re.ASCII)
_RATE = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ?/ ?(s|m)", re.ASCII)
_BYTES = {"": 1, "b": 1, "kb": 1024, "kib": 1024, "mb": 1024 * 1024, "mib": 1024 * 1024}
_SECONDS = {"s": 1, "m": 60}
_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_LONGEST_SHOWN = 40
_LONGEST_PATH = 200
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")  # segments of unreserved characters (RFC 3986 section 2.3)
_DOTS = frozenset({".", ".."})
_PUBLIC_URL = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
)  # RFC 3986, no query


class UnusableError(ValueError):
    """A value cannot be used: the message says why, and repeats no long text. ``option`` is the option of the command line with it."""

    def __init__(self, why: str, *, option: str | None = None) -> None:
        super().__init__(why)
        self.option = option


def shown(value: object) -> str:
    """The value in a form for complaints: short, on one line."""
    written = repr(value)
    return written if len(written) <= _LONGEST_SHOWN else f"{written[:_LONGEST_SHOWN]}…"


def text(value: object) -> str:
    """Text that is not empty and has no control characters."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise UnusableError("must be text on one line, not empty")
    return value


def whole(least: int, most: int) -> Callable[[object], int]:
    """A reader of whole numbers from ``least`` to ``most``; TOML's booleans are not accepted."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise UnusableError(f"must be a whole number from {least} to {most}")
        return value

    return read


def duration(least: timedelta, most: timedelta) -> Callable[[object], timedelta]:
    """A reader of durations such as "30s", "5m", "1h30m" or "7d", from ``least`` to ``most``."""

    def read(value: object) -> timedelta:
        found = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            raise UnusableError('must be a duration in d, h, m and s, such as "30s", "5m" or "1h30m"')
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
        length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if not least <= length <= most:
            raise UnusableError(f"must be from {duration_text(least)} to {duration_text(most)}")
        return length

    return read


def duration_text(length: timedelta) -> str:
    """The duration in the form of hookline.toml."""
    left, parts = int(length.total_seconds()), []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def size(least: int, most: int) -> Callable[[object], int]:
    """A reader of bytes: a whole number, or text such as "512", "64kb" or "1mb", where a kb is 1024 bytes."""
    within = whole(least, most)

    def read(value: object) -> int:
        if not isinstance(value, str):
            return within(value)
        found = _SIZE.fullmatch(value.lower())
        if found is None:
            raise UnusableError('must be a size such as "64kb" or "1mb", or a whole number of bytes')
        return within(int(found[1]) * _BYTES[found[2]])

    return read


def rate(value: object) -> float:
    """Requests a second: a number above zero, or text such as "200/s" or "6000/m"."""
    found = _RATE.fullmatch(value) if isinstance(value, str) else None
    number = float(found[1]) / _SECONDS[found[2]] if found else value
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 < number < math.inf:
        raise UnusableError('must be a rate above zero such as "200/s" or "6000/m", or a number of requests a second')
    return float(number)


def public_url(value: object) -> str:
    """The whole URL of a source, as its sender calls it: scheme, host and path, without a query."""
    if not isinstance(value, str) or not _PUBLIC_URL.fullmatch(value):
        raise UnusableError('must be a whole URL without a query, such as "https://hooks.example.com/webhook/shop"')
    return value


def url_path(value: object) -> str:
    """A path of segments without escapes; it is compared exactly, and has no query and no slash at the end."""
    if not isinstance(value, str) or not value.startswith("/"):
        raise UnusableError('must be a path that begins with "/", such as "/webhook"')
    if "?" in value or "#" in value:
        raise UnusableError("must be only a path, without a query or a fragment")
    if value.endswith("/"):
        raise UnusableError(
            'must not end with "/": paths are compared exactly, so "/a/" would be another path than "/a"'
        )
    if not _PATH.fullmatch(value) or not _DOTS.isdisjoint(value.split("/")):
        raise UnusableError("may hold only A-Z, a-z, 0-9, . _ ~ and - between single slashes")
    if len(value) > _LONGEST_PATH:
        raise UnusableError(f"has more than {_LONGEST_PATH} characters")
    return value
