"""Completing an event's record from its sender's API: the events of some senders contain only an id."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FETCH", "FETCHED", "FetchAnswer", "FetchQuestion", "Fetched", "awaits_record", "is_signed"]

FETCH: Final = "fetch"
"""The metadata key that holds the path to request from the sender's API, such as ``payments/123``. Only events that need a fetch have
it.
"""

FETCHED: Final = "fetched"
"""The metadata key that holds the result of the fetch. It is absent while the event waits for its record."""


class Fetched(StrEnum):
    """The result of a fetch: the API answered, whether or not its answer contains a transaction, or it did not answer in time."""

    COMPLETED = "completed"
    MISSING = "missing"


@record
class FetchQuestion:
    """One GET request to the API of ``provider``, at the host for ``place``.

    It uses ``path``, which hookline builds itself from an id that it has checked.
    """

    provider: str
    place: str
    path: str
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return f"FetchQuestion({self.provider}, {self.path})"  # a header contains the token


@record
class FetchAnswer:
    """The answer of an API. ``retry_after`` is in seconds, None where the answer does not state it.

    ``is_whole``: the body was within the size limit.
    """

    status: int
    body: bytes
    retry_after: float | None = None
    is_whole: bool = True

    def __repr__(self) -> str:
        return f"FetchAnswer({self.status}, {len(self.body)} bytes)"  # the body must not be logged


def awaits_record(metadata: Mapping[str, str]) -> bool:
    """Whether the record of an event must be fetched before the event is routed.

    A replay of an event whose record is missing tries again.
    """
    return FETCH in metadata and metadata.get(FETCHED) != Fetched.COMPLETED


def is_signed(metadata: Mapping[str, str]) -> bool:
    """Whether a secret has proved who sent the event. An unsigned event is proved only by its record."""
    return "secret" in metadata
