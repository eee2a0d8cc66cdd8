"""Rules for the connections between the parts of a stack, which only the graph can show, because an emulator accepts faults."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.infra.policy.graph import at
from hookline.infra.policy.rule import on_graph, on_resource
from hookline.infra.policy.snap_start import called_arns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["CONNECTION_RULES", "VARIABLES", "holds_rejected"]

_FUNCTION = "lambda.Function"
_DIGEST = re.compile(r"[0-9a-f]{32,128}")
_DEADLINE_MILLISECONDS = 8000
"""The validator's own deadline; the gateway must wait longer, and Lambda even longer."""

VARIABLES: dict[str, dict[str, str]] = {
    "validator": {
        names.VAR_ENVIRONMENT: "",
        names.VAR_TABLE: "dynamodb.Table",
        names.VAR_BUCKET: "s3.Bucket",
        names.VAR_ROUTER: _FUNCTION,
    },
    "router": {
        names.VAR_ENVIRONMENT: "",
        names.VAR_TABLE: "dynamodb.Table",
        names.VAR_BUCKET: "s3.Bucket",
        names.VAR_QUEUE_URL_PREFIX: "sqs.Queue",
    },
    "recoverer": {
        names.VAR_ENVIRONMENT: "",
        names.VAR_TABLE: "dynamodb.Table",
        names.VAR_ROUTER: _FUNCTION,
    },
    "canary": {
        names.VAR_ENVIRONMENT: "",
        names.VAR_CANARY_URL: "",
        names.VAR_CANARY_QUEUE_URL: "sqs.Queue",
    },
}
"""The variables that each function cannot start without, and the kind of resource that each must name."""


@on_graph(
    "function-handlers",
    demands="each of hookline's handlers belongs to exactly one function, which is named after it",
)
def _handlers(graph: Graph) -> Faults:
    known = {handler: kind for kind, handler in names.HANDLERS.items()}
    taken: set[str] = set()
    for function in graph.of(_FUNCTION):
        kind = known.get(function.text("handler"))
        if kind is None or kind in taken or kind not in function.text("name"):
            yield function, f"set handler to the one of {', '.join(names.HANDLERS)} that its name says"
        taken.add(kind or "")
    for function in list(graph.of(_FUNCTION))[:1]:
        for kind in names.HANDLERS.keys() - names.OPTIONAL_HANDLERS - taken:
            yield function, f"add the function of the {kind}"


@on_graph("function-layer", demands="a function has the layer of this stack, for its own Python and processor")
def _layer(graph: Graph) -> Faults:
    for function in graph.of(_FUNCTION):
        found = (graph.called(arn, "lambda.LayerVersion") for arn in function.items("layers"))
        layers = [layer for layer in found if layer is not None]
        if not layers:
            yield function, "add the layer's ARN to layers"
        for layer in layers:
            if function.text("runtime") not in layer.items("compatibleRuntimes"):
                yield layer, f"build it for {function.text('runtime')}"
            if not set(function.items("architectures")) <= set(layer.items("compatibleArchitectures")):
                yield layer, "build it for the processor that the function runs on"


@on_graph("function-variables", demands="a function has every variable it reads, naming resources of this stack")
def _variables(graph: Graph) -> Faults:
    for function in graph.of(_FUNCTION):
        variables = function.mapping("environment", "variables")
        for kind, handler in names.HANDLERS.items():
            if function.at("handler") == handler:
                for variable, named in VARIABLES[kind].items():
                    if not variables.get(variable):
                        yield function, f"set {variable}"
                    elif named and not _names(graph, variables[variable], variable, named):
                        yield function, f"set {variable} to the name of this stack's {named}"
            if not function.text("name").endswith(f"-{variables.get(names.VAR_ENVIRONMENT, '')}"):
                yield function, f"set {names.VAR_ENVIRONMENT} to the environment in its name"


@on_resource(
    "function-metrics-logged",
    _FUNCTION,
    demands="no log level is set above INFO: metrics are log lines of that level, which Lambda would drop",
)
def _metrics_logged(function: Resource) -> Iterator[str]:
    if function.at("loggingConfig", "applicationLogLevel") not in (None, "TRACE", "DEBUG", "INFO"):
        yield "set logging_config.application_log_level to INFO"


@on_graph(
    "gateway-permission",
    demands="API Gateway may invoke the validator for each method's stage, verb and path, or for all below one path, and for nothing else",
)
def _permission(graph: Graph) -> Faults:
    api = next(graph.of("apigateway.RestApi"), None)
    execution = api.given("executionArn") if api else ""
    allowed: dict[str, Resource] = {}
    for permission in graph.of("lambda.Permission"):
        allowed[permission.text("sourceArn")] = permission
        if permission.at("principal") != "apigateway.amazonaws.com":
            yield permission, 'set principal to "apigateway.amazonaws.com"'
        if permission.at("action") != "lambda:InvokeFunction":
            yield permission, 'set action to "lambda:InvokeFunction"'
        function = graph.called(permission.at("function"), _FUNCTION)
        if function is None or function.at("handler") != names.HANDLERS["validator"]:
            yield permission, "set function to the validator"
    wanted = {
        f"{execution}/{names.STAGE}/{method.text('httpMethod')}{_path_of(graph, method)}": method
        for method in graph.of("apigateway.Method")
    }
    for arn, method in wanted.items():
        if not any(_stands_for(one, arn) for one in allowed):
            yield method, f"give the validator a Permission with source_arn {arn}"
    for one, permission in allowed.items():
        if not any(_stands_for(one, arn) for arn in wanted):
            yield permission, "set source_arn to a method of this stack's API"


def _stands_for(permitted: str, arn: str) -> bool:
    """Whether it is the method's ARN, or that of its path with ``*`` as the last part."""
    return permitted in (arn, f"{arn.rpartition('/')[0]}/*")


@on_graph(
    "gateway-integration",
    demands="each method passes the whole request to the validator, and waits longer than its deadline",
)
def _integration(graph: Graph) -> Faults:
    for method in graph.of("apigateway.Method"):
        found = [
            one
            for one in graph.of("apigateway.Integration")
            if one.at("resourceId") == method.at("resourceId") and one.at("httpMethod") == method.at("httpMethod")
        ]
        if not found:
            yield method, "give it an integration"
        for integration in found:
            yield from ((integration, fix) for fix in _integration_faults(graph, integration))


@on_graph(
    "deployment-complete",
    demands="a deployment waits for all that it serves, and a digest of that content makes the next one",
)
def _deployment(graph: Graph) -> Faults:
    served = list(
        graph.of(*(f"apigateway.{kind}" for kind in ("Method", "Integration", "Model", "RequestValidator", "Response")))
    )
    for deployment in graph.of("apigateway.Deployment"):
        triggers = deployment.mapping("triggers").values()
        if not triggers or not all(isinstance(text, str) and _DIGEST.fullmatch(text) for text in triggers):
            yield deployment, "set triggers to a digest of what it serves"
        for part in served:
            if part.urn and part.urn not in deployment.depends_on:
                yield deployment, f"let it depend on {part.address}"


@on_graph(
    "model-name",
    demands="a model is named only by letters and digits, its environment among them, and is used by that name",
)
def _model_name(graph: Graph) -> Faults:
    for model in graph.of("apigateway.Model"):
        if not re.fullmatch(r"[A-Za-z0-9]+", model.text("name")):
            yield model, "remove every other character from its name: the service refuses them"
        if not model.text("name").startswith(tuple(f"WebhookModel{word}" for word in _environments(graph))):
            yield (
                model,
                "begin its name with WebhookModel and the environment, so that environments can share an account",
            )
        if not _is_json(model.text("schema")):
            yield model, "make its schema JSON"
        if not any(model.is_called(name) for method in graph.of("apigateway.Method") for name in _models(method)):
            yield model, "map it to a content type of the method whose bodies it is for"
    for method in graph.of("apigateway.Method"):
        for name in _models(method):
            if graph.called(name, "apigateway.Model") is None:
                yield method, f"name a model of this stack instead of {name}"


@on_resource("table-expiry", "dynamodb.Table", demands="delivered events expire automatically")
def _expiry(table: Resource) -> Iterator[str]:
    if table.at("ttl", "enabled") is not True or table.at("ttl", "attributeName") != names.TTL_ATTRIBUTE:
        yield f"enable ttl on {names.TTL_ATTRIBUTE}"


@on_resource(
    "table-outbox", "dynamodb.Table", demands="a table has the outbox as a sparse index, and no key but its own"
)
def _outbox(table: Resource) -> Iterator[str]:
    if holds_rejected(table):
        return
    if table.at("hashKey") != names.TABLE_KEY or table.at("rangeKey") is not None:
        yield f"set hash_key to {names.TABLE_KEY}, and no range_key"
    yield from _index(table, names.OUTBOX_INDEX, (names.OUTBOX_PARTITION, names.OUTBOX_SORT), names.OUTBOX_PROJECTED)


@on_resource(
    "table-arrivals", "dynamodb.Table", demands="a table has an index of its events by the time of their receipt"
)
def _arrivals(table: Resource) -> Iterator[str]:
    if holds_rejected(table):
        return
    yield from _index(
        table, names.ARRIVALS_INDEX, (names.ARRIVALS_PARTITION, names.ARRIVALS_SORT), names.ARRIVALS_PROJECTED
    )


def holds_rejected(table: Resource) -> bool:
    """Whether a table is that of rejected requests, which strangers can fill, and not that of events."""
    return table.at("hashKey") == names.REJECTED_PARTITION


@on_resource(
    "rejected-bounded",
    "dynamodb.Table",
    demands="the table of rejected requests, which strangers can fill, has a known largest cost",
)
def _rejected(table: Resource) -> Iterator[str]:
    if not holds_rejected(table):
        return
    most = table.at("onDemandThroughput", "maxWriteRequestUnits")
    if not isinstance(most, int | float) or not 0 < most <= names.REJECTED_WRITES:
        yield f"set on_demand_throughput.max_write_request_units to {names.REJECTED_WRITES} or less"
    index = next((one for one in table.items("localSecondaryIndexes") if at(one, "name") == names.SHARES_INDEX), None)
    if table.at("rangeKey") != names.REJECTED_SORT or at(index, "rangeKey") != names.SHARES_SORT:
        yield f"set range_key to {names.REJECTED_SORT}, and give it the index {names.SHARES_INDEX} over {names.SHARES_SORT}"
    if at(index, "projectionType") != "INCLUDE" or _carried(index) != names.SHARES_PROJECTED:
        yield f"let that index contain only {', '.join(names.SHARES_PROJECTED)}: a role that may list requests may not read them"


def _index(table: Resource, name: str, keys: tuple[str, str], carried: tuple[str, ...]) -> Iterator[str]:
    index = next((one for one in table.items("globalSecondaryIndexes") if at(one, "name") == name), None)
    if _keys(index) != keys:
        yield f"give it the index {name} over {' and '.join(keys)}"
    if at(index, "projectionType") != "INCLUDE" or _carried(index) != carried:
        yield f"let that index contain only {', '.join(carried)}: each attribute is written twice"


@on_resource(
    "no-mapping-between-functions", "lambda.EventSourceMapping", demands="no function is the event source of another"
)
def _no_mapping(mapping: Resource) -> Iterator[str]:
    if ":function:" in mapping.text("eventSourceArn"):
        yield "remove it: the validator invokes the router itself"


CONNECTION_RULES: tuple[Rule, ...] = (
    _handlers,
    _layer,
    _variables,
    _metrics_logged,
    _permission,
    _integration,
    _deployment,
    _model_name,
    _expiry,
    _outbox,
    _arrivals,
    _rejected,
    _no_mapping,
)


def _path_of(graph: Graph, method: Resource) -> str:
    """The path of a method, from its resource up to the root."""
    parts: list[str] = []
    resource = graph.called(method.at("resourceId"), "apigateway.Resource")
    while resource is not None:
        parts.insert(0, resource.text("pathPart"))
        resource = graph.called(resource.at("parentId"), "apigateway.Resource")
    return "".join(f"/{part}" for part in parts) or "/"


def _names(graph: Graph, value: object, variable: str, kind: str) -> bool:
    """Whether ``value`` names a resource of this kind; for the router that function, and for queues' URLs any queue."""
    if variable == names.VAR_QUEUE_URL_PREFIX:
        return all(queue.given("url") == f"{value}{queue.text('name')}" for queue in graph.of(kind))
    found = graph.called(value, kind)
    if found is not None and variable == names.VAR_ROUTER:
        return found.at("handler") == names.HANDLERS["router"]
    return found is not None


def _environments(graph: Graph) -> set[str]:
    """The environment's name from the functions' variables, written as in a model's name."""
    found = {one.text("environment", "variables", names.VAR_ENVIRONMENT) for one in graph.of(_FUNCTION)}
    return {"".join(part.capitalize() for part in environment.split("-")) for environment in found}


def _models(method: Resource) -> Iterator[object]:
    return iter(method.mapping("requestModels").values())


def _integration_faults(graph: Graph, integration: Resource) -> Iterator[str]:
    validators = [one for one in graph.of(_FUNCTION) if one.at("handler") == names.HANDLERS["validator"]]
    if integration.at("type") != "AWS_PROXY" or integration.at("integrationHttpMethod") != "POST":
        yield 'set type to "AWS_PROXY" and integration_http_method to "POST"'
    if integration.text("uri") not in {arn for one in validators for arn in called_arns(graph, one) if arn}:
        yield "set uri to the invoke_arn of the validator, or of its alias where it has SnapStart"
    waits = integration.number("timeoutMilliseconds") or 0
    longest = min(((one.number("timeout") or 3) * 1000 for one in validators), default=0)
    if not _DEADLINE_MILLISECONDS < waits < longest:
        yield f"set timeout_milliseconds between the validator's deadline ({_DEADLINE_MILLISECONDS}) and its timeout"


def _keys(index: object) -> tuple[object, ...]:
    """The key attributes of an index, partition first."""
    schemas = at(index, "keySchemas")
    if isinstance(schemas, Sequence):
        by_type = {at(one, "keyType"): at(one, "attributeName") for one in schemas}
        return (by_type.get("HASH"), by_type.get("RANGE"))
    return (at(index, "hashKey"), at(index, "rangeKey"))


def _carried(index: object) -> tuple[object, ...]:
    """The attributes that an index has in addition to the keys."""
    carried = at(index, "nonKeyAttributes")
    return tuple(carried) if isinstance(carried, Sequence) else ()


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
