"""Ways in which the program could be wrong: each is one change of one thing that it registers.

Together they are the faults of a first attempt at this system, row by row (``ROWS``); tests/infra/test_first_attempt.py has the same rows.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hookline.adapters.aws import names
from hookline.infra.policy.graph import Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.infra.policy.graph import Graph

__all__ = ["MUTATIONS", "ROWS", "Mutation", "mutated"]

ROWS: Mapping[str, tuple[str, ...]] = {
    "a queue or stream between the functions": ("no_queue_or_stream_is_between_the_functions",),
    "the gateway calls the router": ("the_gateway_calls_only_the_validator",),
    "the router is not named, or may not be asked": (
        "callers_of_the_router_know_its_name",
        "callers_of_the_router_may_call_it_and_no_more",
    ),
    "a hyphen in a model's name": ("the_model_is_named_after_the_environment_in_letters_and_digits",),
    "a deployment that changes always, or never": (
        "equal_input_deploys_nothing_new",
        "a_change_of_the_project_is_deployed",
        "another_environment_is_deployed_separately",
        "a_change_of_hookline_itself_is_deployed",
    ),
    "a deployment that waits for nothing": ("a_deployment_waits_for_every_part_of_the_api",),
    "a permission for anything": ("the_gateway_may_call_the_validator_for_each_path_and_no_other",),
    "encryption left to the default": ("everything_that_keeps_data_says_that_it_is_encrypted",),
    "plain HTTP": ("nothing_is_sent_or_read_unencrypted",),
    "times without a zone": ("naive_times_are_refused_by_the_linter",),
    "failures that vanish": ("what_the_router_cannot_do_is_tried_again_and_then_kept",),
    "no dead letters": ("what_consumers_cannot_do_becomes_a_dead_letter",),
    "a table that grows without end": ("delivered_events_expire_by_themselves",),
    "a layer of its own for each function": ("the_functions_share_one_layer_for_what_they_run_on",),
    "Lambda's own limits": (
        "each_function_has_time_for_its_work",
        "the_gateway_waits_longer_than_the_validator_works",
        "each_function_has_memory_for_its_work",
        "memory_and_time_are_the_operators_to_set",
    ),
}
"""The fifteen rows, each with the tests of test_first_attempt.py. All but the times without a zone, which are the linter's to find, show on
the graph."""


AN_EVENT, A_DEAD_LETTER, A_FAILURE = "an event", "a dead letter", "a failure"
"""What is delivered, moved to the dead-letter queue, or kept by the right program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One wrong program. ``row`` is its row, where it has one.

    ``rule`` is the rule over the graph that must notice it, or the check of checkov (``CKV…``).
    ``change`` makes of a resource what the wrong program would register, None where it leaves it out. ``added`` is registered in addition.
    ``left_out`` are kinds that are made after the deployment instead of before it. ``shown_by`` is what a deployed system does not do with
    it; empty where that does not show. ``seen_by_plan`` is what the real provider says of it before anything is created; empty where it
    lets it pass.
    """

    name: str
    rule: str
    row: str = ""
    change: Callable[[Resource], Resource | None] = lambda resource: resource
    added: Callable[[Graph], tuple[Resource, ...]] = lambda _: ()
    left_out: frozenset[str] = frozenset()
    shown_by: str = ""
    seen_by_plan: str = ""


def mutated(graph: Graph, mutation: Mutation) -> Graph:
    """The graph of the wrong program."""
    changed = (mutation.change(resource) for resource in graph.resources)
    return type(graph)(resources=(*(one for one in changed if one is not None), *mutation.added(graph)))


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


def _separate(resource: Resource) -> Resource:
    """The deployment waits for nothing."""
    return replace(resource, depends_on=()) if resource.kind == "apigateway.Deployment" else resource


def _trust_everybody(inputs: dict[str, Any]) -> None:
    inputs["assumeRolePolicy"] = inputs["assumeRolePolicy"].replace("lambda.amazonaws.com", "ec2.amazonaws.com")


def _with_hyphen(resource: Resource) -> Resource:
    """As a name with the environment simply appended would be, wherever it is."""

    def hyphened(name: str) -> str:
        return name.replace("WebhookModel", "WebhookModel-")

    if resource.kind == "apigateway.Model":
        return replace(resource, inputs={**resource.inputs, "name": hyphened(resource.text("name"))})
    if resource.kind == "apigateway.Method" and resource.mapping("requestModels"):
        models = {kind: hyphened(str(name)) for kind, name in resource.mapping("requestModels").items()}
        return replace(resource, inputs={**resource.inputs, "requestModels": models})
    return resource


def _to_the_router(resource: Resource) -> Resource:
    """The gateway calls the router, whose name differs from the validator's."""
    if resource.kind != "apigateway.Integration":
        return resource
    uri = resource.text("uri").replace(names.validator(""), names.router(""))
    return replace(resource, inputs={**resource.inputs, "uri": uri})


def _mapping(graph: Graph) -> tuple[Resource, ...]:
    """The validator as a source of events for the router."""
    validator, router = (
        next(one for one in graph.of("lambda.Function") if one.at("handler") == names.HANDLERS[kind])
        for kind in ("validator", "router")
    )
    inputs = {"eventSourceArn": validator.given("arn"), "functionName": router.text("name"), "batchSize": 1}
    kind = "aws:lambda/eventSourceMapping:EventSourceMapping"
    return (
        Resource(
            type=kind,
            name="mapping",
            urn="hookline:infra:mapping",
            inputs=inputs,
            depends_on=(validator.urn, router.urn),
        ),
    )


def _set(inputs: dict[str, Any], **values: object) -> None:
    inputs.update(values)


def _any_path(inputs: dict[str, Any]) -> None:
    inputs["sourceArn"] = inputs["sourceArn"].partition("/")[0] + "/*/*/*"


def _to_a_url(inputs: dict[str, Any]) -> None:
    inputs["destinationConfig"] = {
        "onFailure": {"destination": "https://sqs.eu-west-1.amazonaws.com/123456789012/failures"}
    }


def _by_its_name(inputs: dict[str, Any]) -> None:
    inputs["redrivePolicy"] = json.loads(inputs["redrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]


MUTATIONS = [
    Mutation(
        name="mapping between the functions",
        row="a queue or stream between the functions",
        rule="no-mapping-between-functions",
        added=_mapping,
    ),
    Mutation(
        name="the gateway calls the router",
        row="the gateway calls the router",
        rule="gateway-integration",
        change=_to_the_router,
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="missing variable",
        row="the router is not named, or may not be asked",
        rule="function-variables",
        change=_of(
            "lambda.Function", "validator", lambda inputs: inputs["environment"]["variables"].pop(names.VAR_ROUTER)
        ),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="the router may not be asked",
        row="the router is not named, or may not be asked",
        rule="function-grants",
        change=_of("iam.RolePolicy", "validator", _grants(_does_not_allow("lambda:InvokeFunction"))),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="hyphen in the model's name",
        row="a hyphen in a model's name",
        rule="model-name",
        change=_with_hyphen,
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="missing model",
        row="a hyphen in a model's name",
        rule="model-name",
        change=_without("apigateway.Model"),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="deployment by the clock",
        row="a deployment that changes always, or never",
        rule="deployment-complete",
        change=_of("apigateway.Deployment", "", lambda inputs: _set(inputs, triggers={"at": "2026-11-28T20:33:06"})),
    ),
    Mutation(
        name="deployment without a trigger",
        row="a deployment that changes always, or never",
        rule="deployment-complete",
        change=_of("apigateway.Deployment", "", lambda inputs: inputs.pop("triggers")),
    ),
    Mutation(
        name="method left out of the deployment",
        row="a deployment that waits for nothing",
        rule="deployment-complete",
        change=_separate,
        left_out=frozenset({"apigateway.Method", "apigateway.Integration"}),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="permission removed",
        row="a permission for anything",
        rule="gateway-permission",
        change=_without("lambda.Permission"),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="permission for another path",
        row="a permission for anything",
        rule="gateway-permission",
        change=_of("lambda.Permission", "", lambda inputs: inputs.update(sourceArn=inputs["sourceArn"] + "s")),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="permission for every path",
        row="a permission for anything",
        rule="gateway-permission",
        change=_of("lambda.Permission", "", _any_path),
    ),
    Mutation(
        name="encryption not written out",
        row="encryption left to the default",
        rule="CKV_AWS_27",
        change=_of("sqs.Queue", "", lambda inputs: inputs.pop("sqsManagedSseEnabled")),
    ),
    Mutation(
        name="queues reached without TLS",
        row="plain HTTP",
        rule="queue-tls",
        change=_without("sqs.QueuePolicy"),
    ),
    Mutation(
        name="no on-failure destination",
        row="failures that vanish",
        rule="router-failure-destination",
        change=_of("lambda.FunctionEventInvokeConfig", "router", lambda inputs: inputs.pop("destinationConfig")),
        shown_by=A_FAILURE,
    ),
    Mutation(
        name="missing on-failure grant",
        row="failures that vanish",
        rule="failure-grant",
        change=_of("iam.RolePolicy", "router", _grants(_without_failure_queue)),
    ),
    Mutation(
        name="no dead-letter queue",
        row="no dead letters",
        rule="queue-dead-letters",
        change=_of("sqs.Queue", "payments-queue", lambda inputs: inputs.pop("redrivePolicy")),
        shown_by=A_DEAD_LETTER,
    ),
    Mutation(
        name="expiry off",
        row="a table that grows without end",
        rule="table-expiry",
        change=_of("dynamodb.Table", "", lambda inputs: inputs["ttl"].update(enabled=False)),
    ),
    Mutation(
        name="missing layer",
        row="a layer of its own for each function",
        rule="function-layer",
        change=_of("lambda.Function", "validator", lambda inputs: inputs.pop("layers")),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="time and memory not chosen",
        row="Lambda's own limits",
        rule="function-limits",
        change=_of("lambda.Function", "", lambda inputs: [inputs.pop(key) for key in ("timeout", "memorySize")]),
    ),
    Mutation(
        name="the gateway gives up first",
        row="Lambda's own limits",
        rule="gateway-integration",
        change=_of("apigateway.Integration", "", lambda inputs: _set(inputs, timeoutMilliseconds=5_000)),
    ),
    Mutation(
        name="the gateway waits for a minute",
        row="Lambda's own limits",
        rule="gateway-integration",
        change=_of("apigateway.Integration", "", lambda inputs: _set(inputs, timeoutMilliseconds=60_000)),
    ),
    Mutation(
        name="model that is no JSON",
        row="a hyphen in a model's name",
        rule="model-name",
        change=_of("apigateway.Model", "", lambda inputs: _set(inputs, schema="transaction.schema.json")),
        seen_by_plan='"schema" contains an invalid JSON',
    ),
    Mutation(
        name="permission for a path instead of an ARN",
        row="a permission for anything",
        rule="gateway-permission",
        change=_of("lambda.Permission", "", lambda inputs: _set(inputs, sourceArn="prod/POST/webhook")),
        seen_by_plan='"source_arn" (prod/POST/webhook) is an invalid ARN',
    ),
    Mutation(
        name="two ways of encryption",
        row="encryption left to the default",
        rule="CKV2_AWS_73",
        change=_of("sqs.Queue", "", lambda inputs: _set(inputs, kmsMasterKeyId="alias/aws/sqs")),
        seen_by_plan="conflicts with sqs_managed_sse_enabled",
    ),
    Mutation(
        name="policy that is no JSON",
        row="plain HTTP",
        rule="queue-tls",
        change=_of("sqs.QueuePolicy", "payments-queue", lambda inputs: _set(inputs, policy="TlsOnly")),
        seen_by_plan='"policy" contains an invalid JSON',
    ),
    Mutation(
        name="failures to a queue's URL",
        row="failures that vanish",
        rule="failure-grant",
        change=_of("lambda.FunctionEventInvokeConfig", "router", _to_a_url),
        seen_by_plan="is an invalid ARN",
    ),
    Mutation(
        name="dead letters by a queue's name",
        row="no dead letters",
        rule="queue-dead-letters",
        change=_of("sqs.Queue", "payments-queue", _by_its_name),
        seen_by_plan='"redrive_policy" contains an invalid JSON',
    ),
    Mutation(
        name="expiry by no attribute",
        row="a table that grows without end",
        rule="table-expiry",
        change=_of("dynamodb.Table", "events", lambda inputs: _set(inputs, ttl={"enabled": True, "attributeName": ""})),
        seen_by_plan="ttl[0].attribute_name",
    ),
    Mutation(
        name="layer by its name",
        row="a layer of its own for each function",
        rule="function-layer",
        change=_of("lambda.Function", "validator", lambda inputs: _set(inputs, layers=["webhook-dependencies-dev"])),
        seen_by_plan='"layers.0" (webhook-dependencies-dev) is an invalid ARN',
    ),
    Mutation(
        name="wrong queue ARN",
        rule="function-grants",
        change=_of("iam.RolePolicy", "router", _grants(_on_another_queue)),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="missing grant",
        rule="function-grants",
        change=_of("iam.RolePolicy", "validator", _grants(_does_not_allow("dynamodb:PutItem"))),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="wrong handler",
        rule="function-handlers",
        change=_of("lambda.Function", "router", lambda inputs: inputs.update(handler="hookline.router.handler")),
        shown_by=AN_EVENT,
    ),
    Mutation(
        name="wrong trust principal",
        rule="function-trust",
        change=_of("iam.Role", "router", _trust_everybody),
    ),
]
