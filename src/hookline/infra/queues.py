"""Queues: each with its dead-letter queue, encrypted, and closed to anyone who does not come over TLS."""

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
"""Written out, because the service's default has changed over the years."""
_LONGEST_RETENTION = timedelta(days=14)
_FIFO: Mapping[str, object] = {
    "fifo_queue": True,
    "content_based_deduplication": False,
    "deduplication_scope": "messageGroup",
    "fifo_throughput_limit": "perMessageGroupId",
}
"""High throughput mode: SQS bounds each group and not the queue. hookline gives every message its deduplication id."""
_KEY_REUSE = timedelta(hours=1)
"""SQS asks KMS for a data key this often, rather than every five minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Queues:
    """Makes queues under one parent."""

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
            # `protect` stops a deployment that would delete the queue; once it is unprotected, it leaves the stack and stays on SQS.
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
    """A queue of hookline.toml, and the queue that takes what its consumers could not; with ``fifo`` both are FIFO queues."""

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
    """What a queue's pair is called in a stack: not as that of the other kind, which may be there beside it."""
    return f"{prefix}-{queue.name}{'' if queue.fifo is None else FIFO_SUFFIX}"


class FailureQueue(pulumi.ComponentResource):
    """Where Lambda leaves what the router could not do: a dead-letter queue itself, which has none of its own."""

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
