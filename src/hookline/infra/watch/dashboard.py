"""The dashboard: graphs of requests, answers, waiting messages and events, and costs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pulumi
from pulumi_aws import cloudwatch

from hookline.adapters.aws import names
from hookline.infra.settings import RUNBOOK
from hookline.infra.watch.alarm_table import alarms
from hookline.ports.telemetry import Metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from hookline.domain.queue import Queue
    from hookline.infra.location import Location
    from hookline.infra.watch.alarm_subjects import Watched

__all__ = ["MOST_ALARMS", "Dashboard", "dashboard_body"]

Series: TypeAlias = "list[object]"
"""A metric in the format of a dashboard: namespace, name, dimensions by name and value, and how to draw it."""

MOST_ALARMS = 100
"""How many alarms one widget may have, at least one:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""

_MOST_LINES = 100
"""The most queues in one graph. CloudWatch allows 500 lines, but a person cannot distinguish them."""
_SIDE_BY_SIDE = 4
_COLUMNS = 24
_HEIGHT = 6
_MINUTE, _FIVE_MINUTES = 60, 300
_SQS, _LAMBDA, _API, _DYNAMODB = "AWS/SQS", "AWS/Lambda", "AWS/ApiGateway", "AWS/DynamoDB"


class Dashboard(pulumi.ComponentResource):
    """One CloudWatch dashboard for all parts of a stack."""

    def __init__(
        self,
        name: str,
        *,
        watched: Watched,
        location: Location,
        runbook: str = RUNBOOK,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("hookline:infra:Dashboard", name, None, opts)
        cloudwatch.Dashboard(
            name,
            dashboard_name=names.dashboard(watched.environment),
            dashboard_body=location.known.apply(lambda where: dashboard_body(watched, runbook=runbook, **where)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Graph:
    """One widget with lines. ``statistic`` and ``period`` are the defaults for its lines."""

    title: str
    series: Sequence[Series]
    statistic: str = "Sum"
    period: int = _MINUTE
    unit: str = ""

    def properties(self, region: str) -> dict[str, object]:
        return {
            "title": self.title,
            "view": "timeSeries",
            "region": region,
            "stat": self.statistic,
            "period": self.period,
            "metrics": [*self.series],
            **({"yAxis": {"left": {"label": self.unit, "showUnits": False, "min": 0}}} if self.unit else {}),
        }


def dashboard_body(watched: Watched, *, account: str, region: str, partition: str, runbook: str = RUNBOOK) -> str:
    """The dashboard as JSON text; the same for the same stack."""
    prefix = f"arn:{partition}:cloudwatch:{region}:{account}:alarm:"
    top = _top([f"{prefix}{alarm.name}" for alarm in alarms(watched)], watched.environment, runbook)
    below = _HEIGHT * (len(top) - 1)
    rows = [
        list(_traffic(watched)),
        list(_latency(watched)),
        list(_outbox(watched)),
        *_queues(watched),
        *_costs(watched),
    ]
    graphs = [
        _widget("metric", x, below + _HEIGHT * y, width, graph.properties(region))
        for y, row in enumerate(rows)
        for x, width, graph in _side_by_side(row)
    ]
    return json.dumps({"widgets": [*top, *graphs]})


def _top(arns: Sequence[str], environment: str, runbook: str) -> list[dict[str, object]]:
    """The title and every alarm: the first widget of alarms is next to the title, each further one in a row below."""
    parts = [arns[start : start + MOST_ALARMS] for start in range(0, len(arns), MOST_ALARMS)]
    titles = (
        ["Alarms"] if len(parts) == 1 else [f"Alarms ({part} of {len(parts)})" for part in range(1, len(parts) + 1)]
    )
    return [
        _widget("text", 0, 0, 6, {"markdown": f"# hookline {environment}\n\nWhat to do: {runbook}"}),
        *(
            _widget("alarm", 0 if row else 6, row * _HEIGHT, 24 if row else 18, {"title": title, "alarms": part})
            for row, (title, part) in enumerate(zip(titles, parts, strict=True))
        ),
    ]


def _side_by_side(row: Sequence[_Graph]) -> Iterator[tuple[int, int, _Graph]]:
    """Each graph with its position and width."""
    width = _COLUMNS // len(row)
    for column, graph in enumerate(row):
        yield column * width, width, graph


def _widget(kind: str, x: int, y: int, width: int, properties: dict[str, object]) -> dict[str, object]:
    return {"type": kind, "x": x, "y": y, "width": width, "height": _HEIGHT, "properties": properties}


def _traffic(watched: Watched) -> Iterable[_Graph]:
    api = ("ApiName", names.api(watched.environment), "Stage", names.STAGE)
    yield _Graph(
        title="Requests",
        series=[[_API, metric, *api] for metric in ("Count", "4XXError", "5XXError")],
        unit="requests a minute",
    )
    outcomes = (
        Metric.ACCEPTED,
        Metric.DUPLICATE,
        Metric.CONFLICT,
        Metric.REPEATED_BODY,
        Metric.HANDSHAKES,
        Metric.REJECTED,
        Metric.SIGNATURE_FAILURES,
        Metric.QUARANTINE_DROPPED,
        Metric.UNAVAILABLE,
    )
    yield _Graph(title="Outcomes", series=[_own(watched, metric) for metric in outcomes], unit="requests a minute")
    yield _Graph(title="Refusals by code", series=[[_by_code(watched)]], unit="requests a minute")


def _latency(watched: Watched) -> Iterable[_Graph]:
    api = ("ApiName", names.api(watched.environment), "Stage", names.STAGE)
    percentiles = ("p50", "p95", "p99")
    yield _Graph(
        title="Answer time",
        series=[[_API, "Latency", *api, {"stat": stat, "label": stat}] for stat in percentiles],
        unit="ms",
    )
    if watched.canary is not None:
        failures = [*_own(watched, Metric.CANARY_FAILURES), {"stat": "Sum", "yAxis": "right"}]
        yield _Graph(
            title="Canary: time to its queue, and failures",
            series=[_own(watched, Metric.CANARY_SECONDS), failures],
            statistic="Maximum",
            unit="s",
        )
    yield _Graph(
        title="Time in functions (p99)",
        series=[[_LAMBDA, "Duration", *_function(function)] for function in _functions(watched)],
        statistic="p99",
        unit="ms",
    )
    yield _Graph(
        title="Functions: errors and throttles",
        series=[
            [_LAMBDA, metric, *_function(function)]
            for metric in ("Errors", "Throttles")
            for function in _functions(watched)
        ],
        unit="invocations a minute",
    )


def _outbox(watched: Watched) -> Iterable[_Graph]:
    router = _function(names.router(watched.environment))
    yield _Graph(
        title="Outbox: the oldest event",
        series=[_own(watched, metric) for metric in (Metric.OUTBOX_OLDEST_SECONDS, Metric.HELD_OLDEST_SECONDS)],
        statistic="Maximum",
        unit="s",
    )
    routed = (Metric.ROUTED, Metric.UNMATCHED, Metric.NOT_DISPATCHED, Metric.RECOVERED, Metric.FAILED)
    yield _Graph(title="Routing", series=[_own(watched, metric) for metric in routed], unit="events a minute")
    if watched.fetches:
        counts = [_own(watched, metric) for metric in (Metric.RECORDS_COMPLETED, Metric.RECORDS_MISSING)]
        oldest = [*_own(watched, Metric.RECORD_OLDEST_SECONDS), {"stat": "Maximum", "yAxis": "right"}]
        yield _Graph(title="Records from senders' APIs", series=[*counts, oldest], unit="events a minute")
    yield _Graph(
        title="Lambda's own queue before the router",
        series=[
            [_LAMBDA, "AsyncEventAge", *router, {"stat": "Maximum"}],
            [_LAMBDA, "AsyncEventsDropped", *router, {"yAxis": "right"}],
            [_LAMBDA, "DestinationDeliveryFailures", *router, {"yAxis": "right"}],
        ],
        unit="ms",
    )


def _queues(watched: Watched) -> Iterator[list[_Graph]]:
    """A row of graphs for each group of queues; failed invocations of the router are in the first."""
    for number, (which, queues) in enumerate(_parts([queue for _, queue in watched.names()])):
        live = [watched.physical(queue) for queue in queues]
        dead = [watched.physical_dead(queue) for queue in queues]
        failures = [] if number else [names.router_failure_queue(watched.environment)]
        yield [
            _Graph(
                title=f"Messages that wait{which}",
                series=[[_SQS, "ApproximateNumberOfMessagesVisible", "QueueName", queue] for queue in live],
                statistic="Maximum",
                unit="messages",
            ),
            _Graph(
                title=f"Age of the oldest message{which}",
                series=[[_SQS, "ApproximateAgeOfOldestMessage", "QueueName", queue] for queue in live],
                statistic="Maximum",
                unit="s",
            ),
            _Graph(
                title=f"Dead letters{which}{', and failed invocations of the router' if failures else ''}",
                series=[
                    [_SQS, "ApproximateNumberOfMessagesVisible", "QueueName", queue] for queue in (*dead, *failures)
                ],
                statistic="Maximum",
                unit="messages",
            ),
        ]


def _parts(queues: Sequence[Queue]) -> Iterator[tuple[str, Sequence[Queue]]]:
    """The queues of each row of graphs, with the end of the title where there are several rows."""
    starts = range(0, len(queues), _MOST_LINES)
    for number, start in enumerate(starts, start=1):
        yield "" if len(starts) == 1 else f" ({number} of {len(starts)})", queues[start : start + _MOST_LINES]


def _costs(watched: Watched) -> Iterator[list[_Graph]]:
    """The graphs of costs, some in each row."""
    graphs = list(_cost_graphs(watched))
    yield from (graphs[start : start + _SIDE_BY_SIDE] for start in range(0, len(graphs), _SIDE_BY_SIDE))


def _cost_graphs(watched: Watched) -> Iterable[_Graph]:
    environment = watched.environment
    table = ("TableName", names.table(environment))
    outbox, arrivals = (
        (*table, "GlobalSecondaryIndexName", index) for index in (names.OUTBOX_INDEX, names.ARRIVALS_INDEX)
    )
    yield _Graph(
        title="Cost: DynamoDB units",
        series=[
            [_DYNAMODB, metric, *where]
            for metric in ("ConsumedWriteCapacityUnits", "ConsumedReadCapacityUnits")
            for where in (table, outbox, arrivals)
        ],
        period=_FIVE_MINUTES,
        unit="units in five minutes",
    )
    yield _Graph(
        title="Cost: time in functions",
        series=[[_LAMBDA, "Duration", *_function(function)] for function in _functions(watched)],
        period=_FIVE_MINUTES,
        unit="ms in five minutes",
    )
    for which, queues in _parts(watched.queues):
        yield _Graph(
            title=f"Cost: messages sent{which}",
            series=[[_SQS, "NumberOfMessagesSent", "QueueName", watched.physical(queue)] for queue in queues],
            period=_FIVE_MINUTES,
            unit="messages in five minutes",
        )
    yield _Graph(
        title="Cost: logs written",
        series=[
            ["AWS/Logs", "IncomingBytes", "LogGroupName", names.log_group(function)] for function in _functions(watched)
        ],
        period=_FIVE_MINUTES,
        unit="bytes in five minutes",
    )


def _functions(watched: Watched) -> tuple[str, ...]:
    environment = watched.environment
    functions = names.validator(environment), names.router(environment), names.recoverer(environment)
    return functions if watched.canary is None else (*functions, names.canary(environment))


def _function(name: str) -> tuple[str, str]:
    return "FunctionName", name


def _own(watched: Watched, metric: Metric) -> Series:
    return [names.METRIC_NAMESPACE, metric.value, "Environment", watched.environment]


def _by_code(watched: Watched) -> dict[str, object]:
    """One line for each rejection code that has occurred."""
    schema = f"{names.METRIC_NAMESPACE},Environment,Code"
    terms = f'MetricName="{Metric.REJECTED.value}" Environment="{watched.environment}"'
    return {
        "expression": f"SEARCH('{{{schema}}} {terms}', 'Sum', {_MINUTE})",
        "label": "${PROP('Dim.Code')}",
        "id": "codes",
    }
