"""Reads an environment's counts of the last hour from CloudWatch, minute by minute, for the charts of the control room."""

from __future__ import annotations

from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.adapters.aws.metric_series import QUEUE_NAMESPACE, WantedSeries, read_series
from hookline.adapters.aws.pages import pages
from hookline.domain.sample import QueueSample, Sample, SourceSample
from hookline.error_codes import CODES
from hookline.errors import HooklineError
from hookline.ports.telemetry import Metric

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.metric_series import Series
    from hookline.domain.queue import Queue
    from hookline.ports.clock import Clock

__all__ = ["MetricSamples"]

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_KEPT_FOR = _MINUTE
"""CloudWatch has a new value once a minute, and charges for each that is read: $0.01 for 1,000."""
_LATE = 2 * _MINUTE
"""The newest minutes are left out, because CloudWatch has not counted them completely."""
_MOST_CODES = 50
_SERVER_FAULT = 500
_COUNTS = {
    "accepted": Metric.ACCEPTED,
    "duplicates": Metric.DUPLICATE,
    "conflicts": Metric.CONFLICT,
    "unavailable": Metric.UNAVAILABLE,
    "routed": Metric.ROUTED,
    "unmatched": Metric.UNMATCHED,
}
_PERCENTILES = ("p50", "p95", "p99")
_DEPTHS = {
    "visible": "ApproximateNumberOfMessagesVisible",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
    "oldest_age": "ApproximateAgeOfOldestMessage",
}
_DEAD = "dead"
_MOVED = {"sent": "NumberOfMessagesSent", "removed": "NumberOfMessagesDeleted"}
_OF_SOURCE = {"accepted": Metric.ACCEPTED, "duplicates": Metric.DUPLICATE, "rejected": Metric.REJECTED}


class MetricSamples:
    """Samples from CloudWatch. CloudWatch is queried at most once a minute. Usable from any thread."""

    def __init__(
        self, clients: Clients, *, environment: str, queues: Sequence[Queue], sources: Sequence[str], clock: Clock
    ) -> None:
        self._clients = clients
        self._environment = environment
        self._queues = queues
        self._sources = sources
        self._clock = clock
        self._guard = Lock()
        self._read_at: datetime | None = None
        self._samples: Sequence[Sample] = ()
        self._denied: HooklineError | None = None

    def __call__(self) -> Sequence[Sample]:
        """One sample for each minute of the last hour, the oldest first. A value that was not counted is 0."""
        with self._guard:
            now = self._clock.now()
            if self._read_at is None or now - self._read_at >= _KEPT_FOR:
                self._samples, self._denied = self._read_or_denied(now)
                self._read_at = now
            if self._denied is not None:
                raise self._denied
            return self._samples

    def _read_or_denied(self, now: datetime) -> tuple[Sequence[Sample], HooklineError | None]:
        """The samples, or the missing right: it is kept for a minute too, so that not each part of a page queries again."""
        try:
            return self._read(now), None
        except HooklineError as fault:
            if fault.missing_right is None:
                raise
            return (), fault

    def _read(self, now: datetime) -> Sequence[Sample]:
        end = now.replace(second=0, microsecond=0) - _LATE + _MINUTE
        codes = self._codes_or_all()
        wanted = [*self._wanted(), *map(self._rejected, codes)]
        series = read_series(self._clients, wanted, end - _HOUR, end)
        by_source = self._is_counted_by_source(series)
        minutes = [end - _HOUR + number * _MINUTE for number in range(_HOUR // _MINUTE)]
        return tuple(self._sample(minute, series, codes, by_source=by_source) for minute in minutes)

    def _wanted(self) -> Iterator[WantedSeries]:
        own = {"Environment": self._environment}
        for name, metric in _COUNTS.items():
            yield WantedSeries(
                name=name, namespace=names.METRIC_NAMESPACE, metric=metric, dimensions=own, statistic="Sum"
            )
        yield WantedSeries(
            name="outbox_oldest_age",
            namespace=names.METRIC_NAMESPACE,
            metric=Metric.OUTBOX_OLDEST_SECONDS,
            dimensions=own,
            statistic="Maximum",
        )
        api = {"ApiName": names.api(self._environment), "Stage": names.STAGE}
        for name in _PERCENTILES:
            yield WantedSeries(name=name, namespace="AWS/ApiGateway", metric="Latency", dimensions=api, statistic=name)
        for source in self._sources:
            yield from self._of_source(source)
        for queue in self._queues:
            yield from self._of_queue(queue)

    def _of_source(self, source: str) -> Iterator[WantedSeries]:
        for name, metric in _OF_SOURCE.items():
            yield WantedSeries(
                name=f"{source}:{name}",
                namespace=names.METRIC_NAMESPACE,
                metric=metric,
                dimensions={"Environment": self._environment, names.BY_SOURCE: source},
                statistic="Sum",
            )

    def _of_queue(self, queue: Queue) -> Iterator[WantedSeries]:
        fifo = queue.fifo is not None
        own = names.queue(queue.name, self._environment, fifo=fifo)
        letters = names.dead_letter_queue(queue.name, self._environment, fifo=fifo)
        wanted = [(own, field, metric) for field, metric in _DEPTHS.items()] + [(letters, _DEAD, _DEPTHS["visible"])]
        for physical, field, metric in wanted:
            yield WantedSeries(
                name=f"{queue.name}/{field}",
                namespace=QUEUE_NAMESPACE,
                metric=metric,
                dimensions={"QueueName": physical},
                statistic="Maximum",
            )
        for moved, metric in _MOVED.items():
            yield WantedSeries(
                name=f"{queue.name}/{moved}",
                namespace=QUEUE_NAMESPACE,
                metric=metric,
                dimensions={"QueueName": own},
                statistic="Sum",
            )

    def _rejected(self, code: str) -> WantedSeries:
        dimensions = {"Environment": self._environment, names.BY_CODE: code}
        return WantedSeries(
            name=f"rejected/{code}",
            namespace=names.METRIC_NAMESPACE,
            metric=Metric.REJECTED,
            dimensions=dimensions,
            statistic="Sum",
        )

    def _codes_or_all(self) -> list[str]:
        """The error codes to query: all codes of hookline where this caller has no right to list metrics."""
        try:
            return list(self._codes())
        except HooklineError as fault:
            if fault.missing_right is None:
                raise
            return sorted(code for code, one in CODES.items() if one.status is not None and one.status < _SERVER_FAULT)

    def _codes(self) -> Iterator[str]:
        """The codes with which requests were rejected, as CloudWatch lists them."""
        found = pages(
            self._clients.cloudwatch().list_metrics,
            Namespace=names.METRIC_NAMESPACE,
            MetricName=Metric.REJECTED,
            Dimensions=[{"Name": "Environment", "Value": self._environment}, {"Name": names.BY_CODE}],
        )
        codes = {
            one["Value"]
            for page in found
            for each in page["Metrics"]
            for one in each["Dimensions"]
            if one["Name"] == names.BY_CODE
        }
        yield from sorted(codes)[:_MOST_CODES]

    def _is_counted_by_source(self, series: Series) -> bool:
        """Whether the functions count by source: functions of an earlier version do not, and then no source has counts."""
        own = any(series[f"{source}:{name}"] for source in self._sources for name in _OF_SOURCE)
        return own or not (series["accepted"] or series["duplicates"])

    def _sample(self, minute: datetime, series: Series, codes: Sequence[str], *, by_source: bool) -> Sample:
        def count(name: str) -> int:
            return int(series[name].get(minute, 0))

        queues = ((queue.name, _queue(series, queue.name, minute)) for queue in self._queues)
        return Sample(
            at=minute + _MINUTE,
            seconds=_MINUTE.total_seconds(),
            accepted=count("accepted"),
            duplicates=count("duplicates"),
            conflicts=count("conflicts"),
            unavailable=count("unavailable"),
            routed=count("routed"),
            unmatched=count("unmatched"),
            rejected={code: number for code in codes if (number := count(f"rejected/{code}"))},
            p50=_seconds(series["p50"].get(minute)),
            p95=_seconds(series["p95"].get(minute)),
            p99=_seconds(series["p99"].get(minute)),
            queues={name: sample for name, sample in queues if sample is not None},
            sources={name: _source(series, name, minute) for name in self._sources} if by_source else None,
            outbox_oldest_age=series["outbox_oldest_age"].get(minute),
        )


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _queue(series: Series, queue: str, minute: datetime) -> QueueSample | None:
    """The number of messages on the queue; None where CloudWatch did not count it."""
    values = {field: series[f"{queue}/{field}"].get(minute) for field in (*_DEPTHS, _DEAD)}
    if values["visible"] is None:
        return None
    whole = {field: int(values[field] or 0) for field in ("visible", "in_flight", "delayed", _DEAD)}
    moved = {field: series[f"{queue}/{field}"].get(minute) for field in _MOVED}
    known = {field: int(value) for field, value in moved.items() if value is not None}
    return QueueSample(oldest_age=values["oldest_age"], **whole, **known)


def _source(series: Series, source: str, minute: datetime) -> SourceSample:
    return SourceSample(**{field: int(series[f"{source}:{field}"].get(minute, 0)) for field in _OF_SOURCE})
