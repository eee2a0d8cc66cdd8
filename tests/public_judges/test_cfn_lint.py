"""cfn-lint takes the place of rules, and sees what neither the services' models nor checkov see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.changing import EVERY_OPTION, document, put
from infra.graph import graph
from public_judges.cfn_lint import linted
from public_judges.checks import LINTS
from public_judges.environment import need_judges
from public_judges.template import TYPES, template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.infra.policy.graph import Graph
    from infra.changing import Change
    from public_judges.cfn_lint import Lint

FUNCTION = "lambda.Function"
REPLACED: list[tuple[str, Change]] = [
    ("W2531", put(FUNCTION, "runtime", "python3.9")),
    ("W2531", put(FUNCTION, "runtime", "python3.10")),
    ("E3697", put(FUNCTION, "environment.variables.LONG", "x" * 4096)),
]
"""Programs that were refused by the rules that cfn-lint replaced."""
FAULTS: list[tuple[str, Change]] = [
    *REPLACED,
    ("E2530", put(FUNCTION, "runtime", "python3.11", name="validator")),
    ("E3663", put(FUNCTION, "environment.variables.AWS_REGION", "eu-west-1")),
    ("E3696", put(FUNCTION, "loggingConfig.logFormat", "Text")),
    ("E3501", put("sqs.Queue", "fifoQueue", True)),
    ("E3039", put("dynamodb.Table", "rangeKey", "other", name="rejected")),
    ("E3510", put("iam.RolePolicy", "policy", "{}")),
    ("W3037", document("iam.RolePolicy", "policy", lambda one: one.update(Action="dynamodb:PutNothing"))),
]
LOOKED_AT = frozenset({FUNCTION, "sqs.Queue", "dynamodb.Table", "iam.RolePolicy"})


@pytest.fixture(name="said", scope="module")
def on_all_templates() -> Mapping[str, set[str]]:
    """The rules that each fault breaks, and the unchanged program, by the name of the template."""
    need_judges()
    whole = graph(EVERY_OPTION)
    templates = {"whole": template(small(whole))}
    templates |= {f"fault-{number}": template(small(change(whole))) for number, (_, change) in enumerate(FAULTS)}
    found: dict[str, set[str]] = {name: set() for name in templates}
    for lint in linted(templates):
        found[lint.template].add(lint.rule)
    return found


def small(made: Graph) -> Graph:
    """Only the kinds that the faults are in."""
    return type(made)(resources=tuple(one for one in made.resources if one.kind in LOOKED_AT))


@pytest.mark.parametrize(
    "number", range(len(FAULTS)), ids=[f"{number}-{rule}" for number, (rule, _) in enumerate(FAULTS)]
)
def test_a_fault_is_noticed_by_its_rule(said: Mapping[str, set[str]], number: int) -> None:
    """Without the change it reports nothing: AWS would refuse each of these, or run an old Python."""
    rule, _ = FAULTS[number]

    assert said["whole"] == set()
    assert said[f"fault-{number}"] >= {rule}


def test_every_rule_of_the_table_has_a_fault() -> None:
    """A rule that a new version of cfn-lint gives up would be met by everything."""
    assert {rule for rule, _ in REPLACED} == {rule for demand in LINTS for rule in demand.checks}


def test_a_template_that_cannot_be_read_is_an_error(said: Mapping[str, set[str]]) -> None:
    """Without this, a change of the format would let everything pass."""
    del said  # it skips where there is no cfn-lint

    with pytest.raises(RuntimeError, match="cannot read: broken"):
        linted({"broken": {"Resources": {"Queue": "none"}}})


def test_the_template_has_every_resource_that_the_table_knows() -> None:
    """A creator that asks by another operation would take its resources out of the template."""
    made = template(graph(EVERY_OPTION))["Resources"]

    found = {resource["Type"] for resource in made.values()}
    rare = {"AWS::IAM::ManagedPolicy", "AWS::CloudWatch::CompositeAlarm"}
    assert found == {each.name for each in TYPES.values()} - rare | {"AWS::Lambda::Version"}


def test_a_lint_names_stack_place_and_rule(said: Mapping[str, set[str]]) -> None:
    """`make lint` prints this line."""
    del said  # it skips where there is no cfn-lint
    queue: Lint = linted(
        {"default": {"Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 901}}}}}
    )[0]

    assert str(queue).startswith("default: Resources/Q/Properties/DelaySeconds: E3034: 901 is greater than")
