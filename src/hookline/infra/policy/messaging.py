"""Rules for queues and topics: only over TLS, closed to strangers, usable by alarms, and with dead-letter queues."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hookline.infra.policy.documents import documents, read, refuses_plain_http
from hookline.infra.policy.rule import Option, needs_input, on_graph, on_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hookline.infra.policy.graph import Graph, Resource
    from hookline.infra.policy.rule import Faults, Rule

__all__ = ["MESSAGING_RULES", "redrive"]

_QUEUE = "sqs.Queue"
_TOPIC = "sns.Topic"
_HIGH_THROUGHPUT = ("messageGroup", "perMessageGroupId")


@on_graph(
    "queue-dead-letters",
    demands="a queue has a dead-letter queue that accepts only its messages",
    sources=("AwsSolutions-SQS3", "serverless SQSRedrivePolicy"),
)
def _dead_letters(graph: Graph) -> Faults:
    targets = {name for queue in graph.of(_QUEUE) if (name := redrive(graph, queue))}
    for queue in graph.of(_QUEUE):
        target = graph.called(redrive(graph, queue), _QUEUE)
        if target is not None:
            if not _takes_from(graph, target, queue):
                yield target, f"give it a RedriveAllowPolicy (byQueue) that names only {queue.text('name')}"
        elif not any(queue.is_called(name) for name in targets):
            yield queue, "give it a redrive policy with a dead-letter queue of this stack"


@on_graph(
    "queue-fifo",
    demands="a FIFO queue has a FIFO dead-letter queue, limits each group and not all together, and compares no contents",
)
def _fifo(graph: Graph) -> Faults:
    for queue in graph.of(_QUEUE):
        if queue.at("fifoQueue") is True:
            target = graph.called(redrive(graph, queue), _QUEUE)
            if (queue.at("deduplicationScope"), queue.at("fifoThroughputLimit")) != _HIGH_THROUGHPUT:
                yield queue, "set deduplication_scope to messageGroup and fifo_throughput_limit to perMessageGroupId"
            if queue.at("contentBasedDeduplication") is True:
                yield queue, "leave content_based_deduplication off: two events may have the same content"
            if target is not None and target.at("fifoQueue") is not True:
                yield target, "make it a FIFO queue: SQS moves messages of a FIFO queue only to one"


@on_graph(
    "queue-tls",
    demands="a queue or dead-letter queue is reached only over TLS",
    sources=("AwsSolutions-SQS4",),
)
def _queue_tls(graph: Graph) -> Faults:
    for queue in graph.of(_QUEUE):
        policies = [one for one in graph.of("sqs.QueuePolicy") if queue.is_called(one.at("queueUrl"))]
        if not any(refuses_plain_http(read(policy.text("policy")), "sqs:*") for policy in policies):
            yield queue, "give it a QueuePolicy that denies sqs:* to * where aws:SecureTransport is false"


@on_resource(
    "topic-encrypted",
    _TOPIC,
    demands="a topic is encrypted by a key of one's own: CloudWatch cannot publish through alias/aws/sns",
    sources=("FSBP SNS.1", "CKV_AWS_26"),
)
def _topic_encrypted(topic: Resource) -> Iterator[str]:
    key = topic.text("kmsMasterKeyId")
    if not key or key.endswith("alias/aws/sns"):
        yield "set kms_master_key_id to a key whose policy lets CloudWatch use it"


@on_graph(
    "topic-key-for-alarms",
    demands="the key of a topic that alarms publish to lets CloudWatch decrypt and make data keys",
)
def _topic_key(graph: Graph) -> Faults:
    notified = {action for alarm in graph.of("cloudwatch.MetricAlarm") for action in alarm.items("alarmActions")}
    for topic in graph.of(_TOPIC):
        key = graph.called(topic.at("kmsMasterKeyId"), "kms.Key")
        if key is not None and any(topic.is_called(action) for action in notified) and not _serves_alarms(key):
            yield key, "let cloudwatch.amazonaws.com do kms:Decrypt and kms:GenerateDataKey*"


@on_graph(
    "topic-tls",
    demands="a topic is published to only over TLS",
    sources=("AwsSolutions-SNS3",),
)
def _topic_tls(graph: Graph) -> Faults:
    for topic in graph.of(_TOPIC):
        policies = [one for one in graph.of("sns.TopicPolicy") if topic.is_called(one.at("arn"))]
        if not any(refuses_plain_http(read(policy.text("policy")), "sns:Publish") for policy in policies):
            yield topic, "give it a TopicPolicy that denies sns:Publish to * where aws:SecureTransport is false"


@on_graph(
    "topic-not-public",
    demands="a topic is open only to its own account",
    sources=("FSBP SNS.4", "CKV_AWS_169", "CKV_AWS_385"),
)
def _topic_not_public(graph: Graph) -> Faults:
    for document in documents(graph, "sns.TopicPolicy"):
        for statement in document.statements:
            limits = statement.condition("aws:SourceAccount") + statement.condition("aws:SourceArn")
            if statement.allows and ("*" in statement.principals or not limits):
                yield document.resource, "limit what it allows by aws:SourceAccount"


MESSAGING_RULES: tuple[Rule, ...] = (
    needs_input(
        "queue-customer-key",
        _QUEUE,
        "kmsMasterKeyId",
        demands="a queue is encrypted by a key of one's own",
        option=Option.CMK,
        fix="set kms_master_key_id",
    ),
    _dead_letters,
    _fifo,
    _queue_tls,
    _topic_encrypted,
    _topic_key,
    _topic_tls,
    _topic_not_public,
)


def redrive(graph: Graph, queue: Resource) -> str:
    """The ARN of a queue's dead-letter queue; empty where it has none."""
    separate = [one.at("redrivePolicy") for one in graph.of("sqs.RedrivePolicy") if queue.is_called(one.at("queueUrl"))]
    return next(
        (arn for text in (queue.at("redrivePolicy"), *separate) if (arn := _field(text, "deadLetterTargetArn"))), ""
    )


def _takes_from(graph: Graph, target: Resource, queue: Resource) -> bool:
    separate = [
        one.at("redriveAllowPolicy")
        for one in graph.of("sqs.RedriveAllowPolicy")
        if target.is_called(one.at("queueUrl"))
    ]
    for policy in map(_object, (target.at("redriveAllowPolicy"), *separate)):
        sources = policy.get("sourceQueueArns")
        if policy.get("redrivePermission") == "byQueue" and isinstance(sources, list):
            return len(sources) == 1 and queue.is_called(sources[0])
    return False


def _serves_alarms(key: Resource) -> bool:
    allowed = {
        action
        for statement in read(key.text("policy"))
        if statement.allows and "cloudwatch.amazonaws.com" in statement.principals
        for action in statement.actions
    }
    return "kms:Decrypt" in allowed and not allowed.isdisjoint({"kms:GenerateDataKey", "kms:GenerateDataKey*"})


def _field(text: object, key: str) -> str:
    value = _object(text).get(key)
    return value if isinstance(value, str) else ""


def _object(text: object) -> Mapping[str, object]:
    """A policy that SQS stores as JSON text."""
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
