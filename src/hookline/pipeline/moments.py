"""The moments that a request contains: one of them may be when it was signed."""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.domain.request import Request

__all__ = ["TIME_CODES", "moments_in"]

TIME_CODES = frozenset({"timestamp_outside_tolerance"})
"""The refusals that another time of receipt could change."""

_EPOCH_NUMBER = re.compile(r"(?<!\d)(\d{13}|\d{9,10})(?!\d)", re.ASCII)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6})?\d*(?:[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_HTTP_DATE = re.compile(
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII
)  # RFC 9110 section 5.6.7
_TOKEN = re.compile(r"\b(ey[A-Za-z0-9_-]+)\.(ey[A-Za-z0-9_-]+)?\.", re.ASCII)
_MOST_MOMENTS = 100
_LOOKED_THROUGH = 64 * 1024  # bytes of the body
_MILLISECONDS = 13  # digits


def moments_in(request: Request) -> list[datetime]:
    """Every moment in the headers, in tokens in them, or in the body, as digits, as RFC 3339 text or as an HTTP date."""
    body = request.body[:_LOOKED_THROUGH].decode("utf-8", "replace")
    values = [value for _, value in request.headers.items()]
    texts = (*values, *(claims for value in (*values, body) for claims in _claims(value)), body)
    return list(islice(dict.fromkeys(moment for text in texts for moment in _moments(text)), _MOST_MOMENTS))


def _claims(value: str) -> Iterator[str]:
    """The decoded content of tokens (RFC 7519) and of signatures over a body (RFC 7797): JSON in base64url between dots."""
    for found in _TOKEN.finditer(value):
        for part in filter(None, found.groups()):
            with suppress(ValueError):
                yield base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")


def _moments(text: str) -> Iterator[datetime]:
    for found in _EPOCH_NUMBER.finditer(text):
        number = int(found[1])
        yield datetime.fromtimestamp(number / 1000 if len(found[1]) == _MILLISECONDS else number, UTC)
    for found in _RFC3339.finditer(text):
        with suppress(ValueError, OverflowError):  # 30 February, or an offset that leaves the range of years
            moment = datetime.fromisoformat(found[0].upper())
            yield moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)  # without an offset it is UTC
    for found in _HTTP_DATE.finditer(text):
        with suppress(ValueError):
            yield parsedate_to_datetime(found[0])
