"""Stacks of many queues and sources: refused before anything is created, or within every limit that AWS has."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from hookline.config import load
from hookline.infra import service_limits
from hookline.infra.settings import Settings
from infra.graph import stack

if TYPE_CHECKING:
    from pathlib import Path

    from infra.graph import Stack

VERIFY = 'verify = { scheme = "none" }\nid = "content-hash"\n'
NAMES = {
    "sqs.Queue": 80,
    "lambda.Function": 64,
    "iam.Role": 64,
    "cloudwatch.MetricAlarm": 255,
    "apigateway.Model": 255,
    "apigateway.RestApi": 255,
    "dynamodb.Table": 255,
    "sns.Topic": 256,
    "cloudwatch.LogGroup": 512,
}


def written(folder: Path, queues: int, sources: int) -> Path:
    """A project of that many."""
    path = folder / "hookline.toml"
    path.write_text(
        "".join(f"[sources.s{number}]\n{VERIFY}" for number in range(sources))
        + "".join(f"[queues.q{number}]\n" for number in range(queues))
        + "".join(f'[[routes]]\nmatch = {{ type = ["webhook"] }}\nqueues = ["q{number}"]\n' for number in range(queues))
    )
    return path


def refusals(path: Path) -> list[str]:
    """What is said before anything is created, by place."""
    found = service_limits.complaints(load(path), Settings(environment="dev", project=path, region="eu-west-1"))
    return [complaint.where for complaint in found]


def most(folder: Path, kind: str) -> int:
    """The most queues or sources, with one of the other, that are not refused."""
    fits, refused = 1, 1000
    while refused - fits > 1:
        middle = (fits + refused) // 2
        counts = (middle, 1) if kind == "queues" else (1, middle)
        fits, refused = (fits, middle) if refusals(written(folder, *counts)) else (middle, refused)
    return fits


def body(made: Stack) -> list[dict[str, Any]]:  # JSON
    """The widgets of the dashboard."""
    widgets = json.loads(made.one("cloudwatch.Dashboard").text("dashboardBody"))["widgets"]
    assert isinstance(widgets, list)
    return widgets


def check(made: Stack) -> None:
    """Every limit of a service, on what is declared. The numbers are those of the services' quota pages."""
    widgets = body(made)
    lines = [len(widget["properties"].get("metrics", ())) for widget in widgets]
    arns = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
    assert all(1 <= len(part) <= 100 for part in arns)
    assert sorted(arn for part in arns for arn in part) == sorted(
        alarm.output("arn") for alarm in made.of("cloudwatch.MetricAlarm")
    )
    assert (max(lines) <= 500, sum(lines) <= 2500, len(widgets) <= 500) == (True, True, True)
    for kind, longest in NAMES.items():
        assert all(len(one.text("name")) <= longest for one in made.of(kind)), kind
    assert all(len(alarm.text("alarmDescription")) <= 1024 for alarm in made.of("cloudwatch.MetricAlarm"))
    assert len(made.of("apigateway.Resource")) < 300
    for function in made.of("lambda.Function"):
        variables = function.inputs["environment"]["variables"]  # type: ignore[index]  # JSON
        assert sum(len(f"{key}{value}") for key, value in variables.items()) <= 4096
        assert len(function.text("description")) <= 256
    for policy in made.of("iam.RolePolicy"):
        assert len(re.sub(r"\s", "", policy.text("policy"))) <= 10_240
    assert all(len(one.text("statementId")) <= 100 for one in made.of("lambda.Permission"))


@pytest.mark.parametrize("queues", [1, 37, 38])
def test_a_stack_of_many_queues_is_within_every_limit(tmp_path: Path, queues: int) -> None:
    """From 38 queues on, the widget of alarms had more than the hundred that CloudWatch takes, and `pulumi up` failed half-way."""
    path = written(tmp_path, queues, 1)

    assert refusals(path) == []
    check(stack(project=path))


def test_as_many_queues_and_sources_as_are_not_refused_can_be_deployed(tmp_path: Path) -> None:
    """What is not refused must work, at the very edge too."""
    queues, sources = most(tmp_path, "queues"), most(tmp_path, "sources")

    path = written(tmp_path, queues, sources)

    assert queues >= 100
    assert sources >= 30
    assert refusals(path) == []
    check(stack(project=path))


def test_two_hundred_queues_are_refused_with_the_reason(tmp_path: Path) -> None:
    """Half a stack is worse than none: the reason comes before anything is created."""
    assert refusals(written(tmp_path, 200, 1)) == ["queues"]
    assert "queues" in refusals(written(tmp_path, 900, 1))
    assert "sources" in refusals(written(tmp_path, 1, 200))


def test_widgets_do_not_overlap_with_many_alarms(tmp_path: Path) -> None:
    """The further rows of alarms push the graphs down, and the stack is within every limit."""
    path = written(tmp_path, 140, 1)
    assert refusals(path) == []
    check(stack(project=path))
    widgets = body(stack(project=path))
    taken: set[tuple[int, int]] = set()

    for widget in widgets:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        taken |= cells

    assert next(widget["properties"]["title"] for widget in widgets if widget["type"] == "alarm") == "Alarms (1 of 4)"


def test_a_parameter_that_is_too_deep_or_too_long_is_refused(tmp_path: Path) -> None:
    """SSM takes 15 levels and ARNs of 1,011 characters."""
    for secret in ("ssm:" + "/a" * 16, "ssm:/" + "a" * 1000, "secretsmanager:" + "a" * 513):
        path = tmp_path / "hookline.toml"
        path.write_text(
            f'[sources.s]\nverify = {{ scheme = "standard-webhooks", secrets = ["{secret}"] }}\n[queues.q]\n'
        )
        assert refusals(path) == [secret]


def test_a_model_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """API Gateway takes 400 KB of a model."""
    (tmp_path / "s.json").write_text(json.dumps({"type": "object", "required": ["x" * 450_000]}))
    path = tmp_path / "hookline.toml"
    path.write_text(f'[sources.s]\n{VERIFY}schema = "s.json"\n[queues.q]\n')
    assert refusals(path) == ["sources.s.schema"]
