"""The queues, each with its dead-letter queue, encrypted and accessible only over TLS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import sqs

from hookline.adapters.aws import names
from hookline.domain.fifo import FIFO_SUFFIX
from hookline.domain.queue import DEAD_LETTER_VISIBILITY_TIMEOUT
from hookline.infra import permissions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.queue import Queue
    from hookline.infra.functions import Bundle

__all__ = ["FailureQueue", "QueuePair", "pair_name"]

MAX_MESSAGE_SIZE = 1024 * 1024
"""Set explicitly, because the service's default has changed over the years."""
_LONGEST_RETENTION = timedelta(days=14)
_FIFO: Mapping[str, object] = {
    "fifo_queue": True,
    "content_based_deduplication": False,
    "deduplication_scope": "messageGroup",
    "fifo_throughput_limit": "perMessageGroupId",
}
"""High throughput mode: SQS limits each group and not the queue. hookline sets the deduplication id of every message."""
_KEY_REUSE = timedelta(hours=1)
"""The interval in which SQS gets a data key from KMS, instead of every five minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Queues:
    """Creates queues under one parent."""

    parent: pulumi.Resource
    bundle: Bundle

    def make(
        self, name: str, physical: str, *, retention: timedelta, visibility: timedelta, **more: object
    ) -> sqs.Queue:
        key, keep = self.bundle.key, self.bundle.settings.protect
        queue = sqs.Queue(
            name,
            name=physical,
            max_message_size=MAX_MESSAGE_SIZE,
            message_retention_seconds=int(retention.total_seconds()),
            visibility_timeout_seconds=int(visibility.total_seconds()),
            sqs_managed_sse_enabled=True if key is None else None,
            kms_master_key_id=key,
            kms_data_key_reuse_period_seconds=None if key is None else int(_KEY_REUSE.total_seconds()),
            # `protect` stops a deployment that would delete the queue; an unprotected queue is removed from the stack but stays on SQS.
            opts=pulumi.ResourceOptions(parent=self.parent, protect=keep, retain_on_delete=keep),
            **more,
        )
        sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=queue.arn.apply(lambda arn: permissions.document([permissions.insecure_transport("sqs:*", [arn])])),
            opts=pulumi.ResourceOptions(parent=self.parent, retain_on_delete=keep),
        )
        return queue


class QueuePair(pulumi.ComponentResource):
    """A queue of hookline.toml with its dead-letter queue; with ``fifo`` both are FIFO queues."""

    arn: pulumi.Output[str]
    url: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]

    def __init__(self, name: str, *, queue: Queue, bundle: Bundle, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hookline:infra:QueuePair", name, None, opts)
        environment, make = bundle.settings.environment, _Queues(parent=self, bundle=bundle).make
        fifo = queue.fifo is not None
        kind = _FIFO if fifo else {}
        dead = make(
            f"{name}-dlq",
            names.dead_letter_queue(queue.name, environment, fifo=fifo),
            retention=queue.dead_letter_retention,
            visibility=DEAD_LETTER_VISIBILITY_TIMEOUT,
            **kind,
        )
        live = make(
            f"{name}-queue",
            names.queue(queue.name, environment, fifo=fifo),
            retention=queue.retention,
            visibility=queue.visibility_timeout,
            redrive_policy=dead.arn.apply(
                lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": queue.max_receives})
            ),
            **kind,
        )
        sqs.RedriveAllowPolicy(
            f"{name}-dlq",
            queue_url=dead.url,
            redrive_allow_policy=live.arn.apply(
                lambda arn: json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})
            ),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=bundle.settings.protect),
        )
        self.arn, self.url, self.dead_letter_arn = live.arn, live.url, dead.arn
        self.register_outputs({"arn": self.arn, "url": self.url, "dead_letter_arn": self.dead_letter_arn})


def pair_name(prefix: str, queue: Queue) -> str:
    """The name of a queue's pair in a stack, different from the pair of the other kind, which may exist at the same time."""
    return f"{prefix}-{queue.name}{'' if queue.fifo is None else FIFO_SUFFIX}"


class FailureQueue(pulumi.ComponentResource):
    """The queue for failed invocations of the router: it is itself a dead-letter queue and has none."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, *, bundle: Bundle, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hookline:infra:FailureQueue", name, None, opts)
        queue = _Queues(parent=self, bundle=bundle).make(
            name,
            names.router_failure_queue(bundle.settings.environment),
            retention=_LONGEST_RETENTION,
            visibility=DEAD_LETTER_VISIBILITY_TIMEOUT,
        )
        self.arn = queue.arn
        self.register_outputs({"arn": self.arn})
