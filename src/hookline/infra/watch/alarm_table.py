"""Which alarms a stack has, as one table: what each watches, when it is told, and what silence means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.infra.functions import ROUTER_EVENT_AGE
from hookline.infra.watch.alarm_subjects import (
    SHORTEST_AGE,
    VALIDATOR_DEADLINE,
    api,
    dead_letter_queues,
    each,
    environment,
    failure_queue,
    function,
    outbox_index,
    queues,
    schedule,
    table,
    unrouted_queue,
)
from hookline.ports.telemetry import Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hookline.infra.watch.alarm_subjects import Subject, Watched

__all__ = [
    "KINDS",
    "QUIET_IS_BAD",
    "QUIET_IS_GOOD",
    "Alarm",
    "Kind",
    "Measure",
    "alarms",
]

QUIET_IS_GOOD = "notBreaching"
QUIET_IS_BAD = "breaching"

_AT_LEAST = "GreaterThanOrEqualToThreshold"
_BELOW = "LessThanThreshold"
_TABLE_OPERATIONS = ("PutItem", "UpdateItem", "GetItem", "BatchGetItem", "Query", "TransactWriteItems")
_WARM_UP_MINUTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A metric as CloudWatch has it. ``dimensions`` come on top of the subject's. ``id`` is its name in an expression."""

    metric: str
    statistic: str
    id: str = "value"
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A row of the table: one alarm for each subject.

    It is told when ``datapoints`` of the last ``periods`` periods (in seconds) are on the wrong side of the threshold.
    ``section`` is the anchor of what docs/how-to/runbook.md says about it.
    """

    section: str
    meaning: str
    subjects: Callable[[Watched], Iterable[Subject]]
    namespace: str
    measures: tuple[Measure, ...]
    threshold: float
    period: int
    periods: int
    datapoints: int
    missing: str = QUIET_IS_GOOD
    comparison: str = _AT_LEAST
    expression: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm."""

    name: str
    kind: Kind
    subject: Subject

    @property
    def threshold(self) -> float:
        """Where it is told."""
        return self.kind.threshold if self.subject.threshold is None else self.subject.threshold

    @property
    def warm_up_minutes(self) -> int | None:
        """How long a new one waits for its first values; one that minds silence would be told at once otherwise."""
        return _WARM_UP_MINUTES if self.kind.missing == QUIET_IS_BAD else None

    def dimensions(self, measure: Measure) -> Mapping[str, str]:
        """What picks ``measure`` out of its namespace."""
        return {**self.subject.dimensions, **measure.dimensions}

    def description(self, runbook: str) -> str:
        """What people read: what is wrong, and where it says what to do."""
        return f"{self.kind.meaning.format(self.subject.name)} What to do: {runbook}#{self.kind.section}"


def alarms(watched: Watched) -> tuple[Alarm, ...]:
    """Every alarm of a stack, in the order of the table."""
    return tuple(
        Alarm(name=_name(kind, subject, watched.environment), kind=kind, subject=subject)
        for kind in KINDS
        for subject in kind.subjects(watched)
    )


def _name(kind: Kind, subject: Subject, environment: str) -> str:
    """With a word between the subject, which may have hyphens, and the environment, which may too."""
    return "-".join(part for part in ("webhook", kind.section, subject.name, "alarm", environment) if part)


def _id(operation: str) -> str:
    """What an operation is called in an expression, where names begin with a small letter."""
    return f"{operation[0].lower()}{operation[1:]}"


_WAITING = (Measure(metric="ApproximateNumberOfMessagesVisible", statistic="Maximum"),)
_SQS, _LAMBDA, _API, _DYNAMODB = "AWS/SQS", "AWS/Lambda", "AWS/ApiGateway", "AWS/DynamoDB"
_ALL_FUNCTIONS = each(function("validator"), function("router"), function("recoverer"))

KINDS: tuple[Kind, ...] = (
    Kind(
        section="dead-letters",
        meaning="Consumers of the queue {} failed on a message every time; it lies on the dead-letter queue.",
        subjects=dead_letter_queues,
        namespace=_SQS,
        measures=_WAITING,
        threshold=1,
        period=60,
        periods=1,
        datapoints=1,
    ),
    Kind(
        section="router-failures",
        meaning="Lambda gave up asking the router; what it was asked lies on the failure queue. The events are still in the outbox.",
        subjects=failure_queue,
        namespace=_SQS,
        measures=_WAITING,
        threshold=1,
        period=60,
        periods=1,
        datapoints=1,
    ),
    Kind(
        section="unrouted-events",
        meaning="An event came that no route wants; it lies on the queue unrouted.",
        subjects=unrouted_queue,
        namespace=_SQS,
        measures=_WAITING,
        threshold=1,
        period=60,
        periods=1,
        datapoints=1,
    ),
    Kind(
        section="queue-age",
        meaning="A message waits on the queue {} longer than consumers that work would let it.",
        subjects=queues,
        namespace=_SQS,
        measures=(Measure(metric="ApproximateAgeOfOldestMessage", statistic="Maximum"),),
        threshold=SHORTEST_AGE,
        period=60,
        periods=5,
        datapoints=5,
    ),
    Kind(
        # It lets no fault of its own out: an error is a crash, a timeout or an archive that cannot start.
        section="function-errors",
        meaning="The {} ended in an error.",
        subjects=function("validator"),
        namespace=_LAMBDA,
        measures=(Measure(metric="Errors", statistic="Sum"),),
        threshold=1,
        period=60,
        periods=1,
        datapoints=1,
    ),
    Kind(
        # They raise what should be tried again: one error mends itself, errors in three minutes of five do not.
        section="function-errors",
        meaning="The {} keeps ending in errors.",
        subjects=each(function("router"), function("recoverer")),
        namespace=_LAMBDA,
        measures=(Measure(metric="Errors", statistic="Sum"),),
        threshold=1,
        period=60,
        periods=5,
        datapoints=3,
    ),
    Kind(
        section="function-throttles",
        meaning="The {} is invoked more often at once than its concurrency allows.",
        subjects=_ALL_FUNCTIONS,
        namespace=_LAMBDA,
        measures=(Measure(metric="Throttles", statistic="Sum"),),
        threshold=1,
        period=60,
        periods=5,
        datapoints=3,
    ),
    Kind(
        # The router stops by itself 10 s before its timeout and the recoverer 15 s, so that theirs are nearer.
        section="function-duration",
        meaning="The slowest invocations of the {} come near the time they may take.",
        subjects=each(
            function("validator", share=0.8), function("router", share=0.9), function("recoverer", share=0.9)
        ),
        namespace=_LAMBDA,
        measures=(Measure(metric="Duration", statistic="p99"),),
        threshold=VALIDATOR_DEADLINE * 800,
        period=60,
        periods=5,
        datapoints=3,
    ),
    Kind(
        section="async-event-age",
        meaning="Events wait long in Lambda's own queue before the router gets them.",
        subjects=function("router"),
        namespace=_LAMBDA,
        measures=(Measure(metric="AsyncEventAge", statistic="Maximum"),),
        threshold=0.8 * ROUTER_EVENT_AGE * 1000,
        period=60,
        periods=5,
        datapoints=3,
    ),
    Kind(
        section="async-events-dropped",
        meaning="Lambda dropped invocations of the router. The events are still in the outbox.",
        subjects=function("router"),
        namespace=_LAMBDA,
        measures=(Measure(metric="AsyncEventsDropped", statistic="Sum"),),
        threshold=1,
        period=60,
        periods=1,
        datapoints=1,
    ),
    Kind(
        section="destination-failures",
        meaning="Lambda could not write a failed invocation of the router to the failure queue.",
        subjects=function("router"),
        namespace=_LAMBDA,
        measures=(Measure(metric="DestinationDeliveryFailures", statistic="Sum"),),
        threshold=1,
        period=60,
        periods=1,
        datapoints=1,
    ),
    Kind(
        # In percent. Senders try again, so that a single answer matters less than a share of them.
        section="api-server-errors",
        meaning="More than one in a hundred senders is told that hookline cannot take events now (5xx).",
        subjects=api,
        namespace=_API,
        measures=(
            Measure(id="faults", metric="5XXError", statistic="Sum"),
            Measure(id="requests", metric="Count", statistic="Sum"),
        ),
        expression="IF(requests > 0, 100 * faults / requests, 0)",
        threshold=1,
        period=60,
        periods=5,
        datapoints=3,
    ),
    Kind(
        # In percent. Strangers who try paths are most of what little traffic there is, so that it takes twenty requests a minute.
        section="api-client-errors",
        meaning="More than one in five requests is refused (4xx).",
        subjects=api,
        namespace=_API,
        measures=(
            Measure(id="refusals", metric="4XXError", statistic="Sum"),
            Measure(id="requests", metric="Count", statistic="Sum"),
        ),
        expression="IF(requests >= 20, 100 * refusals / requests, 0)",
        threshold=20,
        period=60,
        periods=15,
        datapoints=10,
    ),
    Kind(
        # An alarm on a metric of DynamoDB's keeps its state while the metric is silent, whatever it is told of missing data, and
        # these are silent while all is well: without FILL it would never end.
        section="table-throttles",
        meaning="DynamoDB throttles the {}.",
        subjects=each(table, outbox_index),
        namespace=_DYNAMODB,
        measures=(
            Measure(id="reads", metric="ReadThrottleEvents", statistic="Sum"),
            Measure(id="writes", metric="WriteThrottleEvents", statistic="Sum"),
        ),
        expression="FILL(reads, 0) + FILL(writes, 0)",
        threshold=1,
        period=60,
        periods=5,
        datapoints=3,
    ),
    Kind(
        section="table-system-errors",
        meaning="DynamoDB answers with faults of its own.",
        subjects=table,
        namespace=_DYNAMODB,
        measures=tuple(
            Measure(
                id=_id(operation),
                metric="SystemErrors",
                statistic="Sum",
                dimensions={"Operation": operation},
            )
            for operation in _TABLE_OPERATIONS
        ),
        expression=" + ".join(f"FILL({_id(operation)}, 0)" for operation in _TABLE_OPERATIONS),
        threshold=1,
        period=60,
        periods=5,
        datapoints=3,
    ),
    Kind(
        # The recoverer takes what has stood for 300 s, so that nothing should get three times as old. It tells the age every minute.
        section="outbox-age",
        meaning="An event that was acknowledged has not reached its queues, or nobody knows.",
        subjects=environment,
        namespace=names.METRIC_NAMESPACE,
        measures=(Measure(metric=Metric.OUTBOX_OLDEST_SECONDS.value, statistic="Maximum"),),
        threshold=900,
        period=60,
        periods=5,
        datapoints=5,
        missing=QUIET_IS_BAD,
    ),
    Kind(
        section="recoverer-runs",
        meaning="The recoverer has not run for five minutes.",
        subjects=function("recoverer"),
        namespace=_LAMBDA,
        measures=(Measure(metric="Invocations", statistic="Sum"),),
        comparison=_BELOW,
        threshold=1,
        period=60,
        periods=5,
        datapoints=5,
        missing=QUIET_IS_BAD,
    ),
    Kind(
        section="signature-failures",
        meaning="Signatures do not fit, again and again: a secret was changed on one side, or someone is guessing.",
        subjects=environment,
        namespace=names.METRIC_NAMESPACE,
        measures=(Measure(metric=Metric.SIGNATURE_FAILURES.value, statistic="Sum"),),
        threshold=10,
        period=300,
        periods=2,
        datapoints=2,
    ),
    Kind(
        section="ambiguous-requests",
        meaning="A request whose signature fits was refused, because it can be read in two ways: its event is lost unless someone acts.",
        subjects=environment,
        namespace=names.METRIC_NAMESPACE,
        measures=(
            Measure(metric=Metric.REJECTED.value, statistic="Sum", dimensions={names.BY_CODE: "body_ambiguous"}),
        ),
        threshold=1,
        period=60,
        periods=1,
        datapoints=1,
    ),
    Kind(
        section="conflicts",
        meaning="Another body came under a known delivery id, or with a signature that was used before.",
        subjects=environment,
        namespace=names.METRIC_NAMESPACE,
        measures=(Measure(metric=Metric.CONFLICT.value, statistic="Sum"),),
        threshold=1,
        period=300,
        periods=1,
        datapoints=1,
    ),
    Kind(
        section="repeated-bodies",
        meaning="A known body came under another delivery id, which its signature does not cover.",
        subjects=environment,
        namespace=names.METRIC_NAMESPACE,
        measures=(Measure(metric=Metric.REPEATED_BODY.value, statistic="Sum"),),
        threshold=1,
        period=300,
        periods=1,
        datapoints=1,
    ),
    Kind(
        section="failed-events",
        meaning="An event was given up: it is stored as failed, and waits for a replay.",
        subjects=environment,
        namespace=names.METRIC_NAMESPACE,
        measures=(Measure(metric=Metric.FAILED.value, statistic="Sum"),),
        threshold=1,
        period=60,
        periods=1,
        datapoints=1,
    ),
    Kind(
        section="scheduler-errors",
        meaning="EventBridge Scheduler could not run the recoverer.",
        subjects=schedule,
        namespace="AWS/Scheduler",
        measures=(
            Measure(id="errors", metric="TargetErrorCount", statistic="Sum"),
            Measure(id="throttles", metric="TargetErrorThrottledCount", statistic="Sum"),
            Measure(id="dropped", metric="InvocationDroppedCount", statistic="Sum"),
        ),
        expression="SUM(METRICS())",
        threshold=1,
        period=60,
        periods=5,
        datapoints=3,
    ),
)
"""Every kind of alarm, most urgent for an event's safe arrival first."""
