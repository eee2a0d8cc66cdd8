"""What AWS gives back is what was put: Terraform's AWS provider, and so Pulumi's, would otherwise find a change in every plan."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any  # Any: boto3's answers
from urllib.parse import urlencode

import botocore.parsers  # type: ignore[import-untyped] # botocore carries no types
import botocore.serialize  # type: ignore[import-untyped] # the same
import botocore.session  # type: ignore[import-untyped] # the same
import pytest

from emulator.functions import Api

if TYPE_CHECKING:
    from emulator.server import Emulator

SINGLE: dict[str, Any] = {
    "AlarmName": "single",
    "AlarmDescription": 'less < more & "quoted"',
    "ActionsEnabled": True,
    "OKActions": ["arn:aws:sns:us-east-1:123456789012:ok"],
    "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:a", "arn:aws:sns:us-east-1:123456789012:b"],
    "InsufficientDataActions": ["arn:aws:sns:us-east-1:123456789012:c"],
    "MetricName": "Age",
    "Namespace": "AWS/SQS",
    "ExtendedStatistic": "p99",
    "Dimensions": [{"Name": "QueueName", "Value": "q"}, {"Name": "Other", "Value": "o"}],
    "Period": 300,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 1.5,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
    "EvaluateLowSampleCountPercentile": "evaluate",
}
SEVERAL: dict[str, Any] = {
    "AlarmName": "several",
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "Metrics": [
        {"Id": "sum", "Expression": "SUM(METRICS())", "Label": "all", "ReturnData": True},
        {
            "Id": "errors",
            "ReturnData": False,
            "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 60, "Stat": "Sum"},
        },
    ],
}


def queried(aws: Emulator, name: str, call: dict[str, Any]) -> dict[str, Any]:
    """The answer of CloudWatch to a caller of the query protocol."""
    operation = botocore.session.get_session().get_service_model("cloudwatch").operation_model(name)
    form = botocore.serialize.create_serializer("query").serialize_to_request(call, operation)["body"]
    scope = f"AWS4-HMAC-SHA256 Credential={aws.account}/20260101/{aws.region}/monitoring/aws4_request, SignedHeaders=host, Signature=0"
    request = urllib.request.Request(  # noqa: S310 -- loopback
        f"{aws.endpoint}/", data=urlencode(form).encode(), headers={"Authorization": scope}
    )
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 -- the same
        answer = {"status_code": response.status, "headers": dict(response.headers), "body": response.read()}
    found: dict[str, Any] = botocore.parsers.create_parser("query").parse(answer, operation.output_shape)
    return found


@pytest.mark.parametrize("alarm", [SINGLE, SEVERAL], ids=["one metric", "several metrics"])
def test_an_alarm_is_described_with_all_that_was_put(aws: Emulator, alarm: dict[str, Any]) -> None:
    """An alarm over several metrics has no statistic and no period of its own."""
    queried(aws, "PutMetricAlarm", alarm)

    (found,) = queried(aws, "DescribeAlarms", {"AlarmNames": [alarm["AlarmName"]]})["MetricAlarms"]

    assert {key: found.get(key) for key in alarm} == alarm
    assert set(found) - set(alarm) <= {
        "ActionsEnabled",
        "AlarmArn",
        "StateValue",
        "StateReason",
        "StateUpdatedTimestamp",
        "AlarmConfigurationUpdatedTimestamp",
    }


def test_only_the_alarms_that_are_asked_for_are_described(aws: Emulator) -> None:
    """The test asks by name, and by both protocols."""
    for name in ("a", "b"):
        aws.client("cloudwatch").put_metric_alarm(**SINGLE | {"AlarmName": name})

    (found,) = queried(aws, "DescribeAlarms", {"AlarmNames": ["b"]})["MetricAlarms"]
    (same,) = aws.client("cloudwatch").describe_alarms(AlarmNames=["b"])["MetricAlarms"]

    assert (found["AlarmName"], found["AlarmArn"]) == ("b", same["AlarmArn"])
    assert found["Dimensions"] == SINGLE["Dimensions"]


def test_a_redrive_policy_comes_back_without_white_space(aws: Emulator) -> None:
    """A tool that compares text would change the queue each time."""
    sqs = aws.client("sqs")
    sqs.create_queue(QueueName="dead")
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:{aws.region}:{aws.account}:dead", "maxReceiveCount": 3}
    url = sqs.create_queue(QueueName="q", Attributes={"RedrivePolicy": json.dumps(policy, indent=1)})["QueueUrl"]

    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]

    assert found == {"RedrivePolicy": json.dumps(policy, separators=(",", ":"))}


def test_a_web_acl_keeps_its_bodies(aws: Emulator) -> None:
    """They are a part of what an update replaces."""
    waf = aws.client("wafv2")
    visible = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    settings = {"Name": "w", "Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "VisibilityConfig": visible}
    bodies = {"busy": {"ContentType": "TEXT_PLAIN", "Content": "later"}}
    made = waf.create_web_acl(**settings, CustomResponseBodies=bodies)["Summary"]
    place = {"Name": "w", "Scope": "REGIONAL", "Id": made["Id"]}

    before = waf.get_web_acl(**place)["WebACL"]
    waf.update_web_acl(**settings, Id=made["Id"], LockToken=made["LockToken"])
    after = waf.get_web_acl(**place)["WebACL"]

    assert (before["CustomResponseBodies"], after.get("CustomResponseBodies", {})) == (bodies, {})


@pytest.mark.parametrize("slash", ["~1", ""])
def test_the_settings_of_a_method_are_at_one_key(aws: Emulator, slash: str) -> None:
    """The key has the leading slash of its path, which a patch writes as ~1, and also the form without it."""
    api = Api(aws)
    api.add_method()
    api.deploy()
    gateway = aws.client("apigateway")
    stage = {"restApiId": api.id, "stageName": "prod"}
    limit = {"op": "replace", "path": f"/{slash}hook/POST/throttling/rateLimit", "value": "7"}

    before = gateway.update_stage(**stage, patchOperations=[limit])["methodSettings"]
    after = gateway.update_stage(**stage, patchOperations=[{"op": "remove", "path": f"/{slash}hook/POST"}])

    assert {key: settings["throttlingRateLimit"] for key, settings in before.items()} == {"hook/POST": 7.0}
    assert after["methodSettings"] == {}
