"""The programs of the how-tos run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.infra import layer
from hookline.infra.settings import KEYS
from infra.graph import record, stack
from infra.projects import project

if TYPE_CHECKING:
    import pytest

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


@dataclass(frozen=True, slots=True)
class Built:
    """An archive that is named and never opened."""

    path: Path


@dataclass(frozen=True, slots=True)
class Both:
    """The output of packaging."""

    layer: Built
    function: Built
    warnings: tuple[str, ...] = ()


def test_the_program_of_the_component_s_how_to_declares_a_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator copies it unchanged."""
    (tmp_path / "webhooks").mkdir()
    project(tmp_path / "webhooks")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(layer, "build", lambda *_, **__: Both(Built(Path("layer.zip")), Built(Path("function.zip"))))
    (program,) = re.findall(r"```python\n(.*?)```", (HOW_TO / "use-the-component.md").read_text(), re.DOTALL)

    made = record(lambda: exec(program, {}), stack="prod")  # noqa: S102 -- our own documentation

    assert made.one("lambda.Function", "event-router-prod").at("memorySize") == 512
    assert made.outputs.keys() == {"webhook_url", "payments_queue_arn"}
    assert made.one("dynamodb.Table", "webhooks-events").protect


def test_every_output_that_the_how_to_names_is_exported() -> None:
    """A command with a wrong name prints an error instead of an address."""
    named = set(re.findall(r"pulumi stack output (\w+)", (HOW_TO / "deploy-to-aws.md").read_text()))

    assert named >= {"api_endpoint", "payments_queue_url"}
    assert named <= stack().outputs.keys()


def test_every_resource_that_the_how_to_replaces_is_declared() -> None:
    """The engine replaces nothing where a pattern fits no resource, and reports no error."""
    named = re.findall(r"pulumi up --replace '\*\*(\w+)::([\w-]+)'", (HOW_TO / "deploy-to-aws.md").read_text())
    declared = {(made.kind.rpartition(".")[2], made.name) for made in stack().resources}

    assert named
    assert set(named) <= declared


def test_every_key_that_the_how_to_sets_exists() -> None:
    """A key that does not is refused, at the first step of a newcomer's first deployment."""
    named = set(re.findall(r"hookline:(\w+)", (HOW_TO / "deploy-to-aws.md").read_text()))

    assert named >= {"region", "protect"}
    assert named <= KEYS.keys()


def test_the_alarm_of_the_first_day_exists() -> None:
    """`set-alarm-state` on a name that no alarm has is refused, and nobody learns whether the mail would have come."""
    page = (HOW_TO / "deploy-to-aws.md").read_text()

    named = set(re.findall(r"set-alarm-state --alarm-name (\S+)", page))

    assert named
    assert named <= {alarm.text("name") for alarm in stack().of("cloudwatch.MetricAlarm")}
    assert {"get-policy", "list-subscriptions"} <= set(re.findall(r"aws (?:lambda|sns) ([a-z-]+)", page))
