"""``hookline doctor`` on a deployed environment: an event of hookline's own finds which part has lost a right."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from acceptance.sender import SECRET, transaction
from e2e.conftest import SECRET_KEY
from e2e.deployed import ENVIRONMENT, deployed, package
from hookline.adapters.aws import names
from hookline.config.canary import CANARY
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.deployed import Deployed, Project

TARGET = f"aws:{ENVIRONMENT}"
SOUND = {
    "configuration", "stack", "version", "expiry", "recovery", "schedule", "logs", "secrets", "alarms", "dead letters"
}  # fmt: skip
CATCH_ALL = """
[[routes]]
match = { specversion = ["1.0"] }
queues = ["payments"]
"""

BY_HAND = (
    "expiry_off",
    "recovery_off",
    "recoverer_off",
    "logs_without_end",
    "dead_letters_waiting",
    "version_differs",
    "alarm_firing",
)
REFUSED = (("dynamodb", "DescribeTimeToLive"), ("dynamodb", "DescribeTable"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a route for every event there is."""
    return package(tmp_path_factory.mktemp("doctor"), more=CATCH_ALL)


@pytest.fixture(scope="module")
def stack(project: Project) -> Iterator[Deployed]:
    """The project, deployed with the canary."""
    with deployed(project, more={"canary": "true"}) as stack:
        yield stack


@pytest.fixture(autouse=True)
def _sound(stack: Deployed) -> None:
    """Nothing is left of the test before: no message, and no event that waits."""
    stack.settle()
    stack.reset()


def doctor(stack: Deployed, project: Project) -> tuple[int, dict[str | None, Any]]:
    """The exit code, and the findings by their codes; None has one of those where nothing is wrong."""
    credentials = {
        "AWS_ACCESS_KEY_ID": stack.emulator.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": stack.emulator.region,
        "AWS_ENDPOINT_URL": stack.emulator.endpoint,
    }
    words = [
        "doctor",
        "--target",
        TARGET,
        "--config",
        str(project.toml),
        "--api-endpoint",
        stack.outputs["api_endpoint"],
        "--json",
    ]
    done = run_process(
        [sys.executable, "-m", "hookline", *words],
        env={**os.environ, **credentials},
        capture_output=True,
        text=True,
        timeout=150,
    )
    document = json.loads(done.stdout)
    assert document["sound"] is (done.returncode == 0), done.stderr
    return done.returncode, {one["code"] or one["check"]: one for one in document["findings"]}


def test_a_sound_environment_is_found_sound_and_nothing_is_left_of_the_event(stack: Deployed, project: Project) -> None:
    """No route and no queue of the customer may see it, also where one takes everything."""
    code, found = doctor(stack, project)

    assert code == 0, [one for one in found.values() if one["level"] != "ok"]
    canary = (
        found.get("canary_slow") or found["canary"]
    )  # both functions start cold, on a machine that may do much else
    assert set(found) - {"canary", "canary_slow"} == SOUND
    seconds = canary["facts"]["seconds"]
    assert 0 < seconds["accepted"] <= seconds["stored"] <= seconds["delivered"]
    items = stack.client("dynamodb").scan(TableName=names.table(ENVIRONMENT))["Items"]
    assert [item for item in items if item[names.TABLE_KEY]["S"].startswith(CANARY)] == []
    assert [stack.standing(queue) for queue in ("payments", "unrouted", CANARY)] == [[], [], []]


@pytest.fixture
def alarm(stack: Deployed) -> str:
    """The name of one of its alarms."""
    found = stack.client("cloudwatch").describe_alarms(AlarmNamePrefix="webhook-")["MetricAlarms"]
    return str(found[0]["AlarmName"])


@pytest.fixture
def _changed_by_hand(stack: Deployed, alarm: str) -> Iterator[None]:
    """Settings that somebody changed in the console; they are as before after the test."""
    function = names.validator(ENVIRONMENT)
    described = stack.client("lambda").get_function_configuration(FunctionName=function)["Description"]
    logs, group = stack.client("logs"), names.log_group(names.router(ENVIRONMENT))
    (kept,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]

    _switch(stack, on=False)
    logs.delete_retention_policy(logGroupName=group)
    stack.client("sqs").send_message(QueueUrl=stack.queue_url("payments-dlq"), MessageBody="dead")
    _describe(stack, f"Proves {names.VERSION_NOTE.format('0.0.1')}")
    stack.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="tests")
    yield
    _switch(stack, on=True)
    logs.put_retention_policy(logGroupName=group, retentionInDays=kept["retentionInDays"])
    _describe(stack, described)
    stack.client("cloudwatch").set_alarm_state(AlarmName=alarm, StateValue="OK", StateReason="tests")


def _switch(stack: Deployed, *, on: bool) -> None:
    """Expiry, recovery to a point in time, and the schedule of the recoverer."""
    dynamodb, scheduler, name = stack.client("dynamodb"), stack.client("scheduler"), names.schedule(ENVIRONMENT)
    expiry = {"AttributeName": names.TTL_ATTRIBUTE, "Enabled": on}
    dynamodb.update_time_to_live(TableName=names.table(ENVIRONMENT), TimeToLiveSpecification=expiry)
    recovery = {"PointInTimeRecoveryEnabled": on}
    dynamodb.update_continuous_backups(
        TableName=names.rejected_table(ENVIRONMENT), PointInTimeRecoverySpecification=recovery
    )
    schedule = scheduler.get_schedule(Name=name, GroupName=name)
    kept = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    scheduler.update_schedule(**{one: schedule[one] for one in kept}, State="ENABLED" if on else "DISABLED")


def _describe(stack: Deployed, text: str) -> None:
    """Change the description of the validator, which has its version."""
    client = stack.client("lambda")
    client.update_function_configuration(FunctionName=names.validator(ENVIRONMENT), Description=text)


@pytest.mark.usefixtures("_changed_by_hand")
def test_what_was_changed_by_hand_is_found(stack: Deployed, project: Project, alarm: str) -> None:
    """Each setting that somebody changed in the console breaks a promise, and no alarm says so."""
    code, found = doctor(stack, project)

    assert code == 1
    whats = {name: found[name]["what"] for name in BY_HAND}
    assert whats["expiry_off"].startswith(names.table(ENVIRONMENT))
    assert whats["recovery_off"].startswith(names.rejected_table(ENVIRONMENT))
    assert whats["recoverer_off"].endswith("DISABLED")
    assert whats["logs_without_end"].startswith(names.log_group(names.router(ENVIRONMENT)))
    assert whats["dead_letters_waiting"] == "payments-dlq holds about 1 message"
    assert "0.0.1" in whats["version_differs"]
    assert whats["alarm_firing"].startswith(alarm)
    assert [one for one in BY_HAND if not found[one]["fix"]] == []


@pytest.mark.usefixtures("_changed_by_hand")
def test_a_look_that_is_refused_is_a_finding_and_hides_no_other(stack: Deployed, project: Project) -> None:
    """An operator with few rights still gets everything that those rights allow."""
    for service, operation in REFUSED:
        stack.emulator.fail(service, operation, status=400, code="AccessDeniedException")
    try:
        code, found = doctor(stack, project)
    finally:
        stack.emulator.heal()

    assert code == 1
    assert found["look_refused"]["facts"] == {"error": "aws_access_denied"}
    assert {"stack", "recovery_off", "recoverer_off", "logs_without_end", "secrets", "alarm_firing"} <= set(found)
    assert not {"expiry", "expiry_off"} & set(found)


def test_a_right_that_is_missing_is_found_where_it_is_missing(stack: Deployed, project: Project) -> None:
    """A policy that somebody narrowed by hand is noticed before a customer's event waits there."""
    function = names.router(ENVIRONMENT)
    iam, role = stack.client("iam"), names.role(function, region=stack.emulator.region)
    whole = iam.get_role_policy(RoleName=role, PolicyName=function)["PolicyDocument"]
    statements = [one for one in whole["Statement"] if one["Sid"] != "PutOnQueues"]
    iam.put_role_policy(
        RoleName=role, PolicyName=function, PolicyDocument=json.dumps({**whole, "Statement": statements})
    )
    try:
        code, found = doctor(stack, project)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=function, PolicyDocument=json.dumps(whole))

    assert (code, found["canary_not_delivered"]["level"]) == (1, "problem")
    assert stack.waiting() == []


def test_a_key_that_the_functions_may_not_use_is_found_and_said_in_the_log(
    stack: Deployed, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator may read the secret, and the function may not: every event of its senders waits for one setting."""
    monkeypatch.setenv("VALUE", SECRET)
    at, secret = ["--target", f"aws:{ENVIRONMENT}", "--config", str(project.toml)], "TRANSACTIONS_SECRET"
    stack.hookline("secrets", "set", secret, *at, "--value-env", "VALUE", "--key", SECRET_KEY)
    # A validator that runs has the secret; one that is configured again starts again.
    stack.client("lambda").update_function_configuration(FunctionName=names.validator(ENVIRONMENT), Timeout=31)
    refused = stack.post(transaction("locked"))
    _, found = doctor(stack, project)
    logged = stack.logs()
    stack.hookline("secrets", "set", secret, *at, "--value-env", "VALUE", "--key", "alias/aws/ssm")

    accepted = stack.post(transaction("locked"))
    _, then = doctor(stack, project)

    assert (refused.status, refused.code, accepted.status) == (503, "secrets_unavailable", 202)
    assert "name the key in hookline:secretKeys" in logged
    assert found["secret_key_not_granted"]["facts"] == {
        "secret": secret,
        "key": SECRET_KEY,
        "function": names.validator(ENVIRONMENT),
    }
    assert "secret_key_not_granted" not in then


def test_a_secret_and_a_queue_that_are_missing_are_found(stack: Deployed, project: Project) -> None:
    """A deployment that has nothing to change does not see what a person deleted in the console."""
    stack.emulator.keep("whole")
    stack.client("sqs").delete_queue(QueueUrl=stack.queue_url("disputes"))
    stack.client("ssm").delete_parameter(Name=names.parameter("TRANSACTIONS_SECRET", ENVIRONMENT))
    try:
        _, found = doctor(stack, project)
    finally:
        stack.emulator.restore("whole")
        stack.set_secret("TRANSACTIONS_SECRET", SECRET)

    assert {"part_missing", "secret_unusable"} <= set(found)
