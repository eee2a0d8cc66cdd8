"""Rules for roles, logs and alarms: exact rights, a stated retention, and a receiver for alarms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.infra.policy.documents import documents
from hookline.infra.policy.rule import on_graph, on_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["IDENTITY_RULES"]

_ROLE = "iam.Role"
_LOG_GROUP = "cloudwatch.LogGroup"
_ACTS_FOR_OTHERS = "scheduler.amazonaws.com"
_NAMED_TAILS = re.compile(r"(?<=:log-group:)([^*?]+):\*$|(?<=:s3:::)([^*?/]+)/\*$|(?<=:secret:)([^*?]+)-\?{6}$")
"""Wildcards within one named resource: a log group's streams, a bucket's objects, the six characters after a secret's name."""


@on_resource(
    "role-inline-policies",
    _ROLE,
    "iam.RolePolicyAttachment",
    demands="a role has only policies of this stack, no policies that AWS manages",
    sources=("AwsSolutions-IAM4",),
)
def _inline_policies(resource: Resource) -> Iterator[str]:
    arns = (resource.at("policyArn"), *resource.items("managedPolicyArns"))
    if any(isinstance(arn, str) and ":iam::aws:policy/" in arn for arn in arns):
        yield "write its rights as a RolePolicy"


@on_graph(
    "policy-no-wildcards",
    demands="a policy names its actions and its resources",
    sources=(
        "AwsSolutions-IAM5",
        "serverless LambdaStarPermissions",
        "CKV_AWS_62, CKV_AWS_63, CKV_AWS_286, CKV_AWS_287, CKV_AWS_288, CKV_AWS_289, CKV_AWS_290, CKV_AWS_355",
        "FSBP IAM.1, IAM.21",
    ),
)
def _no_wildcards(graph: Graph) -> Faults:
    for document in documents(graph, "iam.RolePolicy", "iam.Policy"):
        if not document.statements:
            yield document.resource, "write its policy as a document with statements"
        for statement in document.statements:
            what = " and ".join(statement.actions)
            if statement.negated or any("*" in action for action in statement.actions):
                yield document.resource, f"name the actions instead of {what}"
            if any(_is_wide(arn) for arn in statement.resources):
                yield document.resource, f"name the resources of {what}"


@on_graph(
    "role-trust",
    demands="a role is assumed by named services, for this account where the service says for whom it acts",
    sources=("CKV_AWS_60", "CKV_AWS_61"),
)
def _trust(graph: Graph) -> Faults:
    for document in documents(graph, _ROLE):
        if not document.statements:
            yield document.resource, "write its trust as a document with statements"
        for statement in document.statements:
            if not statement.principals or not all(name.endswith(".amazonaws.com") for name in statement.principals):
                yield document.resource, "trust only named services"
            if _ACTS_FOR_OTHERS in statement.principals and not statement.condition("aws:SourceAccount"):
                yield document.resource, "compare aws:SourceAccount with this account"


@on_resource(
    "log-retention",
    _LOG_GROUP,
    demands="logs are deleted after a stated time",
    sources=("serverless CloudWatchLogGroupRetention", "CKV_AWS_66"),
)
def _log_retention(group: Resource) -> Iterator[str]:
    if (group.number("retentionInDays") or 0) < 1:
        yield "set retention_in_days"


@on_resource(
    "alarm-actions",
    "cloudwatch.MetricAlarm",
    demands="an alarm is sent to someone, and so is its end",
    sources=("CKV_AWS_319", "Security Hub CloudWatch.15, CloudWatch.17"),
)
def _alarm_actions(alarm: Resource) -> Iterator[str]:
    if not alarm.items("alarmActions") or not alarm.items("okActions"):
        yield "set alarm_actions and ok_actions"
    if alarm.at("actionsEnabled") is False:
        yield "leave actions_enabled on"


@on_resource(
    "parameter-encrypted",
    "ssm.Parameter",
    demands="a secret in a parameter is a SecureString, and its value is in no state file",
    sources=("CKV_AWS_337", "CKV2_AWS_34"),
)
def _parameter_encrypted(parameter: Resource) -> Iterator[str]:
    if parameter.at("type") != "SecureString":
        yield 'set type to "SecureString"'
    if parameter.at("value") is not None:
        yield "pass the value as value_wo, or set it by `hookline secrets set`"


IDENTITY_RULES: tuple[Rule, ...] = (
    _inline_policies,
    _no_wildcards,
    _trust,
    _log_retention,
    _alarm_actions,
    _parameter_encrypted,
)


def _is_wide(arn: str) -> bool:
    named = _NAMED_TAILS.sub(r"\1\2\3", arn)
    return "*" in named or "?" in named
