"""The time: when the sender says that it signed."""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from hookline.domain.source import Verified
from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from hookline.domain.request import Request
    from hookline.pipeline.doctor.case import Case

__all__ = ["TIME_CODES", "apart", "at_signed_time", "moments_in"]

TIME_CODES = frozenset({"timestamp_outside_tolerance"})
"""The refusals that another moment of receipt would change."""

_EPOCH_NUMBER = re.compile(r"(?<!\d)(\d{13}|\d{9,10})(?!\d)", re.ASCII)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6})?\d*(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_TOKEN = re.compile(r"\b(ey[A-Za-z0-9_-]+)\.(ey[A-Za-z0-9_-]+)?\.", re.ASCII)
_MOST_MOMENTS = 100
_LOOKED_THROUGH = 64 * 1024  # bytes of the body
_MILLISECONDS = 13  # digits
_UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def at_signed_time(case: Case) -> Case:
    """The same request as if it had been received when it was signed, where only its timestamp stands in the way.

    Every moment that stands in a header or in the body is tried: no scheme has to say where its own is.
    """
    if not _is_late(case):
        return case
    fresh = [moved for moment in moments_in(case.request) if not _is_late(moved := _received_at(case, moment))]
    fitting = (moved for moved in fresh if isinstance(moved.verified(), Verified))
    return next(fitting, fresh[0] if fresh else case)


def moments_in(request: Request) -> list[datetime]:
    """Every moment that the headers, tokens in them or the body name, as digits or as RFC 3339 text."""
    body = request.body[:_LOOKED_THROUGH].decode("utf-8", "replace")
    values = [value for _, value in request.headers.items()]
    texts = (*values, *(claims for value in (*values, body) for claims in _claims(value)), body)
    return list(islice(dict.fromkeys(moment for text in texts for moment in _moments(text)), _MOST_MOMENTS))


def apart(length: timedelta) -> str:
    """A length of time in its two largest units, such as ``2 hours 5 minutes``."""
    left, parts = round(abs(length.total_seconds())), []
    for name, seconds in _UNITS:
        count, left = divmod(left, seconds)
        parts += [f"{count} {name}{'' if count == 1 else 's'}"] if count else []
    return " ".join(parts[:2]) or "0 seconds"


def _is_late(case: Case) -> bool:
    said: object = case.verified()
    if isinstance(said, Verified) and case.source.max_age is not None:
        said = case.refusal()
    return isinstance(said, Rejected) and said.code in TIME_CODES


def _received_at(case: Case, moment: datetime) -> Case:
    return replace(case, request=replace(case.request, received_at=moment))


def _claims(value: str) -> Iterator[str]:
    """What tokens say (RFC 7519) and signatures of a body (RFC 7797): JSON in base64url between dots."""
    for found in _TOKEN.finditer(value):
        for part in filter(None, found.groups()):
            with suppress(ValueError):
                yield base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")


def _moments(text: str) -> Iterator[datetime]:
    for found in _EPOCH_NUMBER.finditer(text):
        number = int(found[1])
        yield datetime.fromtimestamp(number / 1000 if len(found[1]) == _MILLISECONDS else number, UTC)
    for found in _RFC3339.finditer(text):
        with suppress(ValueError, OverflowError):  # 30 February, or an offset that leads out of all years
            yield datetime.fromisoformat(found[0].upper()).astimezone(UTC)
