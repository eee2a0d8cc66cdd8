"""The canary of a deployed environment: its function sends an event over the real edge, and reports when it does not arrive."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from e2e.deployed import ENVIRONMENT, deployed, package
from emulator.functions import TRUST
from hookline.adapters.aws import names
from hookline.config.canary import CANARY, CANARY_SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from e2e.deployed import Deployed, Project

FUNCTION = names.canary(ENVIRONMENT)
SECRET = names.parameter(CANARY_SECRET, ENVIRONMENT)
ATTEMPTS = 8
DENIALS = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example with a canary. On a busy machine a function starts slowly."""
    return package(tmp_path_factory.mktemp("canary"), more='[canary]\nlate_after = "5s"')


@pytest.fixture(scope="module")
def stack(project: Project) -> Iterator[Deployed]:
    """The project, deployed."""
    with deployed(project) as stack:
        yield stack


def lines(stack: Deployed) -> list[dict[str, Any]]:
    """The lines that the function has written, in their order."""
    pages = stack.client("logs").get_paginator("filter_log_events").paginate(logGroupName=names.log_group(FUNCTION))
    found = sorted((event["timestamp"], event["message"]) for page in pages for event in page["events"])
    return [json.loads(text) for _, text in found if text.startswith("{")]


def run(stack: Deployed) -> dict[str, Any]:
    """The line of one run, by its request id."""
    answer = stack.client("lambda").invoke(FunctionName=FUNCTION, Payload=b"{}")
    with answer["Payload"] as stream:
        said = stream.read()
    assert not answer.get("FunctionError"), said
    request_id = answer["ResponseMetadata"]["RequestId"]
    own = [line for line in lines(stack) if line.get("request_id") == request_id]
    return own[-1] if own else lines(stack)[-1]


def arrived(stack: Deployed) -> dict[str, Any]:
    """The line of a run whose event arrived: the first makes the secret, and what it starts is slow."""
    for _ in range(ATTEMPTS):
        line = run(stack)
        if line["event"] == "an event of the canary arrived":
            return line
    raise AssertionError(f"{lines(stack)}\n{stack.logs()}")


def measured(line: dict[str, Any]) -> dict[tuple[str, str], list[list[str]]]:
    """The metrics of a line with their dimensions."""
    return {
        (directive["Namespace"], metric["Name"]): directive["Dimensions"]
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }


def alarm(stack: Deployed) -> dict[str, Any]:
    """The alarm as CloudWatch has it."""
    (found,) = stack.client("cloudwatch").describe_alarms(AlarmNames=[f"webhook-canary-alarm-{ENVIRONMENT}"])[
        "MetricAlarms"
    ]
    there: dict[str, Any] = found
    return there


def test_an_event_that_arrives_is_measured_and_its_alarm_watches_that_measure(stack: Deployed) -> None:
    """An alarm on a metric that nobody writes would always fire; on another environment's it would never."""
    stack.reset()
    line, watch = arrived(stack), alarm(stack)

    assert 0 < line["CanarySeconds"] <= 5
    assert line["CanaryFailures"] == 0
    (dimensions,) = measured(line)[watch["Namespace"], watch["MetricName"]]
    assert {name: line[name] for name in dimensions} == {one["Name"]: one["Value"] for one in watch["Dimensions"]}
    assert (watch["Threshold"], watch["Period"], watch["TreatMissingData"]) == (5, 60, "breaching")
    stack.settle()
    assert stack.standing(CANARY) == []
    (secret,) = stack.client("ssm").get_parameters(Names=[SECRET])["Parameters"]
    assert secret["Type"] == "SecureString"


def test_a_doctor_finds_its_function_and_both_get_their_own_events(stack: Deployed, project: Project) -> None:
    """They wait for messages of one queue, and sign with one secret."""
    arrived(stack)
    where = ("--config", str(project.toml), "--api-endpoint", stack.outputs["api_endpoint"])

    found = json.loads(stack.hookline("doctor", "--target", f"aws:{ENVIRONMENT}", *where, "--json"))["findings"]

    assert any(one["what"].startswith("the canary: arn:") for one in found)
    assert not [one for one in found if one["level"] == "problem"]
    assert {"canary", "canary_slow"} & {one["code"] or one["check"] for one in found}
    arrived(stack)


def test_an_event_that_the_router_cannot_deliver_leaves_no_measure(stack: Deployed) -> None:
    """The alarm takes a missing measure for the worst: so it fires, and the failure says why."""
    arrived(stack)
    iam = stack.client("iam")
    role = stack.client("lambda").get_function_configuration(FunctionName=names.router(ENVIRONMENT))["Role"]
    where = {"RoleName": role.rpartition("/")[2], "PolicyName": names.router(ENVIRONMENT)}
    policy = iam.get_role_policy(**where)["PolicyDocument"]
    kept = [one for one in policy["Statement"] if one["Sid"] != "PutOnQueues"]
    iam.put_role_policy(**where, PolicyDocument=json.dumps({**policy, "Statement": kept}))

    line = run(stack)
    iam.put_role_policy(**where, PolicyDocument=json.dumps(policy))

    assert (line["Code"], line["CanaryFailures"], line["level"]) == ("canary_not_delivered", 1, "warning")
    assert "CanarySeconds" not in line
    assert measured(line) == {("Hookline", "CanaryFailures"): [["Environment"], ["Environment", "Code"]]}
    stack.recover()
    stack.settle()
    arrived(stack)


def test_a_secret_that_is_missing_is_created_again_and_written_in_no_line(stack: Deployed) -> None:
    """Nobody has to set it up, and nobody has to see it."""
    arrived(stack)
    before = secret_of(stack)
    stack.client("ssm").delete_parameter(Name=SECRET)

    made = run(stack)

    assert made["event"] == "the canary's secret was created: the next run sends an event"
    assert "_aws" not in made
    after = secret_of(stack)
    assert after.startswith("whsec_")
    assert after != before
    arrived(stack)
    assert after not in json.dumps(lines(stack))


def secret_of(stack: Deployed) -> str:
    """The value of the canary's secret."""
    (found,) = stack.client("ssm").get_parameters(Names=[SECRET], WithDecryption=True)["Parameters"]
    value: str = found["Value"]
    return value


@pytest.fixture(scope="module")
def credentials(stack: Deployed) -> Mapping[str, str]:
    """Those of a role with the same policies as the function's."""
    iam = stack.client("iam")
    role = stack.client("lambda").get_function_configuration(FunctionName=FUNCTION)["Role"].rpartition("/")[2]
    arn = iam.create_role(RoleName="canary-twin", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        iam.put_role_policy(RoleName="canary-twin", PolicyName=policy, PolicyDocument=json.dumps(document))
    assert not iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return stack.emulator.assume(arn)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "may"),
    [
        ("sqs", "receive_message", {"QueueUrl": CANARY}, True),
        ("sqs", "delete_message", {"QueueUrl": CANARY, "ReceiptHandle": "r"}, True),
        ("sqs", "send_message", {"QueueUrl": CANARY, "MessageBody": "m"}, False),
        ("sqs", "purge_queue", {"QueueUrl": CANARY}, False),
        ("sqs", "receive_message", {"QueueUrl": "payments"}, False),
        ("sqs", "delete_message", {"QueueUrl": "payments", "ReceiptHandle": "r"}, False),
        ("ssm", "get_parameters", {"Names": [SECRET], "WithDecryption": True}, True),
        ("ssm", "get_parameters", {"Names": [names.parameter("TRANSACTIONS_SECRET", ENVIRONMENT)]}, False),
        ("ssm", "put_parameter", {"Name": SECRET, "Value": "mine", "Type": "SecureString", "Overwrite": True}, False),
        ("ssm", "delete_parameter", {"Name": SECRET}, False),
        ("dynamodb", "scan", {"TableName": names.table(ENVIRONMENT)}, False),
        ("dynamodb", "get_item", {"TableName": names.table(ENVIRONMENT), "Key": {"event_id": {"S": "e"}}}, False),
        ("lambda", "invoke", {"FunctionName": names.router(ENVIRONMENT), "InvocationType": "DryRun"}, False),
        ("lambda", "invoke", {"FunctionName": names.validator(ENVIRONMENT), "InvocationType": "DryRun"}, False),
        ("s3", "list_buckets", {}, False),
        ("iam", "list_roles", {}, False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_its_role_may_do_what_it_needs_and_nothing_else(
    stack: Deployed,
    credentials: Mapping[str, str],
    service: str,
    operation: str,
    parameters: dict[str, Any],
    *,
    may: bool,
) -> None:
    """An intruder in it sees no customer's event and no customer's secret."""
    queue = parameters.get("QueueUrl")
    filled = parameters if queue is None else {**parameters, "QueueUrl": stack.queue_url(queue)}

    with closing(stack.emulator.new_client(service, credentials)) as client:
        try:
            getattr(client, operation)(**filled)
            denied = False
        except ClientError as error:
            denied = error.response["Error"]["Code"] in DENIALS

    assert denied is not may
