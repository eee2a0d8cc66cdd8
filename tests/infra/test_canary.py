"""``[canary]`` on AWS: one function more, with its role, its schedule, its alarm, and its costs; no part of it without the table."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import START
from hookline.adapters.aws import names
from hookline.config import load
from hookline.domain.canary import CANARY, Canary
from hookline.infra.packaging import build, host_target
from hookline.infra.pipeline_args import PipelineArgs
from hookline.infra.plan import load_on, plan, read_prices
from hookline.infra.plan.costs import _CANARY_BYTES, _CANARY_MEMORY
from hookline.infra.service_limits import canary_timeout, physical_names
from hookline.infra.settings import Settings
from hookline.infra.watch.alarm_subjects import Watched
from hookline.infra.watch.alarm_table import alarms
from hookline.infra.watch.dashboard import dashboard_body
from hookline.pipeline.canary import canary_call
from infra.graph import stack
from infra.packaged import Unpacked
from infra.projects import EXAMPLE, project

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.infra.packaging import Archives
    from infra.graph import Stack

OPENED = """
import json
from hookline.runtimes.aws_lambda.wiring.canary import open_canary
try:
    open_canary()
except Exception as fault:
    names = [one.where for one in getattr(fault, "complaints", ())]
    print(json.dumps([type(fault).__name__, *(name for name in names if name == "HOOKLINE_CANARY_URL")]))
"""
"""Everything that it imports is in the archives; the environment's variables are not here."""
TIMEOUTS = {"validator": 30, "router": 60, "recoverer": 60}


def with_canary(folder: Path, keys: str = "") -> Path:
    """The example with a canary."""
    return project(folder, "[queues.payments]", f"[canary]\n{keys}\n[queues.payments]")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Its stack."""
    return stack({}, project=with_canary(tmp_path_factory.mktemp("canary"), 'every = "5m"\nlate_after = "20s"\n'))


def test_without_a_canary_no_part_of_it_is_declared() -> None:
    """Nobody pays for what they did not ask for."""
    assert not [one.name for one in stack({}).resources if "canary" in one.name]


def test_the_setting_of_the_stack_declares_its_queue_and_no_function() -> None:
    """A doctor's event needs no schedule."""
    made = stack({"canary": "true"})

    assert [one.text("name") for one in made.of("lambda.Function")] == [
        "webhook-recoverer-dev",
        "event-router-dev",
        "webhook-validator-dev",
    ]
    assert made.one("sqs.Queue", "hookline-canary-queue-dev").number("messageRetentionSeconds") == 3600
    assert not [one.name for one in made.of("cloudwatch.MetricAlarm") if one.text("name") == "webhook-canary-alarm-dev"]


def test_its_function_knows_the_edge_and_its_queue_and_no_secret(made: Stack) -> None:
    """It sends as a sender does, over HTTPS, and makes its secret itself."""
    function = made.one("lambda.Function", "webhook-canary-dev")

    assert function.mapping("environment", "variables") == {
        names.VAR_ENVIRONMENT: "dev",
        names.VAR_CANARY_URL: "https://<api>.execute-api.eu-west-1.amazonaws.com/prod/webhook/hookline-canary",
        names.VAR_CANARY_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/123456789012/hookline-canary-queue-dev",
    }
    assert (function.at("handler"), function.number("timeout")) == (names.HANDLERS["canary"], 60)
    for other in ("webhook-validator-dev", "event-router-dev"):
        assert made.one("lambda.Function", other).mapping("environment", "variables")[names.VAR_CANARY] == "true"


def test_its_schedule_runs_it_as_often_as_the_project_says(made: Stack) -> None:
    """Its role may do nothing else, and there is no second try: the next run comes soon."""
    schedule = made.one("scheduler.Schedule", "webhook-canary-dev")

    assert schedule.at("scheduleExpression") == "rate(5 minutes)"
    assert schedule.at("target", "retryPolicy", "maximumRetryAttempts") == 0
    (config,) = [
        one for one in made.of("lambda.FunctionEventInvokeConfig") if one.text("functionName") == "webhook-canary-dev"
    ]
    assert config.number("maximumRetryAttempts") == 0
    role = made.one("iam.Role", "webhook-canary-schedule-dev-eu-west-1")
    (policy,) = [one for one in made.of("iam.RolePolicy") if one.at("role") == role.at("name")]
    (statement,) = json.loads(policy.text("policy"))["Statement"]
    assert statement["Resource"] == ["arn:aws:lambda:eu-west-1:123456789012:function:webhook-canary-dev"]


def test_its_alarm_wants_a_measure_in_each_round(made: Stack) -> None:
    """No event for three rounds of five is as bad as late ones, and a new stack has time for its first."""
    alarm = made.one("cloudwatch.MetricAlarm", "webhook-canary-alarm-dev")

    assert (alarm.number("period"), alarm.number("threshold"), alarm.text("statistic")) == (300, 20, "Maximum")
    assert (alarm.number("evaluationPeriods"), alarm.number("datapointsToAlarm")) == (5, 3)
    assert alarm.text("treatMissingData") == "breaching"
    assert alarm.at("warmUpConfiguration", "warmUpPeriodDurationInMinutes") == 25
    assert alarm.text("alarmDescription").endswith("#canary")


def test_an_alarm_of_the_slowest_canary_is_one_that_cloudwatch_takes() -> None:
    """It evaluates a day at most, and waits two at most for a new alarm."""
    slowest = Canary(every=timedelta(hours=1), late_after=timedelta(minutes=5))
    watched = Watched(environment="x", queues=(), timeouts=TIMEOUTS, canary=slowest)

    (alarm,) = [one for one in alarms(watched) if one.kind.section == "canary"]

    assert alarm.period * alarm.kind.window.periods <= 86_400
    assert (alarm.warm_up_minutes or 0) <= 2880
    assert canary_timeout(slowest) <= 900


def test_the_dashboard_shows_it() -> None:
    """A metric that costs money and that nobody sees is worse than no metric."""
    watched = Watched(environment="x", queues=(), timeouts=TIMEOUTS, canary=Canary())

    body = dashboard_body(watched, account="123456789012", region="eu-west-1", partition="aws")

    for shown in ("CanarySeconds", "CanaryFailures", "webhook-canary-x"):
        assert shown in body
        assert shown not in dashboard_body(
            replace(watched, canary=None), account="123456789012", region="eu-west-1", partition="aws"
        )


def test_its_names_are_among_those_that_are_measured(tmp_path: Path) -> None:
    """A long environment is refused before anything is made."""
    args = PipelineArgs(settings=Settings(environment="dev", project=with_canary(tmp_path)))

    found = set(physical_names(args.config, args.settings))

    assert {
        ("function", "webhook-canary-dev"),
        ("schedule", "webhook-canary-dev"),
        ("log group", "/aws/lambda/webhook-canary-dev"),
        ("role", "webhook-canary-schedule-dev-ap-southeast-1"),
        ("queue", "hookline-canary-queue-dev"),
        ("alarm", "webhook-canary-alarm-dev"),
    } <= found


def test_only_a_project_with_a_canary_carries_its_modules(tmp_path: Path) -> None:
    """Each function's cold start waits for the archive."""
    (tmp_path / "with").mkdir()
    target = host_target()

    def built(written: Path, out: str) -> Archives:
        return build(written, tmp_path / out, architecture=target.architecture, python=target.python)

    def modules(archives: Archives) -> set[str]:
        with zipfile.ZipFile(archives.function.path) as file:
            return {name for name in file.namelist() if name.endswith(".py")}

    own = {
        "hookline/runtimes/aws_lambda/handlers/canary.py",
        "hookline/runtimes/aws_lambda/wiring/canary.py",
        "hookline/runtimes/aws_lambda/canary.py",
        "hookline/runtimes/canary_flight.py",
        "hookline/adapters/aws/canary_secret.py",
    }
    whole, plain = built(with_canary(tmp_path / "with"), "one"), built(EXAMPLE / "hookline.toml", "two")
    assert own <= modules(whole)
    assert not own & modules(plain)
    unpacked = Unpacked(archives=whole, function=tmp_path / "function", layer=tmp_path / "layer")
    for archive, folder in ((whole.function, unpacked.function), (whole.layer, unpacked.layer)):
        with zipfile.ZipFile(archive.path) as file:
            file.extractall(folder)
    assert unpacked.run(OPENED) == ["ConfigError", "HOOKLINE_CANARY_URL"]


def test_the_plan_prices_it(tmp_path: Path) -> None:
    """43,800 events a month are not many; the price is mostly for the function's minutes."""
    prices, written = read_prices(None), with_canary(tmp_path)
    without = plan(load_on(load(EXAMPLE / "hookline.toml"), rate=1, size=1000), prices)
    planned = plan(load_on(load(written), rate=1, size=1000), prices)

    def item(name: str) -> float:
        return next(cost.quantity for cost in planned.fixed if cost.name == name)

    own = {cost.name: cost for cost in planned.fixed if cost.name.startswith("Canary")}
    assert own["Canary: its events, all the way"].quantity == pytest.approx(0.0438)
    assert own["Canary: its events, all the way"].amount > 0.0438 * without.per_million * 0.9
    assert own["Canary: invocations"].quantity == pytest.approx(0.0438)
    assert 2 < planned.per_month - without.per_month < 5
    assert planned.per_million == without.per_million
    declared = [alarm for made in (stack({}, project=written),) for alarm in made.of("cloudwatch.MetricAlarm")]
    measures = sum(max(1, len(alarm.items("metricQueries")) - 1) for alarm in declared)
    assert item("Alarms") == measures


def test_the_body_and_the_memory_that_are_planned_are_those_that_are_deployed(made: Stack) -> None:
    """Two copies of a number may differ one day."""
    body = canary_call(b"whsec_Y2FuYXJpZXM=", f"minute_{'0' * 16}", START).body

    assert len(body) <= _CANARY_BYTES
    assert made.one("lambda.Function", "webhook-canary-dev").number("memorySize") == _CANARY_MEMORY
    assert CANARY in made.one("sqs.Queue", "hookline-canary-queue-dev").text("name")
