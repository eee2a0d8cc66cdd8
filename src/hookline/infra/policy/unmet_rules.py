"""Vendors' rules that hookline does not meet. Each is judged all the same, so that its suppression covers no more than it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.infra.policy.rule import needs_input, on_graph, on_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["UNMET_RULES"]

_FUNCTION = "lambda.Function"
_YEAR = 365


@on_resource(
    "method-authorization",
    "apigateway.Method",
    demands="API Gateway itself checks who calls",
    sources=("AwsSolutions-APIG4", "CKV_AWS_59", "CKV2_AWS_70"),
)
def _authorization(method: Resource) -> Iterator[str]:
    if method.at("authorization") == "NONE" and method.at("apiKeyRequired") is not True:
        yield "give it an authorizer or an API key"


@on_graph(
    "table-backup-plan",
    demands="AWS Backup keeps copies of a table",
    sources=("serverless DynamoDBInBackupPlan", "FSBP DynamoDB.4"),
)
def _backup_plan(graph: Graph) -> Faults:
    if not any(graph.of("backup.Selection")):
        for table in graph.of("dynamodb.Table"):
            yield table, "select it in a backup plan"


@on_resource(
    "topic-delivery-status",
    "sns.Topic",
    demands="SNS logs every delivery",
    sources=("FSBP SNS.2",),
)
def _delivery_status(topic: Resource) -> Iterator[str]:
    if not any(key.endswith("FailureFeedbackRoleArn") for key in topic.inputs):
        yield "set a failure feedback role"


@on_resource(
    "log-year",
    "cloudwatch.LogGroup",
    demands="logs are kept for a year",
    sources=("CKV_AWS_338", "Security Hub CloudWatch.16"),
)
def _log_year(group: Resource) -> Iterator[str]:
    if (group.number("retentionInDays") or 0) < _YEAR:
        yield f"set retention_in_days to {_YEAR} or more"


@on_graph(
    "secret-rotation",
    demands="AWS changes a secret every so often",
    sources=("AwsSolutions-SMG4", "CKV2_AWS_57", "CKV_AWS_304", "FSBP SecretsManager.1, SecretsManager.4"),
)
def _secret_rotation(graph: Graph) -> Faults:
    for secret in graph.of("secretsmanager.Secret"):
        if not any(secret.is_called(one.at("secretId")) for one in graph.of("secretsmanager.SecretRotation")):
            yield secret, "give it a SecretRotation"


def _beside_bucket(name: str, kind: str, *, demands: str, sources: tuple[str, ...]) -> Rule:
    """A rule that every bucket has a resource of ``kind``."""

    def find(graph: Graph) -> Faults:
        for bucket in graph.of("s3.Bucket"):
            if not any(bucket.is_called(one.at("bucket")) for one in graph.of(kind)):
                yield bucket, f"give it a {kind.removeprefix('s3.')}"

    return on_graph(name, demands=demands, sources=sources)(find)


UNMET_RULES: tuple[Rule, ...] = (
    _authorization,
    needs_input(
        "method-metrics",
        "apigateway.MethodSettings",
        "settings.metricsEnabled",
        value=True,
        demands="API Gateway counts every method by itself",
        sources=("CKV2_AWS_4",),
        fix="set settings.metrics_enabled",
    ),
    needs_input(
        "stage-client-certificate",
        "apigateway.Stage",
        "clientCertificateId",
        demands="API Gateway shows a certificate to its backend",
        sources=("FSBP APIGateway.2", "CKV2_AWS_51"),
        fix="set client_certificate_id",
    ),
    needs_input(
        "stage-cache",
        "apigateway.Stage",
        "cacheClusterEnabled",
        value=True,
        demands="API Gateway keeps answers for a while",
        sources=("CKV_AWS_120", "CKV_AWS_225"),
        fix="set cache_cluster_enabled",
    ),
    needs_input(
        "function-in-network",
        _FUNCTION,
        "vpcConfig",
        demands="a function runs inside a VPC",
        sources=("CKV_AWS_117", "serverless LambdaInsideVPC", "FSBP Lambda.5"),
        fix="set vpc_config",
    ),
    needs_input(
        "function-dead-letters",
        _FUNCTION,
        "deadLetterConfig.targetArn",
        demands="a function has a dead-letter queue of its own",
        sources=("CKV_AWS_116", "serverless LambdaDLQ"),
        fix="set dead_letter_config.target_arn",
    ),
    needs_input(
        "function-signed",
        _FUNCTION,
        "codeSigningConfigArn",
        demands="a function's code is signed",
        sources=("CKV_AWS_272",),
        fix="set code_signing_config_arn",
    ),
    needs_input(
        "mapping-failure-destination",
        "lambda.EventSourceMapping",
        "destinationConfig.onFailure.destinationArn",
        demands="an event source mapping has a destination for what fails",
        sources=("serverless LambdaEventSourceMappingDestination",),
        fix="set destination_config.on_failure",
    ),
    _backup_plan,
    _delivery_status,
    needs_input(
        "subscription-dead-letters",
        "sns.TopicSubscription",
        "redrivePolicy",
        demands="a subscription has a dead-letter queue",
        sources=("serverless SNSRedrivePolicy",),
        fix="set redrive_policy",
    ),
    _log_year,
    _beside_bucket(
        "bucket-access-logs",
        "s3.BucketLogging",
        demands="every access to a bucket is logged to another bucket",
        sources=("FSBP S3.9", "AwsSolutions-S1", "CKV_AWS_18"),
    ),
    _beside_bucket(
        "bucket-replication",
        "s3.BucketReplicationConfig",
        demands="a bucket is copied to another region",
        sources=("CKV_AWS_144",),
    ),
    _beside_bucket(
        "bucket-events",
        "s3.BucketNotification",
        demands="a bucket reports its events",
        sources=("CKV2_AWS_62",),
    ),
    _secret_rotation,
)
