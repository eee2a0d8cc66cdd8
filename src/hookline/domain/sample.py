"""The state at one moment, and what happened shortly before: one point of the charts on the overview."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["QueueSample", "Sample", "SourceSample"]


@record
class QueueSample:
    """What stood on a queue. ``dead`` are the messages of its dead-letter queue; ``oldest_age`` is in seconds.

    ``sent`` and ``removed`` are messages that came and that consumers deleted since the sample before; None where that is not known.
    """

    visible: int
    in_flight: int
    delayed: int
    dead: int
    oldest_age: float | None
    sent: int | None = None
    removed: int | None = None

    @property
    def standing(self) -> int:
        """All messages of the queue and its dead-letter queue."""
        return self.visible + self.in_flight + self.delayed + self.dead


@record
class SourceSample:
    """Answers to the calls of one source: events that were stored, duplicates, and requests that were refused with a 4xx."""

    accepted: int
    duplicates: int
    rejected: int


@record
class Sample:
    """The state at ``at``, and the counts of the ``seconds`` before it.

    ``rejected`` are requests refused with a 4xx, by the error's code. ``answers`` are all answers, by status. ``p50``, ``p95`` and ``p99``
    are the percentiles of the time until an answer, in seconds, None where nothing was answered. ``sources`` are those that were answered
    anything, None where nobody counts by source. What the storage knows is None, and
    ``queues`` is empty, while it cannot be read. Sizes are in bytes.
    """

    at: datetime
    seconds: float
    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    unavailable: int = 0
    routed: int = 0
    unmatched: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    answers: Mapping[int, int] = field(default_factory=dict)
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    queues: Mapping[str, QueueSample] = field(default_factory=dict)
    sources: Mapping[str, SourceSample] | None = field(default_factory=dict)
    outbox_waiting: int | None = None
    outbox_oldest_age: float | None = None
    held: int | None = None
    disk_free: int | None = None
    database_size: int | None = None
    log_size: int | None = None

    @property
    def calls(self) -> int:
        """All calls that were answered; where nobody counts answers by status, those whose outcome was counted."""
        known = self.accepted + self.duplicates + self.conflicts + self.unavailable + sum(self.rejected.values())
        return sum(self.answers.values()) or known
