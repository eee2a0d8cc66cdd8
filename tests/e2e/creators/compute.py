"""Functions, what they are made of, who may invoke them, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from e2e.creators.creator import upper
from e2e.inputs import archive_bytes

if TYPE_CHECKING:
    from e2e.creators.creator import Aws, Made
    from e2e.inputs import Inputs

__all__ = ["CREATORS"]

_ACTIVE = {"Delay": 0.05, "MaxAttempts": 200}


def _layer(aws: Aws, given: Inputs) -> Made:
    made = aws.client("lambda").publish_layer_version(
        LayerName=given.need("layerName"),
        Content={"ZipFile": archive_bytes(given.need("code"))},
        **given.pick(
            compatibleArchitectures="CompatibleArchitectures",
            compatibleRuntimes="CompatibleRuntimes",
            description="Description",
        ),
    )
    outputs = {"arn": made["LayerVersionArn"], "layerArn": made["LayerArn"], "version": str(made["Version"])}
    return made["LayerVersionArn"], outputs


def _function(aws: Aws, given: Inputs) -> Made:
    name, functions = given.need("name"), aws.client("lambda")
    parts = {
        "Environment": "environment",
        "LoggingConfig": "loggingConfig",
        "SnapStart": "snapStart",
        "TracingConfig": "tracingConfig",
    }
    concurrency, publish = given.take("reservedConcurrentExecutions"), given.take("publish", False)
    made = functions.create_function(
        FunctionName=name,
        Code={"ZipFile": archive_bytes(given.need("code"))},
        Tags=given.take("tags") or {},
        Publish=publish,
        **{there: _part(there, given.take(here)) for there, here in parts.items() if here in given},
        **given.pick(
            architectures="Architectures",
            description="Description",
            handler="Handler",
            kmsKeyArn="KMSKeyArn",
            layers="Layers",
            memorySize="MemorySize",
            role="Role",
            runtime="Runtime",
            timeout="Timeout",
        ),
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=_ACTIVE)
    version = made["Version"] if publish else "$LATEST"
    if publish:  # as the provider does, which continues when the snapshot is there
        functions.get_waiter("published_version_active").wait(
            FunctionName=name, Qualifier=version, WaiterConfig=_ACTIVE
        )
    if concurrency is not None:
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=concurrency)
    arn = made["FunctionArn"].removesuffix(f":{version}")
    outputs = {"name": name, "arn": arn, "version": version, "codeSha256": made["CodeSha256"]}
    return name, outputs | {"invokeArn": _invoke_arn(aws, arn)}


def _invoke_arn(aws: Aws, arn: str) -> str:
    """The name under which API Gateway calls a function or an alias."""
    return f"arn:aws:apigateway:{aws.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _alias(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    made = aws.client("lambda").create_alias(
        FunctionName=given.need("functionName"),
        Name=name,
        FunctionVersion=given.need("functionVersion"),
        **given.pick(description="Description"),
    )
    return name, {"name": name, "arn": made["AliasArn"], "invokeArn": _invoke_arn(aws, made["AliasArn"])}


def _part(name: str, value: dict[str, Any]) -> dict[str, Any]:  # boto3's parameters
    """Variables keep their names; everything else has a capital."""
    return {"Variables": value["variables"]} if name == "Environment" else dict(upper(value))


def _permission(aws: Aws, given: Inputs) -> Made:
    statement = given.need("statementId")
    aws.client("lambda").add_permission(
        FunctionName=given.need("function"),
        StatementId=statement,
        Action=given.need("action"),
        Principal=given.need("principal"),
        **given.pick(qualifier="Qualifier", sourceArn="SourceArn", sourceAccount="SourceAccount"),
    )
    return statement, {"statementId": statement}


def _event_invoke_config(aws: Aws, given: Inputs) -> Made:
    function = given.need("functionName")
    destinations = {"DestinationConfig": upper(given.take("destinationConfig"))} if "destinationConfig" in given else {}
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=function,
        **destinations,
        **given.pick(maximumEventAgeInSeconds="MaximumEventAgeInSeconds", maximumRetryAttempts="MaximumRetryAttempts"),
    )
    return function, {}


def _recursion_config(aws: Aws, given: Inputs) -> Made:
    function = given.need("functionName")
    aws.client("lambda").put_function_recursion_config(FunctionName=function, RecursiveLoop=given.need("recursiveLoop"))
    return function, {}


def _schedule_group(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    made = aws.client("scheduler").create_schedule_group(Name=name, Tags=given.tags())
    return name, {"name": name, "arn": made["ScheduleGroupArn"]}


def _schedule(aws: Aws, given: Inputs) -> Made:
    name, group = given.need("name"), given.take("groupName", "default")
    made = aws.client("scheduler").create_schedule(
        GroupName=group,
        Name=name,
        ScheduleExpression=given.need("scheduleExpression"),
        FlexibleTimeWindow=upper(given.need("flexibleTimeWindow")),
        Target=upper(given.need("target")),
        **given.pick(description="Description", kmsKeyArn="KmsKeyArn", state="State"),
    )
    return f"{group}/{name}", {"name": name, "arn": made["ScheduleArn"]}


CREATORS = {
    "aws:lambda/alias:Alias": _alias,
    "aws:lambda/function:Function": _function,
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": _event_invoke_config,
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig": _recursion_config,
    "aws:lambda/layerVersion:LayerVersion": _layer,
    "aws:lambda/permission:Permission": _permission,
    "aws:scheduler/schedule:Schedule": _schedule,
    "aws:scheduler/scheduleGroup:ScheduleGroup": _schedule_group,
}
