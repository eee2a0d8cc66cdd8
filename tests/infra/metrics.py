"""Every metric that an alarm or the dashboard may use, with the dimensions it is counted by: from the services' documentation.

hookline's telemetry reports its own, by environment, and refusals by their code too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.error_codes import CODES
from hookline.ports.telemetry import Metric

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.infra.policy.graph import Graph

__all__ = ["exists", "points_into"]

_BY_FUNCTION = ({"FunctionName"},)
_BY_QUEUE = ({"QueueName"},)
# By method too only where the stage's settings ask for detailed metrics, which cost as custom ones: hookline's do not.
_BY_STAGE = ({"ApiName", "Stage"}, {"ApiName"})
_BY_TABLE = ({"TableName"}, {"TableName", "GlobalSecondaryIndexName"})

KNOWN: dict[str, dict[str, tuple[set[str], ...]]] = {
    "AWS/ApiGateway": dict.fromkeys(("Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"), _BY_STAGE),
    "AWS/DynamoDB": {
        **dict.fromkeys(
            (
                "ConsumedReadCapacityUnits",
                "ConsumedWriteCapacityUnits",
                "ReadThrottleEvents",
                "WriteThrottleEvents",
            ),
            _BY_TABLE,
        ),
        "SystemErrors": ({"TableName", "Operation"},),
    },
    "AWS/Lambda": dict.fromkeys(
        (
            "AsyncEventAge",
            "AsyncEventsDropped",
            "DestinationDeliveryFailures",
            "Duration",
            "Errors",
            "Invocations",
            "Throttles",
        ),
        _BY_FUNCTION,
    ),
    "AWS/Logs": {"IncomingBytes": ({"LogGroupName"},)},
    "AWS/Scheduler": dict.fromkeys(
        ("InvocationDroppedCount", "TargetErrorCount", "TargetErrorThrottledCount"), ({"ScheduleGroup"},)
    ),
    "AWS/SQS": dict.fromkeys(
        (
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
            "NumberOfMessagesSent",
        ),
        _BY_QUEUE,
    ),
    names.METRIC_NAMESPACE: {
        **{metric.value: ({"Environment"},) for metric in Metric},
        **{
            metric.value: ({"Environment"}, {"Environment", names.BY_SOURCE})
            for metric in (Metric.ACCEPTED, Metric.DUPLICATE)
        },
        Metric.REJECTED.value: ({"Environment"}, {"Environment", names.BY_SOURCE}, {"Environment", names.BY_CODE}),
    },
}

_KIND = {
    "ApiName": "apigateway.RestApi",
    "FunctionName": "lambda.Function",
    "LogGroupName": "cloudwatch.LogGroup",
    "QueueName": "sqs.Queue",
    "ScheduleGroup": "scheduler.ScheduleGroup",
    "TableName": "dynamodb.Table",
}
"""The kind of resource whose physical name each dimension holds."""


def exists(namespace: str, metric: str, dimensions: Mapping[str, str]) -> bool:
    """Whether a service counts ``metric`` by exactly these dimensions."""
    return set(dimensions) in KNOWN.get(namespace, {}).get(metric, ())


def points_into(graph: Graph, dimensions: Mapping[str, str]) -> bool:
    """Whether every dimension names something that ``graph`` declares."""
    return all(_is_declared(graph, key, value) for key, value in dimensions.items())


def _is_declared(graph: Graph, key: str, value: str) -> bool:
    if key in _KIND:
        return graph.called(value, _KIND[key]) is not None
    if key == "Stage":
        return any(stage.text("stageName") == value for stage in graph.of("apigateway.Stage"))
    if key == "GlobalSecondaryIndexName":
        indexes = (index for table in graph.of("dynamodb.Table") for index in table.items("globalSecondaryIndexes"))
        return any(isinstance(index, dict) and index["name"] == value for index in indexes)
    if key == "Environment":
        functions = graph.of("lambda.Function")
        return all(one.text("environment", "variables", names.VAR_ENVIRONMENT) == value for one in functions)
    return value in {"Operation": _OPERATIONS, names.BY_CODE: CODES}.get(key, ())


_OPERATIONS = ("PutItem", "UpdateItem", "GetItem", "BatchGetItem", "Query", "TransactWriteItems")
