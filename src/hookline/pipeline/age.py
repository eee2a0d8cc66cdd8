"""The age of a call, by a signed time that verification itself does not compare with the current time."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hookline.domain.moment import is_moment, moment_of
from hookline.errors import Rejected

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.domain.request import Request
    from hookline.domain.source import Source, Verified

__all__ = ["check_age"]

_AHEAD = timedelta(minutes=5)
_MILLISECONDS = 100_000_000_000  # larger numbers are read as milliseconds, as everywhere


def check_age(request: Request, source: Source, max_age: timedelta, *, document: Json, verified: Verified) -> None:
    """Refuse a call whose signed time is missing, older than ``max_age``, or more than five minutes ahead."""
    value: object = verified.signed_at
    if value is None and source.find_time is not None:
        value = source.find_time(request, document)
    if value is None or value == "":
        raise Rejected(
            "timestamp_missing", "the body has no time at the place that `time` names, and max_age needs one"
        )
    age = request.received_at - _moment(value)
    if not -_AHEAD <= age <= max_age:
        raise Rejected(
            "timestamp_outside_tolerance",
            f"the signed time is not within the last {max_age.total_seconds():.0f} seconds (max_age)",
        )


def _moment(value: object) -> datetime:
    """The moment that RFC 3339 text means, or a number of seconds or milliseconds since 1970."""
    with suppress(ValueError, OverflowError, OSError):  # a day that does not exist, or a number out of range
        if isinstance(value, str) and is_moment(value):
            return moment_of(value)
        number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
        if isinstance(number, int | float) and not isinstance(number, bool):
            seconds = number / 1000 if abs(number) >= _MILLISECONDS else number
            return datetime.fromtimestamp(seconds, UTC)
    raise Rejected("timestamp_invalid", "the time that max_age compares is neither RFC 3339 text nor a number")
