"""Stacks of many queues and sources: refused before anything is created, or within every limit that AWS has."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from hookline.config import load
from hookline.infra import service_limits
from hookline.infra.gateway_permissions import Permitted, policy_size
from hookline.infra.location import Location
from hookline.infra.permissions import partition_of
from hookline.infra.policy import judge
from hookline.infra.queue_policies import QueuePolicies
from hookline.infra.settings import Settings
from infra.changing import without
from infra.graph import ACCOUNT, REGION, record, stack

if TYPE_CHECKING:
    from pathlib import Path

    from infra.graph import Registered, Stack

LONGEST_REGION = "ap-southeast-1"
LONGEST = {"environmentSuffix": "e" * 20, "snapStart": "true", "runtime": "python3.13"}
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


def written(folder: Path, queues: int, sources: int, *, longest: bool = False, fifo: bool = False) -> Path:
    """A project of this many queues and sources, on request with names as long as they may be, and with one FIFO queue."""
    path = folder / "hookline.toml"
    named = [f"q{number}".ljust(40 if longest else 0, "x") for number in range(queues)]
    path.write_text(
        "".join(f"[sources.{f's{number}'.ljust(40 if longest else 0, 'x')}]\n{VERIFY}" for number in range(sources))
        + "".join(f"[queues.{name}]\n" for name in named)
        + ('fifo = { group = "source" }\n' if fifo else "")
        + "".join(f'[[routes]]\nmatch = {{ type = ["webhook"] }}\nqueues = ["{name}"]\n' for name in named)
    )
    return path


def refusals(path: Path, environment: str = "dev") -> list[str]:
    """What is said before anything is created, by place."""
    settings = Settings(environment=environment, project=path, region=LONGEST_REGION)
    return [complaint.where for complaint in service_limits.complaints(load(path), settings)]


def squeezed(document: str) -> int:
    """Characters of a policy as IAM counts them, in the region whose name is longest."""
    return len(re.sub(r"\s", "", document.replace(REGION, LONGEST_REGION)))


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
    check_policies(made)
    check_alarms(made)


def check_policies(made: Stack) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and the Lambda quotas page."""
    assert all(squeezed(policy.text("policy")) <= 10_240 for policy in made.of("iam.RolePolicy"))
    assert all(squeezed(policy.text("policy")) <= 6_144 for policy in made.of("iam.Policy"))
    assert all(len(policy.text("name")) <= 128 for policy in made.of("iam.Policy"))
    given = Counter(one.text("role") for one in made.of("iam.RolePolicyAttachment"))
    assert max(given.values(), default=0) <= 10
    permissions = made.of("lambda.Permission")
    assert all(len(one.text("statementId")) <= 100 for one in permissions)
    assert sum(_statement(made, one) for one in permissions) <= 20_480


def _statement(made: Stack, permission: Registered) -> int:
    """Characters of a statement as Lambda writes it."""
    function = made.one("lambda.Function", permission.text("function"))
    qualifier = permission.text("qualifier")
    statement = {
        "Sid": permission.text("statementId"),
        "Effect": "Allow",
        "Principal": {"Service": permission.text("principal")},
        "Action": permission.text("action"),
        "Resource": f"{function.output('arn')}{f':{qualifier}' if qualifier else ''}",
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": permission.text("sourceAccount")},
            "ArnLike": {"AWS:SourceArn": re.sub(r"<[^>]*>", "a" * 10, permission.text("sourceArn"))},
        },
    }
    return squeezed(json.dumps(statement))


def check_alarms(made: Stack) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html and botocore's PutMetricAlarm."""
    found = made.of("cloudwatch.MetricAlarm")
    assert len(found) <= 5_000
    assert all(len(one.items(key)) <= 5 for one in found for key in ("alarmActions", "okActions"))
    assert all(len(one.items("metricQueries")) <= 20 for one in found)
    assert all(len(one.mapping("dimensions")) <= 30 for one in found)
    assert made.of("cloudwatch.CompositeAlarm") == []  # one would take 100 alarms, and a rule of 10,240 characters


@pytest.mark.parametrize("queues", [1, 37, 38])
def test_a_stack_of_many_queues_is_within_every_limit(tmp_path: Path, queues: int) -> None:
    """From 38 queues on, the widget of alarms had more than the hundred that CloudWatch takes, and `pulumi up` failed half-way."""
    path = written(tmp_path, queues, 1)

    assert refusals(path) == []
    check(stack(project=path))


@pytest.fixture(name="large", scope="module")
def of_many(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """200 queues and 60 sources, all with names of the greatest length."""
    path = written(tmp_path_factory.mktemp("large"), 200, 60, longest=True)
    assert refusals(path, LONGEST["environmentSuffix"]) == []
    return stack(LONGEST, project=path)


def test_two_hundred_queues_and_sixty_sources_of_the_longest_names_are_within_every_limit(large: Stack) -> None:
    """Names of queues that do not fit a role are in policies of their own, and no function can send to a queue that no policy names."""
    check(large)
    assert len(large.of("sqs.Queue")) == 2 * 201 + 1
    assert list(map(str, judge(large.graph))) == []
    assert len(large.of("iam.Policy")) == len(large.of("iam.RolePolicyAttachment")) == 5


def test_a_validator_that_fills_queues_itself_is_given_the_same_policies(tmp_path: Path) -> None:
    """Events for a FIFO queue are put there by the validator, whichever policy names the queue."""
    made = stack(LONGEST, project=written(tmp_path, 90, 1, longest=True, fifo=True))

    given = Counter(one.text("role") for one in made.of("iam.RolePolicyAttachment"))

    assert [*given.values()] == [3, 3]
    assert len(made.of("iam.Policy")) == 3
    check(made)
    assert list(map(str, judge(made.graph))) == []


def test_a_queue_that_no_policy_of_the_role_names_is_missed(large: Stack) -> None:
    """The rule that compares grants with needs reads the policies that a role is given, and no others."""
    for change in (without("iam.Policy", name="queues-1"), without("iam.RolePolicyAttachment", name="router-1")):
        assert "function-grants" in {finding.rule for finding in judge(change(large.graph))}


def test_the_policy_inside_a_role_waits_for_those_that_take_its_queues(large: Stack) -> None:
    """A new queue that no longer fits must not remove the router's rights, not even for a moment."""
    attached = {one.urn for one in large.of("iam.RolePolicyAttachment")}

    (inside,) = (one for one in large.of("iam.RolePolicy") if one.text("name").startswith("event-router"))

    assert attached
    assert attached <= set(inside.depends_on)


def test_policies_of_as_many_queues_as_are_not_refused_are_within_the_limits(tmp_path: Path) -> None:
    """A project that is not refused must work, at the very limit too."""
    queues = most(tmp_path, "queues")
    arns = [f"arn:aws:sqs:{LONGEST_REGION}:{ACCOUNT}:{'q' * 40}-queue-{'e' * 20}.fifo"] * (queues + 1)

    made = record(lambda: _policies(arns))

    assert queues == 449  # and the queue of what no route wants
    assert len(made.of("iam.Policy")) == 10
    check_policies(made)


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-northwest-1"])
def test_policies_inside_roles_have_room_for_the_longer_arns_of_other_partitions(tmp_path: Path, region: str) -> None:
    """Each ARN has up to seven characters more there, and IAM would refuse the role in the middle of `pulumi up`."""
    fits, too_many = 1, 400
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        settings = Settings(environment="dev", project=(path := written(tmp_path, middle, 1)), region=region)
        fits, too_many = (middle, too_many) if service_limits.queues_fit_roles(load(path), settings) else (fits, middle)

    made = stack(project=written(tmp_path, fits, 1))

    (router,) = (one for one in made.of("iam.RolePolicy") if one.text("name").startswith("event-router"))
    document = router.text("policy").replace("arn:aws:", f"arn:{partition_of(region)}:").replace(REGION, region)
    assert document.count("-queue-") >= fits  # it is in the role, where the room is
    assert len(re.sub(r"\s", "", document)) <= 10_240


def test_permissions_of_many_paths_are_measured_with_the_arns_of_their_partition(tmp_path: Path) -> None:
    """Lambda counts what is in the function's policy, not what would be in another region's."""
    sources = load(written(tmp_path, 1, 50)).sources
    sizes = {}
    for region in ("us-east-1", "us-gov-east-1"):
        settings = Settings(environment="dev", project=tmp_path, region=region)
        found = [Permitted(verb="POST", path=source.path) for source in sources]
        sizes[region] = policy_size(found, settings)

    longer = sum(2 * (len("aws-us-gov") - len("aws") + len("us-gov-east-1") - len("us-east-1")) for _ in sources)
    assert sizes["us-gov-east-1"] - sizes["us-east-1"] == longer


def _policies(arns: list[str]) -> None:
    here = {key: pulumi.Output.from_input(text) for key, text in (("account", ACCOUNT), ("region", LONGEST_REGION))}
    where = Location(**here, partition=pulumi.Output.from_input("aws"))
    QueuePolicies("queues", environment="e" * 20, queues=arns, location=where)


def test_as_many_sources_as_are_not_refused_can_be_deployed(tmp_path: Path) -> None:
    """A project that is not refused must work, at the very limit too."""
    sources = most(tmp_path, "sources")

    path = written(tmp_path, 1, sources)

    assert sources >= 290
    assert refusals(path) == []
    check(stack(project=path))


def test_permissions_of_many_paths_stay_below_one_path_of_one_stage(tmp_path: Path, large: Stack) -> None:
    """The gateway may call no more than the stack's own API, stage, verb and the paths of its sources."""
    few = stack(project=written(tmp_path, 1, 20)).of("lambda.Permission")

    (only,) = large.of("lambda.Permission")

    assert len(few) == 20
    assert not any("*" in one.text("sourceArn") for one in few)
    assert only.text("sourceArn").endswith("/prod/POST/webhook/*")


def test_what_is_too_much_is_refused_with_the_reason(tmp_path: Path) -> None:
    """Half a stack is worse than no stack: the reason comes before anything is created."""
    assert refusals(written(tmp_path, 449, 1, longest=True), "e" * 20) == []
    assert refusals(written(tmp_path, 450, 1, longest=True), "e" * 20) == ["queues"]
    assert "queues" in refusals(written(tmp_path, 900, 1))
    assert "sources" in refusals(written(tmp_path, 1, 300))


def test_widgets_do_not_overlap_with_many_alarms(large: Stack) -> None:
    """The further rows of alarms and of queues push the other graphs down."""
    widgets = body(large)
    taken: set[tuple[int, int]] = set()

    for widget in widgets:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not cells & taken
        taken |= cells

    titles = [widget["properties"].get("title") for widget in widgets]
    assert "Alarms (1 of 5)" in titles
    assert {"Messages that wait (1 of 3)", "Messages that wait (3 of 3)", "Cost: messages sent (2 of 3)"} <= {*titles}
    assert len(titles) == len(set(titles))


def test_a_parameter_that_is_too_deep_or_too_long_is_refused(tmp_path: Path) -> None:
    """SSM allows 15 levels and ARNs of 1,011 characters."""
    for secret in ("ssm:" + "/a" * 16, "ssm:/" + "a" * 1000, "secretsmanager:" + "a" * 513):
        path = tmp_path / "hookline.toml"
        path.write_text(
            f'[sources.s]\nverify = {{ scheme = "standard-webhooks", secrets = ["{secret}"] }}\n[queues.q]\n'
        )
        assert refusals(path) == [secret]


def test_a_model_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """API Gateway allows 400 KB for a model."""
    (tmp_path / "s.json").write_text(json.dumps({"type": "object", "required": ["x" * 450_000]}))
    path = tmp_path / "hookline.toml"
    path.write_text(f'[sources.s]\n{VERIFY}schema = "s.json"\n[queues.q]\n')
    assert refusals(path) == ["sources.s.schema"]
