"""The dashboard shows what exists, all of it, and is the same for the same stack."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws import names
from hookline.ports.telemetry import CANARY_METRICS, FORWARD_METRICS, RECORD_METRICS, Metric
from infra.graph import ACCOUNT, REGION, stack
from infra.metrics import exists, points_into

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPRESSION = re.compile(r"SEARCH\('\{(\w+),Environment,Code\} MetricName=\"(\w+)\" Environment=\"dev\"', 'Sum', 60\)")


def widgets() -> list[dict[str, Any]]:  # JSON
    """What the declared dashboard is made of."""
    body = json.loads(stack({}).one("cloudwatch.Dashboard").text("dashboardBody"))
    found = body["widgets"]
    assert isinstance(found, list)
    return found


def lines() -> Iterator[list[Any]]:  # JSON
    """Every line of every graph."""
    for widget in widgets():
        yield from widget["properties"].get("metrics", [])


def shown() -> list[tuple[str, str, dict[str, str]]]:
    """Every metric of every graph: namespace, name, dimensions."""
    texts = ([part for part in line if isinstance(part, str)] for line in lines())
    return [
        (namespace, metric, dict(zip(rest[::2], rest[1::2], strict=True)))
        for namespace, metric, *rest in (parts for parts in texts if parts)
    ]


def test_every_metric_exists_and_is_of_this_stack() -> None:
    """A misspelt metric is an empty graph, which looks like good news."""
    graph = stack({}).graph

    metrics = shown()

    assert len(metrics) > 40
    assert [metric for metric in metrics if not exists(*metric)] == []
    assert [metric for metric in metrics if not points_into(graph, metric[2])] == []


def test_refusals_are_searched_by_their_code() -> None:
    """Which codes there are shows in time; the search must name telemetry's own dimensions."""
    (search,) = (line[0] for line in lines() if isinstance(line[0], dict))

    found = EXPRESSION.fullmatch(search["expression"])

    assert found
    assert found.groups() == (names.METRIC_NAMESPACE, Metric.REJECTED.value)


def test_everything_that_hookline_counts_is_shown() -> None:
    """A metric that costs money and that nobody sees is worse than no metric. Those of forwards come from outside of the stack."""
    own = {metric for namespace, metric, _ in shown() if namespace == names.METRIC_NAMESPACE}

    assert own == {metric.value for metric in Metric if metric not in CANARY_METRICS | FORWARD_METRICS | RECORD_METRICS}


def test_every_queue_and_function_is_shown() -> None:
    """A queue that is not on the dashboard is the one that fails."""
    made = stack({})

    named = {value for _, _, dimensions in shown() for value in dimensions.values()}

    assert {queue.text("name") for queue in made.of("sqs.Queue")} <= named
    assert {function.text("name") for function in made.of("lambda.Function")} <= named


def test_the_alarms_are_at_the_top() -> None:
    """A person who opens the dashboard at night looks for them first."""
    (alarm,) = (widget for widget in widgets() if widget["type"] == "alarm")

    listed = alarm["properties"]["alarms"]

    prefix = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"
    assert set(listed) == {f"{prefix}{made.text('name')}" for made in stack({}).of("cloudwatch.MetricAlarm")}
    assert alarm["y"] == 0


def test_widgets_fill_the_grid_without_overlapping() -> None:
    """CloudWatch moves widgets that overlap, and readers no longer find them in their places."""
    taken: set[tuple[int, int]] = set()

    for widget in widgets():
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        taken |= cells

    assert {x for x, _ in taken} == set(range(24))


def test_every_graph_has_a_title_a_unit_and_its_region() -> None:
    """A number without a unit has no meaning, and CloudWatch needs the region."""
    graphs = [widget["properties"] for widget in widgets() if widget["type"] == "metric"]

    assert len({graph["title"] for graph in graphs}) == len(graphs)
    assert all(graph["yAxis"]["left"]["label"] for graph in graphs)
    assert {graph["region"] for graph in graphs} == {REGION}


def test_the_same_stack_has_the_same_dashboard() -> None:
    """A body that changed from run to run would be a change in every deployment."""
    again = stack({}, name="dev")

    fresh = stack({"logLevel": "DEBUG"})

    bodies = {made.one("cloudwatch.Dashboard").text("dashboardBody") for made in (again, fresh)}
    assert len(bodies) == 1
