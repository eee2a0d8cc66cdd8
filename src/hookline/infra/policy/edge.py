"""Rules for API Gateway: it logs JSON, validates bodies, and throttles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hookline.infra.policy.graph import at
from hookline.infra.policy.rule import Option, on_graph, on_resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["EDGE_RULES"]

_STAGE = "apigateway.Stage"
_SETTINGS = "apigateway.MethodSettings"
_MODEL_TYPES = frozenset({"application/json", "$default"})
_KNOWN_BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"


@on_resource(
    "stage-structured-logs",
    _STAGE,
    demands="access log lines are JSON objects",
    sources=("serverless APIGWStructuredLogging",),
)
def _structured_logs(stage: Resource) -> Iterator[str]:
    try:
        line = json.loads(stage.text("accessLogSettings", "format"))
    except ValueError:
        line = None
    if not isinstance(line, dict) or not line:
        yield "make access_log_settings.format a JSON object"


@on_graph(
    "method-request-validation",
    demands="a validator checks every body, with a model for every content type: without $default any other type skips the check",
    sources=("AwsSolutions-APIG2", "CKV2_AWS_53"),
)
def _request_validation(graph: Graph) -> Faults:
    for method in graph.of("apigateway.Method"):
        validator = graph.called(method.at("requestValidatorId"), "apigateway.RequestValidator")
        if validator is None or validator.at("validateRequestBody") is not True:
            yield method, "give it a request validator that validates the body"
        models = method.mapping("requestModels")
        if models and not models.keys() >= _MODEL_TYPES:
            yield method, "map its model to application/json and to $default"


@on_graph(
    "stage-execution-logs",
    demands="errors of every method are recorded",
    sources=("AwsSolutions-APIG6", "FSBP APIGateway.1"),
)
def _execution_logs(graph: Graph) -> Faults:
    for stage in graph.of(_STAGE):
        settings = _settings_of_all_methods(graph, stage)
        if at(settings, "loggingLevel") not in ("ERROR", "INFO"):
            yield stage, 'give it MethodSettings for "*/*" with logging_level ERROR'


@on_graph(
    "stage-throttling",
    demands="a stage accepts a stated number of requests a second",
    sources=("serverless APIGWDefaultThrottling",),
)
def _throttling(graph: Graph) -> Faults:
    for stage in graph.of(_STAGE):
        settings = _settings_of_all_methods(graph, stage)
        limits = [at(settings, key) for key in ("throttlingRateLimit", "throttlingBurstLimit")]
        if not all(isinstance(limit, int | float) and limit > 0 for limit in limits):
            yield stage, 'give it MethodSettings for "*/*" with throttling_rate_limit and throttling_burst_limit'


@on_resource(
    "gateway-replaced-in-place",
    "apigateway.RestApi",
    "apigateway.Deployment",
    _STAGE,
    demands="the next one exists before the last one is deleted",
    sources=("CKV_AWS_237", "CKV_AWS_217"),
)
def _replaced_in_place(resource: Resource) -> Iterator[str]:
    if resource.delete_before_replace:
        yield "remove delete_before_replace"


@on_graph(
    "stage-firewall",
    demands="a web ACL with AWS's list of known bad inputs protects a stage",
    sources=("AwsSolutions-APIG3", "FSBP APIGateway.4", "CKV2_AWS_29", "CKV_AWS_192"),
    option=Option.WAF,
)
def _firewall(graph: Graph) -> Faults:
    for stage in graph.of(_STAGE):
        guards = [link for link in graph.of("wafv2.WebAclAssociation") if stage.is_called(link.at("resourceArn"))]
        lists = [graph.called(link.at("webAclArn"), "wafv2.WebAcl") for link in guards]
        if not lists:
            yield stage, "associate a wafv2.WebAcl with its ARN"
        for acl in lists:
            if acl is None or not _knows_bad_inputs(acl):
                yield stage, f"give its web ACL the managed rule group {_KNOWN_BAD_INPUTS}"


EDGE_RULES: tuple[Rule, ...] = (
    _structured_logs,
    _request_validation,
    _execution_logs,
    _throttling,
    _replaced_in_place,
    _firewall,
)


def _settings_of_all_methods(graph: Graph, stage: Resource) -> Mapping[str, object]:
    """The settings that hold for all methods of ``stage``; empty where there are none."""
    for settings in graph.of(_SETTINGS):
        if settings.at("stageName") == stage.at("stageName") and settings.at("methodPath") == "*/*":
            return settings.mapping("settings")
    return {}


def _knows_bad_inputs(acl: Resource) -> bool:
    groups = (at(rule, "statement", "managedRuleGroupStatement", "name") for rule in acl.items("rules"))
    return _KNOWN_BAD_INPUTS in groups
