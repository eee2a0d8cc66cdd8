"""The policy pack says of what Pulumi shows it exactly what the rules say of the graph."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import grpc  # type: ignore[import-untyped]  # grpc ships no types
import pytest
from google.protobuf.empty_pb2 import Empty  # type: ignore[import-untyped]  # neither does protobuf
from google.protobuf.struct_pb2 import Struct  # type: ignore[import-untyped]  # as above
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import (
    EnforcementLevel,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from hookline.infra.policy import RULES, judge
from hookline.infra.policy.graph import Graph, Resource
from hookline.infra.policy.pack import policies
from hookline.infra.policy.rule import Option
from infra.changing import EVERY_OPTION, having, put, registered, without
from infra.graph import DEPLOY, graph
from processes import running_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.changing import Change


def options(resource: Resource) -> PolicyResourceOptions:
    """How a resource was registered, as Pulumi passes it to policies."""
    return PolicyResourceOptions(
        protect=resource.protect,
        ignore_changes=[],
        delete_before_replace=resource.delete_before_replace or None,
        aliases=[],
        custom_timeouts=PolicyCustomTimeouts(0, 0, 0),
        additional_secret_outputs=[],
    )


def said(policy: object, judged: Graph) -> set[str]:
    """What one policy reports of a graph, as Pulumi would show it: inputs one by one, then the stack with its outputs."""
    found: set[str] = set()

    def report(message: str, urn: str | None = None) -> None:
        found.add(f"{message} {urn or ''}".strip())

    if isinstance(policy, ResourceValidationPolicy):
        for one in judged.resources:
            props = unknown_checking_proxy(dict(one.inputs))
            policy.validate(ResourceValidationArgs(one.type, props, one.urn, one.name, options(one), None), report)
    if isinstance(policy, StackValidationPolicy):
        policy.validate(StackValidationArgs(stack_of(judged)), report)
    return found


def stack_of(judged: Graph) -> list[PolicyResource]:
    """The whole graph as a stack policy sees it after an update."""
    made = {
        one.urn: PolicyResource(
            one.type,
            unknown_checking_proxy(
                {**one.inputs, **{key: value for key, value in one.outputs.items() if key in KNOWN}}
            ),
            one.urn,
            one.name,
            options(one),
            None,
            None,
            [],
            {},
        )
        for one in judged.resources
    }
    for one in judged.resources:
        made[one.urn].dependencies = [made[urn] for urn in one.depends_on if urn in made]
    return list(made.values())


KNOWN = ("id", "arn", "url", "name", "bucket", "keyId", "version", "invokeArn", "executionArn")
"""Outputs that a provider really has; the recorder fills in the others with words."""

FAULTS: dict[str, Change] = {
    "of one resource": put("lambda.Function", "tracingConfig.mode", "PassThrough"),
    "of how it was registered": registered("apigateway.Deployment", delete_before_replace=True),
    "of several resources": without("s3.BucketPolicy"),
    "of hookline's own": put("dynamodb.Table", "ttl.enabled", False),
    "of the wiring": put(
        "lambda.Permission", "sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:api/prod/POST/x"
    ),
    "of an option": put("dynamodb.Table", "deletionProtectionEnabled", False),
}


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_the_pack_finds_what_the_rules_find(fault: str | None) -> None:
    """The same functions over another protocol: a finding that is lost here would be lost in production."""
    whole = graph(EVERY_OPTION)
    judged = FAULTS[fault](whole) if fault else whole

    reported = {line for policy in policies() for line in said(policy, judged)}

    findings = judge(judged, options=tuple(Option))
    assert reported == {f"{one.resource.address}: {one.fix} {one.resource.urn}" for one in findings}
    assert bool(reported) == bool(fault)


def test_what_is_not_known_before_the_update_is_left_to_pulumi() -> None:
    """During a preview an ARN may not be known yet: Pulumi says so, and a guess would be a false alarm."""
    (policy,) = (one for one in policies() if one.name == "function-log-config")
    preview = put("lambda.Function", "loggingConfig.logGroup", UNKNOWN_STRING_VALUE)(graph({}))

    with pytest.raises(UnknownValueError):
        said(policy, preview)


def test_rules_of_options_are_off_until_the_pack_is_configured() -> None:
    """A stack without its own key must not fail because of that."""
    levels = {policy.name: policy.enforcement_level for policy in policies()}

    assert {name for name, level in levels.items() if level is EnforcementLevel.DISABLED} == {
        rule.name for rule in RULES if rule.option is not None
    }
    assert set(levels.values()) == {EnforcementLevel.DISABLED, EnforcementLevel.MANDATORY}


def test_a_program_around_the_component_is_not_held_to_hooklines_own_rules_nor_covered_by_its_suppressions() -> None:
    """A function of the surrounding program has another handler, and its topic is not for alarms of CloudWatch."""
    urn = "urn:pulumi:dev::mine::aws:{}::mine"
    foreign = Graph(
        resources=(
            Resource(
                type="aws:lambda/function:Function",
                name="mine",
                inputs={"handler": "index.handler", "runtime": "python3.13"},
                urn=urn.format("lambda/function:Function"),
            ),
            Resource(
                type="aws:sns/topic:Topic",
                name="mine",
                inputs={"name": "mine"},
                urn=urn.format("sns/topic:Topic"),
            ),
        )
    )

    rules = {finding.rule for finding in judge(foreign)}

    assert "topic-delivery-status" in rules
    assert rules <= {rule.name for rule in RULES if rule.sources}


@pytest.fixture(name="analyzer")
def running_pack() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The pack as Pulumi starts it: a process that says on which port it listens."""
    with running_process([sys.executable, str(DEPLOY / "policy")], stdout=subprocess.PIPE) as pack:
        assert pack.stdout is not None
        port = int(pack.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
        pack.terminate()


def test_the_pack_starts_and_judges_as_pulumi_asks_it(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    """`pulumi up --policy-pack deploy/policy`, without the engine: the protocol that it uses."""
    properties = Struct()
    properties.update({"accessLogSettings": {"destinationArn": "arn", "format": "{}"}})
    asked = analyzer_pb2.AnalyzeRequest(
        type="aws:apigateway/stage:Stage", name="stage", urn="urn:pulumi:dev::p::t::stage", properties=properties
    )

    info = analyzer.GetAnalyzerInfo(Empty())
    answer = analyzer.Analyze(asked)

    assert info.name == "hookline"
    assert {policy.name for policy in info.policies} == {rule.name for rule in RULES}
    assert "stage-structured-logs" in {one.policyName for one in answer.diagnostics}


def test_a_resource_of_an_unknown_kind_is_nobodys_business() -> None:
    """A stack also has resources of other providers."""
    other = having("random.RandomId", {"byteLength": 8})(Graph(resources=()))

    assert judge(other) == ()
