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
    """Events of one source that wait, and since when the first of them waits."""

    events: int
    oldest: datetime


@record
class RejectedCount:
    """Requests of one source in the quarantine, and their bytes."""

    requests: int
    size: int


@record
class StoredCounts:
    """Events in the outbox (without held events and events that wait for records), since when the oldest waits, and failed events.

    ``held``, ``awaiting`` (events that wait for their records) and ``rejected`` are by source. ``is_at_least`` is whether more events are
    in the outbox, or failed, than were counted.
    """

    waiting: int
    waiting_since: datetime | None
    failed: int
    held: Mapping[str, HeldCount] = field(default_factory=dict)
    awaiting: Mapping[str, HeldCount] = field(default_factory=dict)
    rejected: Mapping[str, RejectedCount] = field(default_factory=dict)
    is_at_least: bool = False


class StorageCounts(Protocol):
    """Counts from indexes that contain only the counted items, so that it may be called every few seconds."""

    def counts(self) -> StoredCounts:
        """The current counts. Raises UnavailableError."""
        ...
