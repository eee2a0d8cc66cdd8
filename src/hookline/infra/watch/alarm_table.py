"""The table of a stack's alarms: what each watches, when it fires, and what missing data means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.infra.functions import ROUTER_EVENT_AGE
from hookline.infra.watch.alarm_subjects import (
    SHORTEST_AGE,
    VALIDATOR_DEADLINE,
    api,
    canary,
    dead_letter_queues,
    each,
    environment,
    failure_queue,
    fetching,
    function,
    queues,
    schedule,
    table,
    table_indexes,
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
    "Window",
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
    """A CloudWatch metric. ``dimensions`` are added to the subject's. ``id`` is its name in an expression."""

    metric: str
    statistic: str = "Sum"
    id: str = "value"
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When an alarm fires: ``datapoints`` of the last ``periods`` periods, each of some seconds, cross its threshold."""

    period: int = 60
    periods: int = 1
    datapoints: int = 1


_REPEATEDLY = Window(periods=5, datapoints=3)
_FOR_FIVE_MINUTES = Window(periods=5, datapoints=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A row of the table: one alarm for each subject. ``section`` is its anchor in docs/how-to/runbook.md.

    A kind without ``subjects`` and ``namespace`` watches one of hookline's own metrics.
    """

    section: str
    meaning: str
    measures: tuple[Measure, ...]
    subjects: Callable[[Watched], Iterable[Subject]] = environment
    namespace: str = names.METRIC_NAMESPACE
    threshold: float = 1
    window: Window = Window()
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
        """The value at which it fires."""
        return self.kind.threshold if self.subject.threshold is None else self.subject.threshold

    @property
    def warm_up_minutes(self) -> int | None:
        """How long a new alarm waits for its first values: without this, one that fires on missing data would fire immediately."""
        if self.kind.missing != QUIET_IS_BAD:
            return None
        return max(_WARM_UP_MINUTES, self.kind.window.periods * self.period // 60)

    @property
    def period(self) -> int:
        """The seconds of one value."""
        return self.kind.window.period if self.subject.period is None else self.subject.period

    def dimensions(self, measure: Measure) -> Mapping[str, str]:
        """The dimensions of ``measure``."""
        return {**self.subject.dimensions, **measure.dimensions}

    def description(self, runbook: str) -> str:
        """The alarm's description: what is wrong, and the section of the runbook."""
        return f"{self.kind.meaning.format(self.subject.name)} What to do: {runbook}#{self.kind.section}"


def alarms(watched: Watched) -> tuple[Alarm, ...]:
    """Every alarm of a stack, in the order of the table."""
    return tuple(
        Alarm(name=_name(kind, subject, watched.environment), kind=kind, subject=subject)
        for kind in KINDS
        for subject in kind.subjects(watched)
    )


def _name(kind: Kind, subject: Subject, environment: str) -> str:
    """The alarm's name, with a word between the subject and the environment, because both may have hyphens."""
    return "-".join(part for part in ("webhook", kind.section, subject.name, "alarm", environment) if part)


def _id(operation: str) -> str:
    """The name of an operation in an expression, where names begin with a lower-case letter."""
    return f"{operation[0].lower()}{operation[1:]}"


_WAITING = (Measure(metric="ApproximateNumberOfMessagesVisible", statistic="Maximum"),)
_SQS, _LAMBDA, _API, _DYNAMODB = "AWS/SQS", "AWS/Lambda", "AWS/ApiGateway", "AWS/DynamoDB"
_ALL_FUNCTIONS = each(function("validator"), function("router"), function("recoverer"))

KINDS: tuple[Kind, ...] = (
    Kind(
        section="dead-letters",
        meaning="Consumers of the queue {} failed on a message every time; it is on the dead-letter queue.",
        subjects=dead_letter_queues,
        namespace=_SQS,
        measures=_WAITING,
    ),
    Kind(
        section="router-failures",
        meaning="Lambda stopped retrying an invocation of the router; it is on the failure queue. The events are still in the outbox.",
        subjects=failure_queue,
        namespace=_SQS,
        measures=_WAITING,
    ),
    Kind(
        section="unrouted-events",
        meaning="An event arrived that no route matches; it is on the queue unrouted.",
        subjects=unrouted_queue,
        namespace=_SQS,
        measures=_WAITING,
    ),
    Kind(
        section="queue-age",
        meaning="A message has waited on the queue {} for so long that its consumers have probably stopped.",
        subjects=queues,
        namespace=_SQS,
        measures=(Measure(metric="ApproximateAgeOfOldestMessage", statistic="Maximum"),),
        threshold=SHORTEST_AGE,
        window=_FOR_FIVE_MINUTES,
    ),
    Kind(
        # The validator answers 503 for its own faults: an error is a crash, a timeout or an archive that cannot start.
        section="function-errors",
        meaning="The {} ended in an error.",
        subjects=function("validator"),
        namespace=_LAMBDA,
        measures=(Measure(metric="Errors"),),
    ),
    Kind(
        # They raise temporary faults: a single error is repaired by a retry, errors in three minutes of five are not.
        section="function-errors",
        meaning="The {} fails repeatedly.",
        subjects=each(function("router"), function("recoverer")),
        namespace=_LAMBDA,
        measures=(Measure(metric="Errors"),),
        window=_REPEATEDLY,
    ),
    Kind(
        section="function-throttles",
        meaning="The {} has more invocations at the same time than its concurrency allows.",
        subjects=_ALL_FUNCTIONS,
        namespace=_LAMBDA,
        measures=(Measure(metric="Throttles"),),
        window=_REPEATEDLY,
    ),
    Kind(
        # The router itself stops 10 s before its timeout and the recoverer 15 s before, so their thresholds are nearer to it.
        section="function-duration",
        meaning="The slowest invocations of the {} take almost as long as its timeout.",
        subjects=each(
            function("validator", share=0.8), function("router", share=0.9), function("recoverer", share=0.9)
        ),
        namespace=_LAMBDA,
        measures=(Measure(metric="Duration", statistic="p99"),),
        threshold=VALIDATOR_DEADLINE * 800,
        window=_REPEATEDLY,
    ),
    Kind(
        section="async-event-age",
        meaning="Events wait long in Lambda's own queue before the router gets them.",
        subjects=function("router"),
        namespace=_LAMBDA,
        measures=(Measure(metric="AsyncEventAge", statistic="Maximum"),),
        threshold=0.8 * ROUTER_EVENT_AGE * 1000,
        window=_REPEATEDLY,
    ),
    Kind(
        section="async-events-dropped",
        meaning="Lambda dropped invocations of the router. The events are still in the outbox.",
        subjects=function("router"),
        namespace=_LAMBDA,
        measures=(Measure(metric="AsyncEventsDropped"),),
    ),
    Kind(
        section="destination-failures",
        meaning="Lambda could not write a failed invocation of the router to the failure queue.",
        subjects=function("router"),
        namespace=_LAMBDA,
        measures=(Measure(metric="DestinationDeliveryFailures"),),
    ),
    Kind(
        # In percent. Senders retry, so that a single answer matters less than the share of such answers.
        section="api-server-errors",
        meaning="More than 1% of requests are answered that hookline cannot take events now (5xx).",
        subjects=api,
        namespace=_API,
        measures=(Measure(id="faults", metric="5XXError"), Measure(id="requests", metric="Count")),
        expression="IF(requests > 0, 100 * faults / requests, 0)",
        window=_REPEATEDLY,
    ),
    Kind(
        # In percent. With little traffic most requests are strangers trying paths, so the alarm needs twenty requests a minute.
        section="api-client-errors",
        meaning="More than 20% of requests are refused (4xx).",
        subjects=api,
        namespace=_API,
        measures=(Measure(id="refusals", metric="4XXError"), Measure(id="requests", metric="Count")),
        expression="IF(requests >= 20, 100 * refusals / requests, 0)",
        threshold=20,
        window=Window(periods=15, datapoints=10),
    ),
    Kind(
        # An alarm on a DynamoDB metric keeps its state while the metric has no data, whatever its setting for missing data is, and
        # these metrics have no data without faults: without FILL the alarm would never end.
        section="table-throttles",
        meaning="DynamoDB throttles the {}.",
        subjects=each(table, table_indexes),
        namespace=_DYNAMODB,
        measures=(
            Measure(id="reads", metric="ReadThrottleEvents"),
            Measure(id="writes", metric="WriteThrottleEvents"),
        ),
        expression="FILL(reads, 0) + FILL(writes, 0)",
        window=_REPEATEDLY,
    ),
    Kind(
        section="table-system-errors",
        meaning="DynamoDB returns server errors.",
        subjects=table,
        namespace=_DYNAMODB,
        measures=tuple(
            Measure(id=_id(operation), metric="SystemErrors", dimensions={"Operation": operation})
            for operation in _TABLE_OPERATIONS
        ),
        expression=" + ".join(f"FILL({_id(operation)}, 0)" for operation in _TABLE_OPERATIONS),
        window=_REPEATEDLY,
    ),
    Kind(
        # The recoverer handles events after 300 s, so no event should get three times as old. It reports the age every minute.
        section="outbox-age",
        meaning="An acknowledged event has not reached its queues, or the measurement is missing.",
        measures=(Measure(metric=Metric.OUTBOX_OLDEST_SECONDS.value, statistic="Maximum"),),
        threshold=900,
        window=_FOR_FIVE_MINUTES,
        missing=QUIET_IS_BAD,
    ),
    Kind(
        # Written only while events are held: when the last one is released, the metric is missing and the alarm ends.
        section="held-events",
        meaning="A source that was paused with --hold has held an event for more than an hour.",
        measures=(Measure(metric=Metric.HELD_OLDEST_SECONDS.value, statistic="Maximum"),),
        threshold=3600,
        window=_FOR_FIVE_MINUTES,
    ),
    Kind(
        # Written only while events wait for their records. The first attempts for all of them end within an hour.
        section="records-waiting",
        meaning="An event has waited for its record for more than an hour, because its sender's API does not return it.",
        subjects=fetching,
        measures=(Measure(metric=Metric.RECORD_OLDEST_SECONDS.value, statistic="Maximum"),),
        threshold=3600,
        window=_FOR_FIVE_MINUTES,
    ),
    Kind(
        section="records-missing",
        meaning="An event was routed without its record, because its sender's API did not return it within seven days.",
        subjects=fetching,
        measures=(Measure(metric=Metric.RECORDS_MISSING.value),),
    ),
    Kind(
        section="recoverer-runs",
        meaning="The recoverer has not run for five minutes.",
        subjects=function("recoverer"),
        namespace=_LAMBDA,
        measures=(Measure(metric="Invocations"),),
        comparison=_BELOW,
        window=_FOR_FIVE_MINUTES,
        missing=QUIET_IS_BAD,
    ),
    Kind(
        section="signature-failures",
        meaning="Many signatures do not match: a secret was changed on one side only, or someone is guessing.",
        measures=(Measure(metric=Metric.SIGNATURE_FAILURES.value),),
        threshold=10,
        window=Window(period=300, periods=2, datapoints=2),
    ),
    Kind(
        section="ambiguous-requests",
        meaning="A request with a valid signature was refused, because it can be read in two ways: its event is lost unless someone acts.",
        measures=(Measure(metric=Metric.REJECTED.value, dimensions={names.BY_CODE: "body_ambiguous"}),),
    ),
    Kind(
        section="conflicts",
        meaning="Another body arrived with a known delivery id, or with a signature that was used before.",
        measures=(Measure(metric=Metric.CONFLICT.value),),
        window=Window(period=300),
    ),
    Kind(
        section="repeated-bodies",
        meaning="A known body arrived with another delivery id, which its signature does not cover.",
        measures=(Measure(metric=Metric.REPEATED_BODY.value),),
        window=Window(period=300),
    ),
    Kind(
        section="failed-events",
        meaning="The routing of an event failed permanently: it is stored as failed, and can be replayed.",
        measures=(Measure(metric=Metric.FAILED.value),),
    ),
    Kind(
        section="scheduler-errors",
        meaning="EventBridge Scheduler could not run the recoverer.",
        subjects=schedule,
        namespace="AWS/Scheduler",
        measures=(
            Measure(id="errors", metric="TargetErrorCount"),
            Measure(id="throttles", metric="TargetErrorThrottledCount"),
            Measure(id="dropped", metric="InvocationDroppedCount"),
        ),
        expression="SUM(METRICS())",
        window=_REPEATEDLY,
    ),
    Kind(
        # For an event that does not arrive there is no value. For a late one the value is its delay.
        section="canary",
        meaning="Events that hookline sends through itself arrive late, or not at all.",
        subjects=canary,
        measures=(Measure(metric=Metric.CANARY_SECONDS.value, statistic="Maximum"),),
        window=_REPEATEDLY,
        missing=QUIET_IS_BAD,
    ),
)
"""Every kind of alarm, first the most urgent ones for the delivery of events."""
