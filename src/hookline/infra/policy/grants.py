"""Rules for the rights of each function: hookline's own checks, which no vendor has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.domain.canary import CANARY
from hookline.domain.queue import QUEUE_INFIX
from hookline.infra.policy.connections import holds_rejected
from hookline.infra.policy.documents import documents, read
from hookline.infra.policy.rule import on_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.documents import Statement
    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["GRANT_RULES", "NEEDS", "Need"]


_STORE = re.compile(r"(?:ssm|secretsmanager)\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Actions, and the word for their resources: see ``_arns``. A need without ``always`` is optional."""

    actions: tuple[str, ...]
    on: str
    always: bool = True


_COMMON = (
    Need(actions=("logs:CreateLogStream", "logs:PutLogEvents"), on="its own log"),
    Need(actions=("xray:PutTraceSegments", "xray:PutTelemetryRecords"), on="everything"),
    Need(actions=("kms:Decrypt", "kms:GenerateDataKey"), on="a key", always=False),
)

_DELIVERY = (
    Need(actions=("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:UpdateItem"), on="the table"),
    Need(actions=("s3:GetObject", "s3:GetObjectTagging", "s3:PutObject", "s3:PutObjectTagging"), on="the bodies"),
    Need(actions=("sqs:SendMessage",), on="the queues"),
)
"""The rights that are needed for putting events on their queues."""

_SECRETS = (
    Need(actions=("ssm:GetParameters",), on="parameters", always=False),
    Need(actions=("secretsmanager:GetSecretValue",), on="secrets", always=False),
    Need(actions=("kms:Decrypt",), on="keys of secrets", always=False),
)
"""The rights that are needed for reading secrets, where the function uses any."""

NEEDS: dict[str, tuple[Need, ...]] = {
    "validator": (
        Need(actions=("dynamodb:PutItem",), on="the table"),
        Need(actions=("dynamodb:GetItem",), on="the table"),
        Need(actions=("dynamodb:PutItem", "dynamodb:UpdateItem"), on="the rejected requests"),
        Need(actions=("s3:PutObject", "s3:PutObjectTagging"), on="the bodies"),
        Need(actions=("lambda:InvokeFunction",), on="the router"),
        Need(actions=("ssm:PutParameter",), on="parameters", always=False),
        *_SECRETS,
        *_COMMON,
    ),
    "router": (
        *_DELIVERY,
        Need(actions=("sqs:SendMessage",), on="the failure queue"),
        Need(actions=("dynamodb:Query",), on="the outbox", always=False),
        *_SECRETS,
        *_COMMON,
    ),
    "recoverer": (
        Need(actions=("dynamodb:Query",), on="the outbox"),
        Need(actions=("dynamodb:UpdateItem",), on="the table"),
        Need(actions=("dynamodb:GetItem",), on="the table"),
        Need(actions=("dynamodb:Query", "dynamodb:DeleteItem"), on="the rejected requests"),
        Need(actions=("dynamodb:Query",), on="the list of rejected requests"),
        Need(actions=("lambda:InvokeFunction",), on="the router"),
        *_COMMON,
    ),
    "canary": (
        Need(actions=("sqs:ReceiveMessage", "sqs:DeleteMessage"), on="the canary's queue"),
        Need(actions=("ssm:GetParameters", "ssm:PutParameter"), on="parameters", always=False),
        *_COMMON,
    ),
}
"""All rights of each function: a missing one breaks the function, and an additional one is a security risk.

A validator with the variable of the queues' URLs puts events on FIFO queues itself, and may have the router's rights for that.
"""


_SCHEDULED = {
    "recoverer": (r"rate\(1 minute\)", "every minute"),
    "canary": (r"rate\((?:1 minute|[1-9][0-9]? minutes)\)", "every minute, or every few"),
}
"""The intervals of scheduled functions: as an expression, and in words."""


@on_graph("function-trust", demands="a function's role trusts only Lambda, and the schedule's role only the scheduler")
def _trust(graph: Graph) -> Faults:
    assumed = [(_role_of(graph, function), "lambda.amazonaws.com") for function in graph.of("lambda.Function")]
    assumed += [(_schedule_role(graph, one), "scheduler.amazonaws.com") for one in graph.of("scheduler.Schedule")]
    for role, service in assumed:
        if role is not None:
            statements = read(role.text("assumeRolePolicy"))
            trusted = {name for statement in statements for name in statement.principals}
            if trusted != {service} or not all(s.allows and s.actions == ("sts:AssumeRole",) for s in statements):
                yield role, f"let only {service} assume it"


@on_graph(
    "function-grants", demands="a function has exactly the rights that it needs, on exactly the resources that it needs"
)
def _grants(graph: Graph) -> Faults:
    for kind, function in _functions(graph):
        role = _role_of(graph, function)
        if role is None:
            yield function, "give it a role of this stack"
            continue
        needed, granted = _needed(graph, kind, function), _granted(graph, role)
        for action, arn in sorted(needed - granted):
            yield role, f"grant {action} on {arn}"
        for action, arn in sorted(granted - needed):
            if not _is_optional(graph, kind, action, arn, role):
                yield role, f"remove {action} on {arn}"


@on_graph("schedule-grants", demands="a schedule runs the recoverer or the canary, and its role may do nothing else")
def _schedule(graph: Graph) -> Faults:
    for kind, function in _functions(graph):
        if kind in _SCHEDULED:
            yield from _schedule_of(graph, kind, function)


def _schedule_of(graph: Graph, kind: str, function: Resource) -> Faults:
    schedules = [one for one in graph.of("scheduler.Schedule") if function.is_called(one.at("target", "arn"))]
    if not schedules:
        yield function, "give it a Schedule whose target it is"
    for schedule in schedules:
        role = _schedule_role(graph, schedule)
        if role is None or _granted(graph, role) != {("lambda:InvokeFunction", function.given("arn"))}:
            yield schedule, f"give it a role that may invoke the {kind} and nothing else"
        expression, words = _SCHEDULED[kind]
        is_right = re.fullmatch(expression, schedule.text("scheduleExpression"))
        if not is_right or schedule.at("state") == "DISABLED":
            yield schedule, f"let it run {words}"


@on_graph(
    "failure-grant",
    demands="a function's own role may write to the destination of its failures: Lambda uses that role for it",
)
def _failure_grant(graph: Graph) -> Faults:
    for config in graph.of("lambda.FunctionEventInvokeConfig"):
        destination = config.text("destinationConfig", "onFailure", "destination")
        function = graph.called(config.at("functionName"), "lambda.Function")
        role = _role_of(graph, function) if function else None
        if destination and (role is None or ("sqs:SendMessage", destination) not in _granted(graph, role)):
            yield config, f"grant sqs:SendMessage on {destination} to its function's role"


GRANT_RULES: tuple[Rule, ...] = (_trust, _grants, _schedule, _failure_grant)


def _role_of(graph: Graph, function: Resource) -> Resource | None:
    """The role that a function runs as."""
    return graph.called(function.at("role"), "iam.Role")


def _statements_of(graph: Graph, role: Resource) -> Iterator[Statement]:
    """The statements of all policies of a role, both inline and attached."""
    given = {one.at("policyArn") for one in graph.of("iam.RolePolicyAttachment") if role.is_called(one.at("role"))}
    for document in documents(graph, "iam.RolePolicy", "iam.Policy"):
        policy = document.resource
        if role.is_called(policy.at("role")) or any(policy.is_called(arn) for arn in given):
            yield from document.statements


def _schedule_role(graph: Graph, schedule: Resource) -> Resource | None:
    return graph.called(schedule.at("target", "roleArn"), "iam.Role")


def _granted(graph: Graph, role: Resource) -> set[tuple[str, str]]:
    """Every allowed action with every resource."""
    return {
        (action, arn)
        for statement in _statements_of(graph, role)
        if statement.allows
        for action in statement.actions
        for arn in statement.resources
    }


def _functions(graph: Graph) -> Iterator[tuple[str, Resource]]:
    """The functions with hookline's handlers, and the kind of each."""
    for function in graph.of("lambda.Function"):
        for kind, handler in names.HANDLERS.items():
            if function.at("handler") == handler:
                yield kind, function


def _needed(graph: Graph, kind: str, function: Resource) -> set[tuple[str, str]]:
    return {
        (action, arn)
        for need in (*NEEDS[kind], *(_DELIVERY if _delivers(function) else ()))
        if need.always
        for arn in _arns(graph, need.on, function)
        for action in need.actions
    }


def _delivers(function: Resource) -> bool:
    return function.at("environment", "variables", names.VAR_QUEUE_URL_PREFIX) is not None


def _is_optional(graph: Graph, kind: str, action: str, arn: str, role: Resource) -> bool:
    """Whether a grant belongs to an optional need: secrets at their paths, their keys, or the stack's own key."""
    return any(
        not need.always and action in need.actions and _is_one_of(graph, need.on, arn, role) for need in NEEDS[kind]
    )


def _is_one_of(graph: Graph, what: str, arn: str, role: Resource) -> bool:
    if what == "a key":
        return graph.called(arn, "kms.Key") is not None
    if what == "the outbox":
        return any(arn == f"{table}/index/{names.OUTBOX_INDEX}" for table in _tables(graph))
    if what == "keys of secrets":
        return all(_is_for_secrets(one) for one in _statements_of(graph, role) if one.allows and arn in one.resources)
    service = {"parameters": ":ssm:", "secrets": ":secretsmanager:"}[what]
    return service in arn and "*" not in arn


def _is_for_secrets(statement: Statement) -> bool:
    """Whether it only allows that the stores of secrets decrypt with named keys."""
    stores = statement.conditions.get("StringEquals", {}).get("kms:ViaService", ())
    return (
        statement.actions == ("kms:Decrypt",)
        and bool(stores)
        and all(map(_STORE.fullmatch, stores))
        and all(map(_KEY.fullmatch, statement.resources))
    )


def _arns(graph: Graph, what: str, function: Resource) -> list[str]:
    """The ARNs for a word of ``NEEDS``."""
    found = {
        "the table": lambda: _tables(graph),
        "the outbox": lambda: [f"{arn}/index/{names.OUTBOX_INDEX}" for arn in _tables(graph)],
        "the rejected requests": lambda: _tables(graph, rejected=True),
        "the list of rejected requests": lambda: [
            f"{arn}/index/{names.SHARES_INDEX}" for arn in _tables(graph, rejected=True)
        ],
        "the bodies": lambda: [f"{arn}/*" for arn in _all(graph, "s3.Bucket")],
        "the router": lambda: [one.given("arn") for kind, one in _functions(graph) if kind == "router"],
        "the queues": lambda: [queue.given("arn") for queue in graph.of("sqs.Queue") if queue.at("redrivePolicy")],
        "the canary's queue": lambda: [
            queue.given("arn")
            for queue in graph.of("sqs.Queue")
            if queue.text("name").startswith(f"{CANARY}{QUEUE_INFIX}")
        ],
        "the failure queue": lambda: _failure_queues(graph),
        "its own log": lambda: _log(graph, function),
        "everything": lambda: ["*"],
    }
    return found[what]()


def _tables(graph: Graph, *, rejected: bool = False) -> list[str]:
    """The tables of events, or those of rejected requests."""
    return [table.given("arn") for table in graph.of("dynamodb.Table") if holds_rejected(table) is rejected]


def _all(graph: Graph, kind: str) -> list[str]:
    return [resource.given("arn") for resource in graph.of(kind)]


def _failure_queues(graph: Graph) -> list[str]:
    """The queue for failed invocations, found as the only queue that has no dead-letter queue and is not one itself."""
    dead = {one.text("queueUrl") for one in graph.of("sqs.RedriveAllowPolicy")}
    return [
        queue.given("arn")
        for queue in graph.of("sqs.Queue")
        if not queue.at("redrivePolicy") and not any(queue.is_called(url) for url in dead)
    ]


def _log(graph: Graph, function: Resource) -> list[str]:
    group = graph.called(function.at("loggingConfig", "logGroup"), "cloudwatch.LogGroup")
    return [f"{group.given('arn')}:*"] if group else []
