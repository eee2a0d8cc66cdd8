"""Ways in which the program could be wrong: each is one change of one thing that it registers."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.infra.policy.graph import Graph, Resource

__all__ = ["MUTATIONS", "Mutation", "mutated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One wrong program. ``rule`` is the rule over the graph that must notice it.

    ``change`` makes of a resource what the wrong program would register, None where it leaves it out. ``left_out`` are kinds that are
    made after the deployment instead of before it. Where ``end_to_end``, a deployed system must show it too.
    """

    name: str
    rule: str
    change: Callable[[Resource], Resource | None]
    left_out: frozenset[str] = frozenset()
    end_to_end: bool = False


def mutated(graph: Graph, mutation: Mutation) -> Graph:
    """The graph of the wrong program."""
    changed = (mutation.change(resource) for resource in graph.resources)
    return type(graph)(resources=tuple(resource for resource in changed if resource is not None))


def _of(kind: str, word: str, change: Callable[[dict[str, Any]], object]) -> Callable[[Resource], Resource]:  # inputs
    """Change the inputs of the resources of ``kind`` in whose names ``word`` is."""

    def changed(resource: Resource) -> Resource:
        if resource.kind != kind or word not in resource.name:
            return resource
        inputs = deepcopy(dict(resource.inputs))
        change(inputs)
        return replace(resource, inputs=inputs)

    return changed


def _without(kind: str) -> Callable[[Resource], Resource | None]:
    return lambda resource: None if resource.kind == kind else resource


def _grants(change: Callable[[dict[str, Any]], bool]) -> Callable[[dict[str, Any]], None]:  # a statement of a policy
    """Change the statements of a policy, and keep those for which ``change`` says so."""

    def changed(inputs: dict[str, Any]) -> None:
        document = json.loads(inputs["policy"])
        document["Statement"] = [statement for statement in document["Statement"] if change(statement)]
        inputs["policy"] = json.dumps(document)

    return changed


def _does_not_allow(action: str) -> Callable[[dict[str, Any]], bool]:
    return lambda statement: action not in statement["Action"]


def _on_another_queue(statement: dict[str, Any]) -> bool:
    statement["Resource"] = [arn.replace(":payments-queue-", ":payments-queue-of-") for arn in statement["Resource"]]
    return True


def _without_failure_queue(statement: dict[str, Any]) -> bool:
    statement["Resource"] = [arn for arn in statement["Resource"] if "router-failures" not in arn]
    return True


def _alone(resource: Resource) -> Resource:
    """The deployment waits for nothing."""
    return replace(resource, depends_on=()) if resource.kind == "apigateway.Deployment" else resource


def _trust_everybody(inputs: dict[str, Any]) -> None:
    inputs["assumeRolePolicy"] = inputs["assumeRolePolicy"].replace("lambda.amazonaws.com", "ec2.amazonaws.com")


def _with_hyphen(resource: Resource) -> Resource:
    """As a name with the environment simply hung on would be, wherever it stands."""

    def hyphened(name: str) -> str:
        return name.replace("WebhookModel", "WebhookModel-")

    if resource.kind == "apigateway.Model":
        return replace(resource, inputs={**resource.inputs, "name": hyphened(resource.text("name"))})
    if resource.kind == "apigateway.Method" and resource.mapping("requestModels"):
        models = {kind: hyphened(str(name)) for kind, name in resource.mapping("requestModels").items()}
        return replace(resource, inputs={**resource.inputs, "requestModels": models})
    return resource


MUTATIONS = [
    Mutation(
        name="permission removed",
        rule="gateway-permission",
        change=_without("lambda.Permission"),
        end_to_end=True,
    ),
    Mutation(
        name="permission for another path",
        rule="gateway-permission",
        change=_of("lambda.Permission", "", lambda inputs: inputs.update(sourceArn=inputs["sourceArn"] + "s")),
        end_to_end=True,
    ),
    Mutation(
        name="wrong queue ARN",
        rule="function-grants",
        change=_of("iam.RolePolicy", "router", _grants(_on_another_queue)),
        end_to_end=True,
    ),
    Mutation(
        name="missing grant",
        rule="function-grants",
        change=_of("iam.RolePolicy", "validator", _grants(_does_not_allow("dynamodb:PutItem"))),
        end_to_end=True,
    ),
    Mutation(
        name="missing layer",
        rule="function-layer",
        change=_of("lambda.Function", "validator", lambda inputs: inputs.pop("layers")),
        end_to_end=True,
    ),
    Mutation(
        name="method left out of the deployment",
        rule="deployment-complete",
        change=_alone,
        left_out=frozenset({"apigateway.Method", "apigateway.Integration"}),
        end_to_end=True,
    ),
    Mutation(
        name="missing model",
        rule="model-name",
        change=_without("apigateway.Model"),
        end_to_end=True,
    ),
    Mutation(
        name="wrong handler",
        rule="function-handlers",
        change=_of("lambda.Function", "router", lambda inputs: inputs.update(handler="hookline.router.handler")),
    ),
    Mutation(
        name="missing variable",
        rule="function-variables",
        change=_of(
            "lambda.Function", "validator", lambda inputs: inputs["environment"]["variables"].pop(names.VAR_ROUTER)
        ),
    ),
    Mutation(
        name="wrong trust principal",
        rule="function-trust",
        change=_of("iam.Role", "router", _trust_everybody),
    ),
    Mutation(
        name="missing on-failure grant",
        rule="failure-grant",
        change=_of("iam.RolePolicy", "router", _grants(_without_failure_queue)),
    ),
    Mutation(
        name="hyphen in the model's name",
        rule="model-name",
        change=_with_hyphen,
        end_to_end=True,
    ),
    Mutation(
        name="expiry off",
        rule="table-expiry",
        change=_of("dynamodb.Table", "", lambda inputs: inputs["ttl"].update(enabled=False)),
    ),
]
