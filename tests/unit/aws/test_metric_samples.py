"""The charts of an environment, out of what CloudWatch has counted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from contract.aws import shared_cloud
from hookline.adapters.aws import names
from hookline.adapters.aws.metric_samples import MetricSamples
from hookline.adapters.local import SystemClock
from hookline.domain.queue import Queue
from hookline.domain.sample import QueueSample, SourceSample
from hookline.ports.telemetry import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

ENVIRONMENT = "charts"
OWN = {"Environment": ENVIRONMENT}


def put(at: datetime, namespace: str, metric: str, value: float, dimensions: Mapping[str, str]) -> None:
    """One value, as a function's log line or a service counts it."""
    listed = [{"Name": name, "Value": text} for name, text in dimensions.items()]
    shared_cloud().emulator.client("cloudwatch").put_metric_data(
        Namespace=namespace,
        MetricData=[{"MetricName": metric, "Dimensions": listed, "Timestamp": at, "Value": value}],
    )


def test_an_hour_is_read_minute_by_minute() -> None:
    """The counts in the functions' logs, the gateway's latency and the queues' depths are at their minutes."""
    clock = SystemClock()
    now = clock.now()
    minute = now.replace(second=0, microsecond=0) - timedelta(minutes=10)
    at = minute + timedelta(seconds=20)
    put(at, names.METRIC_NAMESPACE, Metric.ACCEPTED, 3, OWN)
    put(at, names.METRIC_NAMESPACE, Metric.ACCEPTED, 4, OWN)
    put(at, names.METRIC_NAMESPACE, Metric.ACCEPTED, 100, {"Environment": "other"})
    put(at, names.METRIC_NAMESPACE, Metric.REJECTED, 2, OWN | {names.BY_CODE: "signature_mismatch"})
    put(at, names.METRIC_NAMESPACE, Metric.REJECTED, 2, OWN | {names.BY_SOURCE: "shop"})
    put(at, names.METRIC_NAMESPACE, Metric.ACCEPTED, 7, OWN | {names.BY_SOURCE: "shop"})
    put(at, "AWS/SQS", "NumberOfMessagesSent", 6, {"QueueName": names.queue("payments", ENVIRONMENT)})
    put(at, "AWS/SQS", "NumberOfMessagesDeleted", 2, {"QueueName": names.queue("payments", ENVIRONMENT)})
    put(at, "AWS/SQS", "ApproximateNumberOfMessagesVisible", 5, {"QueueName": names.queue("payments", ENVIRONMENT)})
    put(at, "AWS/SQS", "ApproximateAgeOfOldestMessage", 90, {"QueueName": names.queue("payments", ENVIRONMENT)})
    dead = names.dead_letter_queue("payments", ENVIRONMENT)
    put(at, "AWS/SQS", "ApproximateNumberOfMessagesVisible", 1, {"QueueName": dead})
    samples = MetricSamples(
        shared_cloud().clients,
        environment=ENVIRONMENT,
        queues=[Queue(name="payments")],
        sources=["shop", "quiet"],
        clock=clock,
    )

    taken = samples()

    assert len(taken) == 60
    assert [one.at for one in taken] == sorted(one.at for one in taken)
    (found,) = [one for one in taken if one.accepted]
    assert (found.at, found.seconds, found.accepted, found.duplicates) == (minute + timedelta(minutes=1), 60, 7, 0)
    assert dict(found.rejected) == {"signature_mismatch": 2}
    assert found.queues == {
        "payments": QueueSample(visible=5, in_flight=0, delayed=0, dead=1, oldest_age=90, sent=6, removed=2)
    }
    nothing = SourceSample(accepted=0, duplicates=0, rejected=0)
    assert found.sources == {"shop": SourceSample(accepted=7, duplicates=0, rejected=2), "quiet": nothing}
    assert found.calls == 9
    assert found.p50 is None
    assert samples() is taken  # CloudWatch charges for each value that is read


def test_of_functions_that_do_not_count_by_source_no_source_is_known() -> None:
    """A stack that was deployed by an earlier version counts events, but not whose: 0 for every source would be wrong."""
    clock, environment = SystemClock(), "earlier"
    at = clock.now() - timedelta(minutes=10)
    samples = MetricSamples(shared_cloud().clients, environment=environment, queues=[], sources=["shop"], clock=clock)
    quiet = MetricSamples(shared_cloud().clients, environment="unused", queues=[], sources=["shop"], clock=clock)
    put(at, names.METRIC_NAMESPACE, Metric.ACCEPTED, 3, {"Environment": environment})

    assert {one.sources is None for one in samples()} == {True}
    assert {one.sources is None for one in quiet()} == {False}
