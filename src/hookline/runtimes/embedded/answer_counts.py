"""Counts every answer to a sender by source, status and outcome, with its duration.

This runs for each request, so it only needs one look-up and three additions. Sources are those of the configuration, statuses and
outcomes are hookline's: no value that a sender writes creates a new row.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from hookline.domain.event import Status
from hookline.domain.histogram import SECONDS, Histogram
from hookline.ports.telemetry import Metric
from hookline.record import record
from hookline.runtimes.answers import HANDSHAKE, REPEATED

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.domain.route import RoutedEvent

__all__ = ["AnswerCount", "AnswerCounts", "metrics_of"]

_SUM: Final = -1
_EMPTY: Final = (*([0] * (len(SECONDS) + 1)), 0.0)

_UNAUTHORIZED: Final = 401
_GONE: Final = 499
_OURS: Final = 500

_BY_OUTCOME: Final = {
    "accepted": (Metric.ACCEPTED,),
    REPEATED: (Metric.ACCEPTED, Metric.REPEATED_BODY),
    "duplicate": (Metric.DUPLICATE,),
    "conflict": (Metric.CONFLICT,),
    "delivery_conflict": (Metric.CONFLICT,),
    "delivery_reused": (Metric.CONFLICT,),
    HANDSHAKE: (Metric.HANDSHAKES,),
}
"""The names of counts that the functions on AWS use for the same answer."""


@record
class AnswerCount:
    """The answers of one kind: the source's name (empty if none was found), the status, the outcome or code, and the durations."""

    source: str
    status: int
    outcome: str
    durations: Histogram


class AnswerCounts:
    """The counts of one server since its start. The event loop adds; any thread may read."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, int, str], list[float]] = {}
        self.unmatched = 0
        """Accepted events that no route matches."""
        self.unrouted = 0
        """Accepted events that are on no queue yet, because their source holds them or routing failed."""
        self.last_events: dict[str, datetime] = {}
        """When the newest event of each source was received."""

    def add(self, source: str, status: int, outcome: str, seconds: float) -> None:
        """Count one answer."""
        try:
            row = self._rows[source, status, outcome]
        except KeyError:
            row = self._rows[source, status, outcome] = list(_EMPTY)
        row[bisect_left(SECONDS, seconds)] += 1
        row[_SUM] += seconds

    def look_at(self, routed: RoutedEvent) -> None:
        """Note an accepted event that is not simply on the queues of its routes."""
        if routed.status is Status.UNMATCHED:
            self.unmatched += 1
        else:
            self.unrouted += 1

    def read(self) -> list[AnswerCount]:
        """All counts until now, in the order in which each kind first occurred."""
        return [
            AnswerCount(source=source, status=status, outcome=outcome, durations=_histogram(row[:]))
            for (source, status, outcome), row in list(self._rows.items())
        ]


def metrics_of(status: int, outcome: str) -> tuple[Metric, ...]:
    """The name under which an answer is counted, the same in both homes."""
    if (known := _BY_OUTCOME.get(outcome)) is not None:
        return known
    if status >= _OURS:
        return (Metric.UNAVAILABLE,)
    if status == _GONE:
        return ()
    return (Metric.REJECTED, Metric.SIGNATURE_FAILURES) if status == _UNAUTHORIZED else (Metric.REJECTED,)


def _histogram(row: list[float]) -> Histogram:
    return Histogram(buckets=tuple(map(int, row[:_SUM])), sum=row[_SUM])
