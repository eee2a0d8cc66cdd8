"""Rules for functions: limited, traced, logged, and invoked only by named resources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.infra.policy.rule import needs_input, on_graph, on_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["COMPUTE_RULES"]

_FUNCTION = "lambda.Function"
_VISIBILITY_FACTOR = 6
_ONE_SOURCE = re.compile(r"[^*?]+|[^*?/]+(?:/[^*?/]+){3,}/\*")
"""An ARN without wildcards, or one of API Gateway's that names API, stage, verb and a part of the path before its last ``*``."""
_SECRET_VALUE = re.compile(r"whsec_|sk_(?:live|test)_|(?:AKIA|ASIA)[0-9A-Z]{16}|-----BEGIN ")
_SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|PRIVATE_?KEY|API_?KEY", re.IGNORECASE)


@on_resource(
    "permission-scoped",
    "lambda.Permission",
    demands="a service invokes a function only for one resource of one account",
    sources=("CKV_AWS_364", "cfn-lint W3663"),
)
def _scoped(permission: Resource) -> Iterator[str]:
    if permission.text("principal").endswith(".amazonaws.com"):
        if not _ONE_SOURCE.fullmatch(permission.text("sourceArn")):
            yield "set source_arn to the one resource that calls, or to all paths of one API below a stage, verb and path"
        if not re.fullmatch(r"\d{12}", permission.text("sourceAccount")):
            yield "set source_account"


@on_resource(
    "function-limits",
    _FUNCTION,
    demands="memory and timeout are chosen, not AWS's 128 MB and 3 s",
    sources=("serverless LambdaDefaultMemorySize", "serverless LambdaDefaultTimeout"),
)
def _limits(function: Resource) -> Iterator[str]:
    for key, written in (("memorySize", "memory_size"), ("timeout", "timeout")):
        if function.number(key) is None:
            yield f"set {written}"


@on_graph(
    "router-failure-destination",
    demands="failed invocations of the router are kept, after stated retries and a stated age",
    sources=("serverless LambdaAsyncFailureDestination",),
)
def _failure_destination(graph: Graph) -> Faults:
    for router in graph.of(_FUNCTION):
        if router.text("handler") != names.HANDLERS["router"]:
            continue
        configs = [
            config
            for config in graph.of("lambda.FunctionEventInvokeConfig")
            if router.is_called(config.at("functionName"))
        ]
        if not any(config.text("destinationConfig", "onFailure", "destination") for config in configs):
            yield router, "give it a FunctionEventInvokeConfig with an on_failure destination"
        for config in configs:
            if config.number("maximumRetryAttempts") is None or config.number("maximumEventAgeInSeconds") is None:
                yield router, "set maximum_retry_attempts and maximum_event_age_in_seconds"


@on_graph(
    "mapping-visibility",
    demands=f"a queue hides a message for {_VISIBILITY_FACTOR} times as long as the function that takes it may run",
    sources=("serverless LambdaEventSourceSQSVisibilityTimeout", "cfn-lint E3505"),
)
def _mapping_visibility(graph: Graph) -> Faults:
    for mapping in graph.of("lambda.EventSourceMapping"):
        queue = graph.called(mapping.at("eventSourceArn"), "sqs.Queue")
        function = graph.called(mapping.at("functionName"), _FUNCTION)
        if queue and function:
            needed = _VISIBILITY_FACTOR * (function.number("timeout") or 3)
            if (queue.number("visibilityTimeoutSeconds") or 30) < needed:
                yield queue, f"set visibility_timeout_seconds to {needed:.0f} or more"


@on_resource(
    "function-log-config",
    _FUNCTION,
    demands="a function logs JSON to a log group that was made for it",
    sources=("serverless LambdaLogging", "cfn-lint E3696"),
)
def _log_config(function: Resource) -> Iterator[str]:
    if function.at("loggingConfig", "logFormat") != "JSON":
        yield 'set logging_config.log_format to "JSON"'
    if not function.text("loggingConfig", "logGroup"):
        yield "name its log group in logging_config.log_group"


@on_resource(
    "function-no-secrets",
    _FUNCTION,
    demands="no environment variable holds a secret",
    sources=("CKV_AWS_45",),
)
def _no_secrets(function: Resource) -> Iterator[str]:
    for name, value in function.mapping("environment", "variables").items():
        if _SECRET_NAME.search(name) or (isinstance(value, str) and _SECRET_VALUE.search(value)):
            yield f"read {name} from a parameter at run time instead"


COMPUTE_RULES: tuple[Rule, ...] = (
    _scoped,
    needs_input(
        "function-tracing",
        _FUNCTION,
        "tracingConfig.mode",
        value="Active",
        demands="X-Ray traces a function's invocations",
        sources=("CKV_AWS_50", "serverless LambdaTracing", "Security Hub Lambda.7"),
        fix='set tracing_config.mode to "Active"',
    ),
    _limits,
    _failure_destination,
    _mapping_visibility,
    _log_config,
    _no_secrets,
)
