"""The state at one moment, and the counts of the time before it: one point of the charts on the overview page."""

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
    """The messages of a queue. ``dead`` counts the messages of its dead-letter queue; ``oldest_age`` is in seconds.

    ``sent`` and ``removed`` count the messages that arrived, and those that consumers deleted, since the sample before; None where that is
    not known.
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
    """The answers to one source's calls: stored events, duplicates, and requests that were refused with a 4xx."""

    accepted: int
    duplicates: int
    rejected: int


@record
class Sample:
    """The state at ``at``, and the counts of the ``seconds`` before it.

    ``rejected`` counts requests refused with a 4xx, by the error's code. ``answers`` counts all answers, by status. ``p50``, ``p95`` and
    ``p99`` are percentiles of the time until an answer, in seconds; None where nothing was answered. ``sources`` are those with at least
    one answer; None where answers are not counted by source. Values from the storage are None, and ``queues`` is empty, while the storage
    cannot be read. Sizes are in bytes.
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
        """The number of answered calls; where answers are not counted by status, the number of calls with a counted outcome."""
        known = self.accepted + self.duplicates + self.conflicts + self.unavailable + sum(self.rejected.values())
        return sum(self.answers.values()) or known
