"""Completing an event's record from its sender's API: some senders' events have only an id."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FETCH", "FETCHED", "FetchAnswer", "FetchQuestion", "Fetched", "awaits_record", "is_signed"]

FETCH: Final = "fetch"
"""In an event's metadata: what the sender's API is asked for, such as ``payments/123``. Only events that need it have it."""

FETCHED: Final = "fetched"
"""In an event's metadata: how that ended. It is absent while the event waits for its record."""


class Fetched(StrEnum):
    """How a fetch ended: the API's answer was read, whether or not it reports a transaction, or there was none in time."""

    COMPLETED = "completed"
    MISSING = "missing"


@record
class FetchQuestion:
    """One GET at the API of ``provider``, at the host of ``place``. ``path`` is hookline's own text, with the id that was checked."""

    provider: str
    place: str
    path: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return f"FetchQuestion({self.provider}, {self.path})"  # a header has the token


@record
class FetchAnswer:
    """What an API answered. ``retry_after`` is in seconds, None where it does not say. ``is_whole``: the body was not too large."""

    status: int
    body: bytes
    retry_after: float | None = None
    is_whole: bool = True

    def __repr__(self) -> str:
        return f"FetchAnswer({self.status}, {len(self.body)} bytes)"  # the body stays out of logs


def awaits_record(metadata: Mapping[str, str]) -> bool:
    """Whether the record of an event has to be fetched before it is routed. A replay of one whose record is missing tries again."""
    return FETCH in metadata and metadata.get(FETCHED) != Fetched.COMPLETED


def is_signed(metadata: Mapping[str, str]) -> bool:
    """Whether a secret proved the sender of the event. What nobody signed is proved only by its record."""
    return "secret" in metadata
