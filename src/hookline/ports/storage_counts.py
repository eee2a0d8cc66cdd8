"""How many stored items may need an operator's attention."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["HeldCount", "RejectedCount", "StorageCounts", "StoredCounts"]


@record
class HeldCount:
    """Events of one source that wait for something, and since when the first of them does."""

    events: int
    oldest: datetime


@record
class RejectedCount:
    """Requests of one source in the quarantine, and their bytes."""

    requests: int
    size: int


@record
class StoredCounts:
    """Events in the outbox, without those that are held or wait for their records, since when the oldest waits, and events that failed.

    ``held``, ``awaiting`` (events that wait for their records) and ``rejected`` are by source. ``is_at_least`` is whether there are more in
    the outbox, or failed, than were counted.
    """

    waiting: int
    waiting_since: datetime | None
    failed: int
    held: Mapping[str, HeldCount] = field(default_factory=dict)
    awaiting: Mapping[str, HeldCount] = field(default_factory=dict)
    rejected: Mapping[str, RejectedCount] = field(default_factory=dict)
    is_at_least: bool = False


class StorageCounts(Protocol):
    """Counts by indexes that have only what is counted, so that it may be asked every few seconds."""

    def counts(self) -> StoredCounts:
        """How much there is now. Raises UnavailableError."""
        ...
