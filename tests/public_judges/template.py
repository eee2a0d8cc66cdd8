"""A graph as a template of CloudFormation, which is what cfn-lint reads.

CloudFormation calls most properties as the API does, so that a template is made of the requests by which the resources would be created.
What it calls otherwise, or does not have, is in one table. A request that is not in the table is not in the template.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from infra.requests import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from hookline.infra.policy.graph import Graph, Resource

__all__ = ["TYPES", "named", "template"]

Json: TypeAlias = "dict[str, Any]"  # of any shape
_ARCHIVE = {"S3Bucket": "archives", "S3Key": "archive.zip"}
_TEXT_OF_JSON = frozenset({"AssumeRolePolicyDocument", "KeyPolicy", "PolicyDocument", "RedrivePolicy", "Schema"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    """A type of CloudFormation: the parameters that it calls otherwise (None: does not have), and the properties that it adds."""

    name: str
    called: Mapping[str, str | None] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)  # of any shape


TYPES: Mapping[tuple[str, str], _Type] = {
    ("apigateway", "CreateDeployment"): _Type(name="AWS::ApiGateway::Deployment"),
    ("apigateway", "CreateModel"): _Type(name="AWS::ApiGateway::Model"),
    ("apigateway", "CreateRequestValidator"): _Type(name="AWS::ApiGateway::RequestValidator"),
    ("apigateway", "CreateResource"): _Type(name="AWS::ApiGateway::Resource"),
    ("apigateway", "CreateRestApi"): _Type(name="AWS::ApiGateway::RestApi"),
    ("apigateway", "CreateStage"): _Type(name="AWS::ApiGateway::Stage"),
    ("apigateway", "PutGatewayResponse"): _Type(name="AWS::ApiGateway::GatewayResponse"),
    ("apigateway", "PutMethod"): _Type(name="AWS::ApiGateway::Method"),
    ("cloudwatch", "PutCompositeAlarm"): _Type(name="AWS::CloudWatch::CompositeAlarm"),
    ("cloudwatch", "PutDashboard"): _Type(name="AWS::CloudWatch::Dashboard"),
    ("cloudwatch", "PutMetricAlarm"): _Type(name="AWS::CloudWatch::Alarm"),
    ("dynamodb", "CreateTable"): _Type(name="AWS::DynamoDB::Table"),
    ("iam", "CreatePolicy"): _Type(name="AWS::IAM::ManagedPolicy", called={"PolicyName": "ManagedPolicyName"}),
    ("iam", "CreateRole"): _Type(name="AWS::IAM::Role"),
    ("iam", "PutRolePolicy"): _Type(name="AWS::IAM::RolePolicy"),
    ("kms", "CreateAlias"): _Type(name="AWS::KMS::Alias"),
    ("kms", "CreateKey"): _Type(name="AWS::KMS::Key", called={"Policy": "KeyPolicy"}),
    ("lambda", "AddPermission"): _Type(name="AWS::Lambda::Permission", called={"Qualifier": None, "StatementId": None}),
    ("lambda", "CreateAlias"): _Type(name="AWS::Lambda::Alias"),
    ("lambda", "CreateFunction"): _Type(
        name="AWS::Lambda::Function", called={"KMSKeyArn": "KmsKeyArn", "Publish": None}, extra={"Code": _ARCHIVE}
    ),
    ("lambda", "PublishLayerVersion"): _Type(name="AWS::Lambda::LayerVersion", extra={"Content": _ARCHIVE}),
    ("lambda", "PutFunctionEventInvokeConfig"): _Type(
        name="AWS::Lambda::EventInvokeConfig", extra={"Qualifier": "$LATEST"}
    ),
    ("logs", "CreateLogGroup"): _Type(name="AWS::Logs::LogGroup"),
    ("scheduler", "CreateSchedule"): _Type(name="AWS::Scheduler::Schedule"),
    ("scheduler", "CreateScheduleGroup"): _Type(name="AWS::Scheduler::ScheduleGroup"),
    ("sns", "CreateTopic"): _Type(name="AWS::SNS::Topic", called={"Name": "TopicName"}),
    ("sns", "Subscribe"): _Type(name="AWS::SNS::Subscription", called={"ReturnSubscriptionArn": None}),
    ("sqs", "CreateQueue"): _Type(name="AWS::SQS::Queue"),
    ("wafv2", "AssociateWebACL"): _Type(name="AWS::WAFv2::WebACLAssociation"),
    ("wafv2", "CreateWebACL"): _Type(name="AWS::WAFv2::WebACL"),
}


def named(resource: Resource) -> str:
    """The resource's name in the template: letters and digits only."""
    return "".join(letter if letter.isalnum() else f"0{ord(letter):x}" for letter in resource.address)


def template(graph: Graph) -> Json:
    """The template of all in ``graph`` that the table knows."""
    made = {name: body for resource in graph.resources for name, body in _resources(resource)}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": made}


def _resources(resource: Resource) -> Iterator[tuple[str, Json]]:
    if not resource.type.startswith("aws:"):
        return
    for service, operation, params in requests(resource):
        if (service, operation) in TYPES:
            of = TYPES[service, operation]
            yield named(resource), {"Type": of.name, "Properties": _properties(of, params)}
            if params.get("Publish"):
                yield f"{named(resource)}Version", _version(named(resource))


def _version(function: str) -> Json:
    """The property of CloudFormation that replaces a parameter."""
    return {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": function}}}


def _properties(of: _Type, params: Mapping[str, Any]) -> Json:
    flat = {**params, **params.get("Attributes", {})}
    found: Json = {}
    for key, value in flat.items():
        name = of.called.get(key, key[:1].upper() + key[1:])
        if name not in (None, "Attributes", "Tags"):
            found[name] = json.loads(value) if name in _TEXT_OF_JSON else _SHAPED.get(name, _same)(value)
    return found | dict(of.extra)


def _same(value: Any) -> Any:  # of any shape
    return value


def _encryption(value: Json) -> Json:
    return {"SSEEnabled": value["Enabled"]} | (
        {"SSEType": "KMS", "KMSMasterKeyId": value["KMSMasterKeyId"]} if "KMSMasterKeyId" in value else {}
    )


_SHAPED: Mapping[str, Callable[[Any], Any]] = {
    "EndpointConfiguration": lambda value: {"Types": value["types"]},
    "SSESpecification": _encryption,
}
"""Properties whose parts have other names in CloudFormation."""
