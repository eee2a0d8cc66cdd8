"""Reads the values for ``/metrics`` from the parts that have them, at each scrape.

Each reader returns values under the names of ``ports/metric_table.py``; if its storage cannot be read, it returns none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from hookline.domain.histogram import Histogram
from hookline.domain.pause import PauseState
from hookline.errors import UnavailableError
from hookline.ports.metric_table import Kind, prometheus_name
from hookline.ports.telemetry import Metric
from hookline.runtimes.embedded.answer_counts import metrics_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.canary import CanaryReport
    from hookline.ports.key_uses import KeyUses
    from hookline.ports.queue_listing import QueueListing
    from hookline.ports.storage_counts import StorageCounts
    from hookline.runtimes.embedded.answer_counts import AnswerCounts
    from hookline.runtimes.embedded.call_limits import CallLimits
    from hookline.runtimes.embedded.committer import Committer
    from hookline.runtimes.embedded.connections import Connections
    from hookline.runtimes.embedded.forwards import Forwards
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.keeper import Keeper
    from hookline.runtimes.embedded.record_fetcher import RecordFetcher

__all__ = [
    "Measures",
    "Reader",
    "Value",
    "answers",
    "canary",
    "disk_work",
    "forwarding",
    "keys",
    "queues",
    "routing",
    "server_state",
    "sources",
    "stored",
]

_DETAILED = {Metric.REJECTED, Metric.UNAVAILABLE}
"""The outcomes that are also counted by their code."""


_BY_SOURCE = (
    Metric.ACCEPTED,
    Metric.DUPLICATE,
    Metric.CONFLICT,
    Metric.REPEATED_BODY,
    Metric.HANDSHAKES,
    Metric.SIGNATURE_FAILURES,
)


class Value(NamedTuple):
    """One value of a metric, and the values of its labels in their order."""

    name: str
    labels: tuple[str, ...]
    value: float | Histogram


Reader: TypeAlias = "Callable[[], Iterable[Value]]"


class Measures:
    """All readers of one server. Any thread may call it; a read takes some milliseconds."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._readers = tuple(readers)

    def read(self) -> Mapping[str, Sequence[Value]]:
        """All present values, by their metrics' names."""
        found: dict[str, list[Value]] = defaultdict(list)
        for reader in self._readers:
            with suppress(UnavailableError, OSError):  # the storage fails, which hookline_storage_failed reports
                for value in reader():
                    found[value.name].append(value)
        return found


def answers(
    counts: AnswerCounts,
    unreadable: Callable[[], Mapping[tuple[int, str], int]],
    names: Callable[[], Iterable[str]],
) -> Reader:
    """The answers to senders; ``unreadable`` are the answers to requests that were not HTTP, by status and code.

    Counts by source begin at 0 for each of ``names``, because PromQL sees no increase if a series begins at 1.
    """

    def read() -> Iterator[Value]:
        by_metric: Counter[tuple[str, tuple[str, ...]]] = Counter()
        by_metric.update({(prometheus_name(metric), (name,)): 0 for name in names() for metric in _BY_SOURCE})
        durations: dict[str, Histogram] = defaultdict(Histogram)
        rows = [(one.source, one.status, one.outcome, one.durations.count) for one in counts.read()]
        rows += [("", status, code, number) for (status, code), number in list(unreadable().items())]
        for source, status, outcome, number in rows:
            by_metric["hookline_answers_total", (source, str(status))] += number
            for metric in metrics_of(status, outcome):
                code = (outcome,) if metric in _DETAILED else ()
                by_metric[prometheus_name(metric), (source, *code)] += number
        for one in counts.read():
            durations[one.source] += one.durations
        for (name, labels), number in by_metric.items():
            yield Value(name, labels, number)
        for source, taken in durations.items():
            yield Value("hookline_answer_seconds", (source,), taken)

    return read


def routing(counts: AnswerCounts, keeper: Keeper, records: RecordFetcher) -> Reader:
    """The results of accepted events in this process."""

    def read() -> Iterator[Value]:
        accepted = sum(
            one.durations.count for one in counts.read() if Metric.ACCEPTED in metrics_of(one.status, one.outcome)
        )
        at_once = max(0, accepted - counts.unmatched - counts.unrouted)
        kept = keeper.counts.copy() + records.counts
        yield Value("hookline_routed_total", (), at_once + kept[Metric.ROUTED])
        yield Value("hookline_unmatched_total", (), counts.unmatched + kept[Metric.UNMATCHED])
        yield Value("hookline_recovered_total", (), kept[Metric.RECOVERED])
        yield Value("hookline_failed_total", (), kept[Metric.FAILED])
        yield Value(prometheus_name(Metric.RECORDS_COMPLETED), (), kept[Metric.RECORDS_COMPLETED])
        yield Value(prometheus_name(Metric.RECORDS_MISSING), (), kept[Metric.RECORDS_MISSING])

    return read


def sources(
    names: Callable[[], Iterable[str]], limits: CallLimits, last_events: Callable[[], Mapping[str, datetime]]
) -> Reader:
    """The state of each current source."""

    def read() -> Iterator[Value]:
        paused = limits.paused
        for name in names():
            is_paused = paused.get(name, PauseState.RELEASED) is not PauseState.RELEASED
            yield Value("hookline_source_paused", (name,), int(is_paused))
        for name, at in last_events().items():
            yield Value("hookline_last_event_timestamp_seconds", (name,), at.timestamp())

    return read


def queues(listing: QueueListing) -> Reader:
    """The messages of each queue."""

    def read() -> Iterator[Value]:
        for one in listing.listed():
            labels, dead = (one.queue.name,), one.dead
            yield Value("hookline_queue_messages", labels, one.own.visible)
            yield Value("hookline_queue_in_flight", labels, one.own.in_flight)
            yield Value("hookline_queue_delayed", labels, one.own.delayed)
            yield Value("hookline_queue_oldest_seconds", labels, one.own.oldest_age or 0)
            yield Value("hookline_dead_letters", labels, dead.visible + dead.in_flight + dead.delayed)
            yield Value("hookline_queue_paused", labels, int(one.is_paused))

    return read


def forwarding(forwards: Forwards) -> Reader:
    """The counts of forwards."""

    def read() -> Iterator[Value]:
        for queue, counted in forwards.counted().items():
            yield Value("hookline_forwarded_total", (queue,), counted[Metric.FORWARDED])
            yield Value("hookline_forward_failed_total", (queue,), counted[Metric.FORWARD_FAILED])
            yield Value("hookline_forward_paused", (queue,), counted[Metric.FORWARD_PAUSED])

    return read


def canary(report: Callable[[], CanaryReport | None]) -> Reader:
    """The durations of the canary's events, if there is one."""

    def read() -> Iterator[Value]:
        found = report()
        if found is None:
            return
        yield Value("hookline_canary_late", (), int(found.late is not None))
        if found.seconds is not None:
            yield Value(prometheus_name(Metric.CANARY_SECONDS, Kind.GAUGE), (), found.seconds)
        if found.last_success_at is not None:
            yield Value("hookline_canary_last_success_timestamp_seconds", (), found.last_success_at.timestamp())
        for fault, number in found.failures.items():
            yield Value(prometheus_name(Metric.CANARY_FAILURES), (fault.value,), number)

    return read


def stored(counts: StorageCounts, now: Callable[[], datetime]) -> Reader:
    """The counts of stored events and requests that an operator may have to look at."""

    def read() -> Iterator[Value]:
        found, at = counts.counts(), now()
        oldest = 0.0 if found.waiting_since is None else max(0.0, (at - found.waiting_since).total_seconds())
        yield Value("hookline_outbox_waiting", (), found.waiting)
        yield Value(prometheus_name(Metric.OUTBOX_OLDEST_SECONDS, Kind.GAUGE), (), oldest)
        yield Value("hookline_failed_events", (), found.failed)
        for source, held in found.held.items():
            age = max(0.0, (at - held.oldest).total_seconds())
            yield Value("hookline_held_events", (source,), held.events)
            yield Value(prometheus_name(Metric.HELD_OLDEST_SECONDS, Kind.GAUGE), (source,), age)
        for source, awaiting in found.awaiting.items():
            age = max(0.0, (at - awaiting.oldest).total_seconds())
            yield Value("hookline_records_waiting", (source,), awaiting.events)
            yield Value(prometheus_name(Metric.RECORD_OLDEST_SECONDS, Kind.GAUGE), (source,), age)
        for source, rejected in found.rejected.items():
            yield Value("hookline_quarantined", (source,), rejected.requests)
            yield Value("hookline_quarantined_bytes", (source,), rejected.size)

    return read


def disk_work(committer: Committer, keeper: Keeper, dropped: Callable[[], int]) -> Reader:
    """The durations and faults of the storage; ``dropped`` returns how many rejected requests were not stored."""

    def read() -> Iterator[Value]:
        yield Value("hookline_commit_seconds", (), committer.commits.read())
        yield Value("hookline_checkpoint_seconds", (), keeper.checkpoints.read())
        yield Value("hookline_store_waits_total", (), committer.waits)
        yield Value("hookline_quarantine_dropped_total", (), dropped())

    return read


def server_state(
    health: Health,
    connections: Mapping[str, Connections],
    in_flight: Callable[[], tuple[int, int]],
    numbers: Mapping[str, Callable[[], float]],
    build: tuple[str, ...],
) -> Reader:
    """The state of the process. ``in_flight`` returns the requests in flight and their bytes.

    ``numbers`` has functions for other values, by the metric's name.
    """

    def read() -> Iterator[Value]:
        yield Value("hookline_ready", (), int(health.ready))
        yield Value("hookline_storage_failed", (), int(health.fault is not None))
        yield Value("hookline_disk_full", (), int(health.full is not None))
        for port, open_ in connections.items():
            yield Value("hookline_connections", (port,), len(open_))
        requests, size = in_flight()
        yield Value("hookline_requests_in_flight", (), requests)
        yield Value("hookline_in_flight_bytes", (), size)
        for name, number in numbers.items():
            yield Value(name, (), number())
        yield Value("hookline_build_info", build, 1)

    return read


def keys(uses: KeyUses, kept_at: Callable[[], Mapping[tuple[str, str], datetime]]) -> Reader:
    """The age of access keys, and of the secrets that senders brought, by source and name."""

    def read() -> Iterator[Value]:
        for key_id, use in uses.known().items():
            yield Value("hookline_access_key_first_seen_timestamp_seconds", (key_id,), use.first_seen_at.timestamp())
        for labels, at in kept_at().items():
            yield Value("hookline_secret_kept_timestamp_seconds", labels, at.timestamp())

    return read
