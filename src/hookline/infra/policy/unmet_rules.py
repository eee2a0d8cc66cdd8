"""Vendors' rules that hookline does not meet and checkov does not have. Each is checked, so that a suppression covers only what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.infra.policy.rule import needs_input, on_graph, on_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["UNMET_RULES"]


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


UNMET_RULES: tuple[Rule, ...] = (
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
)
