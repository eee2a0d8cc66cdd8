"""What API Gateway must be: it logs, validates, throttles, and caches nothing in the clear."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hookline.infra.policy.graph import at
from hookline.infra.policy.rule import Option, needs_input, on_graph, on_resource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["EDGE_RULES"]

_STAGE = "apigateway.Stage"
_SETTINGS = "apigateway.MethodSettings"
_MODEL_TYPES = frozenset({"application/json", "$default"})
_KNOWN_BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
_MODERN_TLS = ("TLS_1_2", "SecurityPolicy_TLS12_", "SecurityPolicy_TLS13_")


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
    demands="a validator judges every body, and a model holds whatever the content type: without $default any other type skips it",
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
    demands="a stage takes a stated number of requests a second",
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
    demands="the next one stands before the last one goes",
    sources=("CKV_AWS_237", "CKV_AWS_217"),
)
def _replaced_in_place(resource: Resource) -> Iterator[str]:
    if resource.delete_before_replace:
        yield "leave delete_before_replace away"


@on_resource(
    "domain-modern-tls",
    "apigateway.DomainName",
    demands="a domain of one's own speaks TLS 1.2 or later",
    sources=("CKV_AWS_206",),
)
def _modern_tls(domain: Resource) -> Iterator[str]:
    if not domain.text("securityPolicy").startswith(_MODERN_TLS):
        yield "set security_policy to TLS_1_2 or one of the SecurityPolicy_TLS13 policies"


@on_graph(
    "stage-firewall",
    demands="a web ACL with AWS's list of known bad inputs stands before a stage",
    sources=("AwsSolutions-APIG3", "FSBP APIGateway.4", "CKV2_AWS_29", "CKV2_AWS_77"),
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
    needs_input(
        "stage-access-logs",
        _STAGE,
        "accessLogSettings.destinationArn",
        demands="every request that reaches a stage is logged",
        sources=("AwsSolutions-APIG1", "CKV_AWS_76", "serverless APIGWAccessLogging"),
        fix="name a log group in access_log_settings.destination_arn",
    ),
    _structured_logs,
    needs_input(
        "stage-tracing",
        _STAGE,
        "xrayTracingEnabled",
        value=True,
        demands="X-Ray traces a stage's requests",
        sources=("FSBP APIGateway.3", "CKV_AWS_73", "serverless APIGWXrayEnabled"),
        fix="set xray_tracing_enabled",
    ),
    _request_validation,
    _execution_logs,
    _throttling,
    needs_input(
        "method-no-data-trace",
        _SETTINGS,
        "settings.dataTraceEnabled",
        value=False,
        demands="bodies and headers are never written to the execution log",
        sources=("CKV_AWS_276",),
        fix="set data_trace_enabled to False",
    ),
    needs_input(
        "method-cache-encrypted",
        _SETTINGS,
        "settings.cacheDataEncrypted",
        value=True,
        demands="what a cache would hold is encrypted, should anyone turn it on",
        sources=("FSBP APIGateway.5", "CKV_AWS_308"),
        fix="set cache_data_encrypted",
    ),
    _replaced_in_place,
    _modern_tls,
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
