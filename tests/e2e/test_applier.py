"""The applier itself: it creates what a program registers, and refuses whatever it would have to pass over in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from e2e.applier import AppliedError, apply
from emulator.server import emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from e2e.applier import Applied
    from emulator.server import Emulator
    from hookline.infra.policy.graph import Resource

HEAD = """
import json, pulumi
from pulumi_aws import apigateway, dynamodb, sqs
import pulumi_aws as aws
"""
QUEUES = """
class Pair(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Pair", name)
        dead = sqs.Queue("dead", name="dead", opts=pulumi.ResourceOptions(parent=self, protect=True))
        policy = dead.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3}))
        live = sqs.Queue("live", name="live", redrive_policy=policy, opts=pulumi.ResourceOptions(parent=self))
        self.url = live.url
        self.register_outputs({})
pulumi.export("url", Pair("pair").url)
pulumi.export("region", aws.get_region_output().region)
pulumi.export("word", pulumi.Config().require("word"))
"""


@pytest.fixture(name="aws", scope="module")
def empty() -> Iterator[Emulator]:
    """An emulator for this file."""
    with emulator() as running:
        yield running


def applied(
    folder: Path, aws: Emulator, program: str, change: Callable[[Resource], Resource | None] | None = None
) -> Applied:
    """``program`` put into a file and applied to an empty account."""
    aws.reset()
    path = folder / "__main__.py"
    path.write_text(HEAD + program)
    return apply(path, aws, config={"word": "hello"}, stack_name="test", change=change)


def test_what_is_registered_exists(aws: Emulator, tmp_path: Path) -> None:
    """It has the inputs that the program gave, computed from real attributes."""
    outputs = applied(tmp_path, aws, QUEUES).outputs

    found = aws.client("sqs").get_queue_attributes(QueueUrl=outputs["url"], AttributeNames=["All"])["Attributes"]
    assert f"arn:aws:sqs:{aws.region}:{aws.account}:dead" in found["RedrivePolicy"]
    assert (outputs["region"], outputs["word"]) == (aws.region, "hello")


def test_the_graph_has_parents_dependencies_and_protection(aws: Emulator, tmp_path: Path) -> None:
    """Rules that judge the graph see what the program declared, with what AWS added."""
    registered = {each.resource.name: each for each in applied(tmp_path, aws, QUEUES).registered}

    assert list(registered) == ["pair", "dead", "live"]
    assert registered["live"].parent == registered["pair"].resource.urn
    assert registered["live"].resource.depends_on == (registered["dead"].resource.urn,)
    assert registered["dead"].resource.protect
    assert str(registered["dead"].resource.outputs["arn"]).endswith(":dead")


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ('aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")', "aws:ec2/vpc:Vpc 'v': no creator for this type"),
        ('sqs.Queue("q", name="q", name_prefix="p")', "inputs that its creator does not use: namePrefix"),
        (
            (
                'dynamodb.Table("t", name="table", billing_mode="PAY_PER_REQUEST", hash_key="k", ttl={"attribute_name": "x", '
                '"enabled": True}, attributes=[{"name": "k", "type": "S"}], server_side_encryption={"enabled": True}, '
                'replicas=[{"region_name": "eu-west-1"}])'
            ),
            "replicas",
        ),
        (
            (
                'sqs.Queue("a", name="a").tags_all.apply(lambda t: 1)\n'
                'sqs.Queue("b", name=sqs.Queue("c", name="c").kms_master_key_id)'
            ),
            "'b': it uses an output that was not provided",
        ),
        ('pulumi.export("key", sqs.Queue("q", name="q").kms_master_key_id)', "the stack's outputs: it uses an output"),
        ('[sqs.Queue("q", name=name) for name in ("x", "y")]', "'q': there is one of this type and name already"),
        ('sqs.Queue("q")', "name is missing"),
        ('sqs.Queue.get("q", "id")', "does not create"),
        ('pulumi.export("x", aws.get_availability_zones_output().names)', "no answer to this function"),
        ('raise RuntimeError("the program itself")', "the program itself"),
        ('sqs.Queue("q", name="q", visibility_timeout_seconds="soon")', "'q': "),
    ],
)
def test_what_cannot_be_applied_is_an_error(aws: Emulator, tmp_path: Path, program: str, why: str) -> None:
    """An ignored resource would be a difference from AWS that no test shows."""
    with pytest.raises(AppliedError) as caught:
        applied(tmp_path, aws, program)

    assert why in str(caught.value)


def test_a_failure_leaves_nothing_behind_for_the_next_program(aws: Emulator, tmp_path: Path) -> None:
    """The SDK keeps what was running; it must not end up in another test."""
    with pytest.raises(AppliedError):
        applied(tmp_path, aws, 'aws.ec2.Vpc("v", cidr_block="10.0.0.0/16")\nsqs.Queue("left", name="left")')

    second = applied(tmp_path, aws, QUEUES)

    assert len(second.registered) == 3


def test_another_program_can_be_made_of_one(aws: Emulator, tmp_path: Path) -> None:
    """How a mutation is applied: what it leaves out is not created, and what it changes is created changed."""

    def change(resource: Resource) -> Resource | None:
        return None if resource.name == "live" else replace(resource, inputs={**resource.inputs, "delaySeconds": 5})

    graph = applied(tmp_path, aws, 'for name in ("live", "other"): sqs.Queue(name, name=name)', change).graph

    url = aws.queue_url("other")
    made = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert [resource.name for resource in graph.resources] == ["other"]
    assert aws.client("sqs").list_queues()["QueueUrls"] == [url]
    assert made == {"DelaySeconds": "5"}
