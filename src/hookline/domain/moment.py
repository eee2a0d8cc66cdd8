"""Moments as text: RFC 3339, with the UTC offset, without which a time is not a moment."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

__all__ = [
    "LATEST_SECOND",
    "from_epoch",
    "is_moment",
    "is_plain_moment",
    "moment_of",
    "moment_text",
    "readable",
    "readable_moment",
]

LATEST_SECOND = 253_402_300_800
"""Seconds since 1970 at 10000-01-01, where RFC 3339 ends."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONG_AND_SHORT = (
    r"(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"  # months, with their days
)
_MINUTE = r"(?:[01]\d|2[0-3]):[0-5]\d"
_RFC3339 = re.compile(
    rf"\d{{4}}-(?:{_LONG_AND_SHORT}|02-(?:0[1-9]|[12]\d))"
    rf"[Tt ]{_MINUTE}:(?:[0-5]\d|60)(?:\.\d{{1,12}})?(?:[Zz]|[+-]{_MINUTE})",
    re.ASCII,
)
_PLAIN = re.compile(
    rf"(?!0000)\d{{4}}-(?:{_LONG_AND_SHORT}|02-(?:0[1-9]|1\d|2[0-8]))T{_MINUTE}:[0-5]\d(?:\.\d{{1,9}})?Z", re.ASCII
)
_PARTS = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_MICROSECONDS, _NANOSECONDS = len(".123456"), len(".123456789")
_LARGEST_OFFSET, _NO_TIME = timedelta(hours=14), timedelta(0)


is_plain_moment = _PLAIN.fullmatch
"""Matches text that is certainly an RFC 3339 date-time and that ``readable_moment`` does not change. Nearly all times match."""


def is_moment(text: str) -> bool:
    """Whether ``text`` is an RFC 3339 date-time (section 5.6), on a day that exists."""
    return _RFC3339.fullmatch(text) is not None and (text[5:10] != "02-29" or _is_leap(int(text[:4])))


def moment_of(text: str) -> datetime:
    """The moment that RFC 3339 text means, to the microsecond; a leap second becomes the second before it."""
    found = _PARTS.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, minute, second, fraction, offset = found.groups()
    exact = f"{day}T{minute}:{min(int(second), 59):02}{(fraction or '')[:_MICROSECONDS]}{offset.upper()}"
    return datetime.fromisoformat(exact)


def from_epoch(since: timedelta) -> str:
    """RFC 3339 text of the moment ``since`` 1970."""
    return (_EPOCH + since).isoformat().replace("+00:00", "Z")


def moment_text(moment: datetime | None) -> str | None:
    """RFC 3339 text of an aware datetime, in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def readable(moment: datetime | None) -> str:
    """The moment to the second, in UTC, for a person; empty for None."""
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def readable_moment(text: str) -> str | None:
    """The same moment in a form that every CloudEvents reader accepts, or None if there is no such form; ``text`` is RFC 3339.

    Readers differ: Go needs capital ``T`` and ``Z``, Java accepts at most 9 digits of a fraction, .NET only offsets within 14 hours, and
    none of them accepts the year 0 or a leap second. A text that all of them accept is returned unchanged.
    """
    if _PLAIN.fullmatch(text) is not None:
        return text
    found = _PARTS.fullmatch(text)
    if found is None or found[1] < "0001" or found[3] == "60":
        return None
    day, minute, second, fraction, offset = found.groups()
    whole, rest = f"{day}T{minute}:{second}", (fraction or "")[:_NANOSECONDS]
    try:
        moment = datetime.fromisoformat(f"{whole}{offset.upper()}")
        at = moment.astimezone(UTC)  # readers do the same
    except (ValueError, OverflowError):
        return None
    if abs(moment.utcoffset() or _NO_TIME) > _LARGEST_OFFSET:
        return f"{at.replace(tzinfo=None).isoformat()}{rest}Z"
    return f"{whole}{rest}{offset.upper()}"
