"""The requests that create a stack, judged by the models of the services that would receive them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.changing import EVERY_OPTION, put
from infra.graph import graph
from infra.projects import project
from infra.requests import requests, unsound

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.infra.policy.graph import Graph
    from infra.changing import Change

LONGEST = {"region": "ap-southeast-1", "environmentSuffix": "x" * 20}
OF_ANY_REGION = {key: value for key, value in EVERY_OPTION.items() if key != "secretKeys"}  # which is of one region
QUEUES, SOURCES = 200, 60
"""With this number of queues the router's rights need policies in addition to its role."""
FUNCTION, TABLE, ALARM = "lambda.Function", "dynamodb.Table", "cloudwatch.MetricAlarm"
INVOKED, SCHEDULE = "lambda.FunctionEventInvokeConfig", "scheduler.Schedule"

REFUSED: list[tuple[Change, str]] = [
    (put(FUNCTION, "name", "event router"), "lambda CreateFunction: FunctionName: 'event router' is not of the form"),
    (put(FUNCTION, "description", "x" * 257), "Description: 257 characters is more than 256"),
    (put(FUNCTION, "runtime", "python3.99"), "Runtime: 'python3.99' is not one of"),
    (put(FUNCTION, "architectures", ["arm"]), "Architectures[0]: 'arm' is not one of x86_64, arm64"),
    (put(FUNCTION, "memorySize", 64_000), "MemorySize: 64000 is more than"),
    (
        put(FUNCTION, "environment.variables.WITH-HYPHEN", ""),
        "Environment.Variables key: 'WITH-HYPHEN' is not of the form",
    ),
    (put(FUNCTION, "tracingConfig.mode", "On"), "TracingConfig.Mode: 'On' is not one of"),
    (put("lambda.Permission", "principal", "api gateway"), "Principal: 'api gateway' is not of the form"),
    (put("lambda.Permission", "statementId", "x" * 101), "StatementId: 101 characters is more than 100"),
    (put(INVOKED, "maximumRetryAttempts", 3), "MaximumRetryAttempts: 3 is more than 2"),
    (put(INVOKED, "maximumEventAgeInSeconds", 59), "MaximumEventAgeInSeconds, value: 59, valid min value: 60"),
    (put(SCHEDULE, "flexibleTimeWindow.mode", "NEVER"), "FlexibleTimeWindow.Mode: 'NEVER' is not one of OFF, FLEXIBLE"),
    (put(SCHEDULE, "groupName", "a group"), "GroupName: 'a group' is not of the form"),
    (put(ALARM, "alarmDescription", "x" * 1025), "AlarmDescription: 1025 characters is more than 1024"),
    (put(ALARM, "comparisonOperator", "GreaterThan"), "ComparisonOperator: 'GreaterThan' is not one of"),
    (put(ALARM, "alarmActions", ["arn:aws:sns:a:b:c"] * 6), "AlarmActions: 6 elements is more than 5"),
    (put(TABLE, "globalSecondaryIndexes.0.name", "an index"), "IndexName: 'an index' is not of the form"),
    (put(TABLE, "billingMode", "ON_DEMAND"), "BillingMode: 'ON_DEMAND' is not one of PROVISIONED, PAY_PER_REQUEST"),
    (put(TABLE, "attributes.0.type", "T"), "AttributeDefinitions[0].AttributeType: 'T' is not one of S, N, B"),
    (put("iam.Role", "name", "r" * 65), "RoleName: 65 characters is more than 64"),
    (put("iam.Role", "description", "a role — of hookline"), "Description: 'a role — of hookline' is not of the form"),
    (put("iam.RolePolicy", "name", "a policy"), "PolicyName: 'a policy' is not of the form"),
    (put("cloudwatch.LogGroup", "name", "/aws/lambda/a b"), "logGroupName: '/aws/lambda/a b' is not of the form"),
    (put("kms.Key", "description", "x" * 8193), "Description: 8193 characters is more than 8192"),
    (put("wafv2.WebAcl", "scope", "LOCAL"), "Scope: 'LOCAL' is not one of CLOUDFRONT, REGIONAL"),
    (put("wafv2.WebAcl", "description", "one; two"), "Description: 'one; two' is not of the form"),
    (put("apigateway.Response", "statusCode", "4040"), "statusCode: '4040' is not of the form [1-5]\\d\\d"),
    (put("s3.BucketOwnershipControls", "rule.objectOwnership", "Me"), "ObjectOwnership: 'Me' is not one of"),
    (put("s3.BucketLifecycleConfiguration", "rules.0.status", "On"), "Status: 'On' is not one of Enabled, Disabled"),
]


@pytest.fixture(name="whole", scope="module")
def with_every_option() -> Graph:
    """The program with every option on: resources of every kind."""
    return graph(EVERY_OPTION)


def long_names(folder: Path) -> Path:
    """A project of many queues and sources, all with names of the greatest length."""
    path = folder / "hookline.toml"
    path.write_text(
        "".join(
            f'[sources.s{number:039}]\nverify = {{ scheme = "none" }}\nid = "content-hash"\n'
            for number in range(SOURCES)
        )
        + "".join(
            f'[queues.q{number:039}]\n[[routes]]\nmatch = {{ type = ["webhook"] }}\nqueues = ["q{number:039}"]\n'
            for number in range(QUEUES)
        )
    )
    return path


def test_the_services_take_every_request_of_the_default_stack() -> None:
    """A new user deploys this stack: an error of this kind ends `pulumi up` half-way."""
    assert list(unsound(graph())) == []


def test_the_services_take_every_request_of_a_stack_with_every_option(whole: Graph) -> None:
    """Keys, firewall, alias, account: few users choose these options, and they must be right for them too."""
    assert list(unsound(whole)) == []


def test_the_services_take_every_request_of_a_stack_with_a_canary(tmp_path: Path) -> None:
    """The stack has one function, role, schedule and alarm more, each with its own names."""
    made = project(tmp_path, "[queues.payments]", "[canary]\n\n[queues.payments]")

    assert list(unsound(graph(EVERY_OPTION, project=made))) == []


def test_the_services_take_every_request_of_a_stack_with_fifo_queues(tmp_path: Path) -> None:
    """Their names have a suffix, and only such queues have some of the attributes."""
    made = project(tmp_path, "[queues.payments]", '[queues.payments]\nfifo = { group = "data.merchant_id" }')

    assert list(unsound(graph(project=made))) == []


@pytest.mark.slow
def test_the_services_take_every_request_of_a_large_stack_with_long_names(tmp_path: Path) -> None:
    """Lengths grow with names, and the longest are those of alarms, descriptions and policies."""
    made = graph(OF_ANY_REGION | LONGEST, project=long_names(tmp_path))

    assert list(unsound(made)) == []
    assert list(made.of("iam.Policy"))


def test_every_resource_of_aws_is_asked_for(whole: Graph) -> None:
    """No model would check a resource without a request."""
    without = [one.address for one in whole.resources if one.type.startswith("aws:") and not requests(one)]

    assert without == []
    assert len({one.type for one in whole.resources if one.type.startswith("aws:")}) > 30


@pytest.mark.parametrize(("change", "fault"), REFUSED, ids=[fault.partition(":")[0] for _, fault in REFUSED])
def test_a_request_that_a_service_would_refuse_is_noticed(whole: Graph, change: Change, fault: str) -> None:
    """Each of these is taken by the emulator or by the provider's schema, and refused by AWS after minutes."""
    found = list(unsound(change(whole)))

    assert any(fault in each for each in found), found
