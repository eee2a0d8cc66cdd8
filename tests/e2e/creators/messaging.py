"""Queues and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from e2e.creators.creator import Aws, Made
    from e2e.inputs import Inputs

__all__ = ["CREATORS"]

_QUEUE_ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoQueue": "FifoQueue",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}


def _attributes(given: Inputs) -> dict[str, str]:
    """All attributes are text."""
    values = given.pick(**_QUEUE_ATTRIBUTES)
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}


def _queue(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    tags = given.take("tags") or {}
    url = aws.client("sqs").create_queue(QueueName=name, Attributes=_attributes(given), tags=tags)["QueueUrl"]
    return url, {"name": name, "url": url, "arn": aws.arn("sqs", name)}


def _queue_part(aws: Aws, given: Inputs) -> Made:
    """A policy of a queue, which is an attribute of it."""
    url = given.need("queueUrl")
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=_attributes(given))
    return url, {}


def _topic(aws: Aws, given: Inputs) -> Made:
    name = given.need("name")
    attributes = given.pick(kmsMasterKeyId="KmsMasterKeyId", displayName="DisplayName")
    arn = aws.client("sns").create_topic(Name=name, Attributes=attributes, Tags=given.tags())["TopicArn"]
    return arn, {"arn": arn, "id": arn, "name": name}


def _topic_policy(aws: Aws, given: Inputs) -> Made:
    arn = given.need("arn")
    aws.client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=given.need("policy"))
    return arn, {}


def _subscription(aws: Aws, given: Inputs) -> Made:
    made = aws.client("sns").subscribe(
        TopicArn=given.need("topic"),
        Protocol=given.need("protocol"),
        Endpoint=given.need("endpoint"),
        ReturnSubscriptionArn=True,
    )
    return made["SubscriptionArn"], {"arn": made["SubscriptionArn"]}


CREATORS = {
    "aws:sns/topic:Topic": _topic,
    "aws:sns/topicPolicy:TopicPolicy": _topic_policy,
    "aws:sns/topicSubscription:TopicSubscription": _subscription,
    "aws:sqs/queue:Queue": _queue,
    "aws:sqs/queuePolicy:QueuePolicy": _queue_part,
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": _queue_part,
}
