"""Takes samples for the charts of the overview every five seconds, and keeps those of the last hour in memory."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.domain.canary import CANARY
from hookline.domain.histogram import Histogram
from hookline.domain.sample import QueueSample, Sample, SourceSample
from hookline.errors import UnavailableError
from hookline.ports.telemetry import Metric
from hookline.record import record
from hookline.runtimes.embedded.answer_counts import metrics_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hookline.ports.queue_listing import ListedQueue, QueueListing
    from hookline.ports.storage_counts import StorageCounts
    from hookline.runtimes.embedded.answer_counts import AnswerCounts
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.room import Space

__all__ = ["EVERY", "Sampler"]

EVERY: Final = 5.0  # seconds
_KEPT: Final = 720
"""The samples of an hour."""


@record
class _Totals:
    """The counts from the start until now."""

    metrics: Counter[Metric]
    rejected: Counter[str]
    statuses: Counter[int]
    durations: Histogram
    unmatched: int
    unrouted: int
    sources: Counter[tuple[str, Metric]]


class Sampler:
    """Takes samples on a separate thread, which works some milliseconds of every five seconds."""

    def __init__(
        self,
        counts: AnswerCounts,
        *,
        queues: QueueListing,
        storage: StorageCounts,
        space: Callable[[], Space],
        now: Callable[[], datetime],
        log: Log,
        every: float = EVERY,
    ) -> None:
        self._counts = counts
        self._queues = queues
        self._storage = storage
        self._space = space
        self._now = now
        self._log = log
        self._every = every
        self._samples: deque[Sample] = deque(maxlen=_KEPT)
        self._before = _totals(counts)
        self._before_at = monotonic()
        self._standing: dict[str, int] = {}
        self._removed: dict[str, int | None] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-sampler", daemon=True)

    def samples(self) -> Sequence[Sample]:
        """The samples of the last hour, the oldest first. Usable from any thread."""
        return list(self._samples)

    def start(self) -> None:
        """Start taking samples."""
        self._thread.start()

    def stop(self, *, patience: float = 5.0) -> None:
        """Stop. Wait for the thread at most ``patience`` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)

    def take(self) -> Sample:
        """Take a sample now, and store it."""
        at, totals = monotonic(), _totals(self._counts)
        counted = totals.metrics - self._before.metrics
        took = totals.durations.since(self._before.durations)
        stored, unmatched = counted[Metric.ACCEPTED], totals.unmatched - self._before.unmatched
        sample = Sample(
            at=self._now(),
            seconds=at - self._before_at,
            accepted=stored,
            duplicates=counted[Metric.DUPLICATE],
            conflicts=counted[Metric.CONFLICT],
            unavailable=counted[Metric.UNAVAILABLE],
            routed=max(0, stored - unmatched - (totals.unrouted - self._before.unrouted)),
            unmatched=unmatched,
            rejected=dict(totals.rejected - self._before.rejected),
            sources=_of_sources(totals.sources - self._before.sources),
            answers=dict(totals.statuses - self._before.statuses),
            p50=took.quantile(0.5),
            p95=took.quantile(0.95),
            p99=took.quantile(0.99),
            **self._state(),  # type: ignore[arg-type]  # fields of a sample by their names
        )
        self._before, self._before_at = totals, at
        self._samples.append(sample)
        return sample

    def _state(self) -> dict[str, object]:
        """The current state, without the parts that cannot be read from the storage."""
        try:
            listed, stored, space = self._queues.listed(), self._storage.counts(), self._space()
        except (UnavailableError, OSError):
            return {}
        since = stored.waiting_since
        return {
            "queues": {one.queue.name: self._queue(one) for one in listed if one.queue.name != CANARY},
            "outbox_waiting": stored.waiting,
            "outbox_oldest_age": None if since is None else max(0.0, (self._now() - since).total_seconds()),
            "held": sum(one.events for one in stored.held.values()),
            "disk_free": space.free,
            "database_size": space.used,
            "log_size": space.log,
        }

    def _queue(self, one: ListedQueue) -> QueueSample:
        """A queue with its arrived and removed messages. Arrived are the new ones that exist, and those that were removed meanwhile."""
        name = one.queue.name
        sample = QueueSample(
            visible=one.own.visible,
            in_flight=one.own.in_flight,
            delayed=one.own.delayed,
            dead=one.dead.visible + one.dead.in_flight + one.dead.delayed,
            oldest_age=one.own.oldest_age,
        )
        before, removed_before = self._standing.get(name), self._removed.get(name)
        self._standing[name], self._removed[name] = sample.standing, one.removed
        if before is None or removed_before is None or one.removed is None:
            return sample
        removed = one.removed - removed_before
        return replace(sample, removed=removed, sent=max(0, sample.standing - before + removed))

    def _run(self) -> None:
        while not self._stopping.wait(self._every):
            try:
                self.take()
            except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would leave the charts standing
                self._log.fault("taking a sample failed", fault)


def _totals(counts: AnswerCounts) -> _Totals:
    metrics: Counter[Metric] = Counter()
    rejected: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    durations = Histogram()
    sources: Counter[tuple[str, Metric]] = Counter()
    for answer in counts.read():
        if answer.source == CANARY:  # the charts show what senders do
            continue
        number = answer.durations.count
        counted = metrics_of(answer.status, answer.outcome)
        metrics.update(dict.fromkeys(counted, number))
        if Metric.REJECTED in counted:
            rejected[answer.outcome] += number
        statuses[answer.status] += number
        if answer.source:
            sources.update(dict.fromkeys(((answer.source, metric) for metric in counted), number))
        durations += answer.durations
    return _Totals(
        metrics=metrics,
        rejected=rejected,
        statuses=statuses,
        durations=durations,
        unmatched=counts.unmatched,
        unrouted=counts.unrouted,
        sources=sources,
    )


def _of_sources(counted: Counter[tuple[str, Metric]]) -> dict[str, SourceSample]:
    """The counts by source, for sources with any answer."""
    return {
        name: SourceSample(
            accepted=counted[name, Metric.ACCEPTED],
            duplicates=counted[name, Metric.DUPLICATE],
            rejected=counted[name, Metric.REJECTED],
        )
        for name in sorted({name for name, _ in counted})
    }
