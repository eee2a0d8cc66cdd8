"""The served queues, with their settings and attributes as in SQS."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from hookline.domain.access import ANYONE
from hookline.domain.fifo import FIFO_SUFFIX
from hookline.domain.queue import DEAD_LETTER_VISIBILITY_TIMEOUT, short_name
from hookline.errors import NotFoundError
from hookline.sqs_api.wire_errors import ACCESS_DENIED, INVALID_ADDRESS, SqsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from hookline.domain.access import Principal
    from hookline.domain.queue import Queue
    from hookline.ports.queues import WatchableQueues

__all__ = ["LARGEST_MESSAGE", "QUEUE_ATTRIBUTES", "ServedQueue", "ServedQueues", "attributes_of", "base_url"]

_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
_ARN_PARTS = 6
LARGEST_MESSAGE = 1024 * 1024
"""The largest message in bytes with its attributes, and the largest batch, as on SQS."""

QUEUE_ATTRIBUTES = frozenset(
    {
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "ContentBasedDeduplication",
        "CreatedTimestamp",
        "DeduplicationScope",
        "DelaySeconds",
        "FifoQueue",
        "FifoThroughputLimit",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "LastModifiedTimestamp",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "Policy",
        "QueueArn",
        "ReceiveMessageWaitTimeSeconds",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
    }
)
"""The attributes of queues on SQS. Attributes without a value are left out, as on SQS."""

_FIFO_ATTRIBUTES = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "messageGroup",
    "FifoThroughputLimit": "perMessageGroupId",
}
"""The attributes of every FIFO queue: high throughput mode, as deployed queues have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedQueue:
    """A queue, or a dead-letter queue with the name of the queue whose dead letters it has (``source_name``)."""

    name: str
    visibility_timeout: timedelta
    retention: timedelta
    dead_letter_name: str | None = None
    max_receives: int | None = None
    source_name: str | None = None
    fifo: bool = False

    @property
    def shown_name(self) -> str:
        """The name in URLs and ARNs: clients recognize a FIFO queue by its suffix, as AWS documents it."""
        return f"{self.name}{FIFO_SUFFIX}" if self.fifo else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedQueues:
    """Every queue by name, with the account and region of its URL and ARN.

    ``principal`` is the caller: a queue that it may not use is refused, whether or not the queue exists.
    """

    queues: Mapping[str, ServedQueue]
    account: str
    region: str
    principal: Principal = ANYONE

    @classmethod
    def of(cls, declared: Sequence[Queue], *, account: str, region: str) -> ServedQueues:
        """The declared queues, and the dead-letter queue of each."""
        queues = {queue.name: queue for one in declared for queue in (_queue(one), _dead_letter(one))}
        return cls(queues=queues, account=account, region=region)

    def seen_by(self, principal: Principal) -> ServedQueues:
        """The same queues for the caller ``principal``."""
        return self if principal is self.principal else replace(self, principal=principal)

    def reached(self) -> list[ServedQueue]:
        """The queues that the principal may use."""
        return [queue for queue in self.queues.values() if self.principal.reaches(queue.name)]

    def named(self, name: str) -> ServedQueue:
        """The queue of this name, or of this name on AWS in any environment. Raises NotFoundError.

        Raises SqsError where the principal may not use the queue.
        """
        queue = self._found(name)
        if not self.principal.reaches(name if queue is None else queue.name):
            raise SqsError(
                ACCESS_DENIED, f"The access key {self.principal} may not use this queue, or there is no such queue."
            )
        if queue is None:
            raise NotFoundError("there is no queue of this name")
        return queue

    def at(self, url: str) -> ServedQueue:
        """The queue in the last segment of ``url``'s path; the rest is ignored. Raises NotFoundError."""
        return self.named(url.rstrip("/").rpartition("/")[2])

    def of_arn(self, arn: str) -> ServedQueue:
        """The queue that an ARN names, in any region and account. Raises NotFoundError."""
        parts = arn.split(":")
        if len(parts) != _ARN_PARTS or parts[:3] != ["arn", "aws", "sqs"]:
            raise NotFoundError("this is not the ARN of a queue")
        return self.named(parts[-1])

    def url(self, queue: ServedQueue, *, host: str, prefix: str = "", scheme: str = "http") -> str:
        """The URL of the queue for the client that called ``host``; raises SqsError for a host that is not valid in a URL."""
        return f"{base_url(host, scheme)}{prefix}/{self.account}/{queue.shown_name}"

    def arn(self, name: str) -> str:
        """The ARN of the queue ``name``, for AWS tools."""
        queue = self.queues.get(name)
        return f"arn:aws:sqs:{self.region}:{self.account}:{name if queue is None else queue.shown_name}"

    def _found(self, name: str) -> ServedQueue | None:
        """The queue of this name, without ``.fifo`` or AWS's suffix where the name has them; ``.fifo`` is only for FIFO queues."""
        if name in self.queues:
            return self.queues[name]
        base = name.removesuffix(FIFO_SUFFIX)
        queue = self.queues.get(base) or self.queues.get(short_name(base) or "")
        return queue if queue is not None and queue.fifo is (base != name) else None


def base_url(host: str, scheme: str) -> str:
    """The URL of the port that a client called; raises SqsError for a host that is not valid in a URL."""
    if not _HOST.fullmatch(host):
        raise SqsError(INVALID_ADDRESS, "The Host header is missing or has characters that no host has.")
    return f"{scheme}://{host}"


def _queue(queue: Queue) -> ServedQueue:
    return ServedQueue(
        name=queue.name,
        visibility_timeout=queue.visibility_timeout,
        retention=queue.retention,
        dead_letter_name=queue.dead_letter_name,
        max_receives=queue.max_receives,
        fifo=queue.fifo is not None,
    )


def _dead_letter(queue: Queue) -> ServedQueue:
    return ServedQueue(
        name=queue.dead_letter_name,
        visibility_timeout=DEAD_LETTER_VISIBILITY_TIMEOUT,
        retention=queue.dead_letter_retention,
        source_name=queue.name,
        fifo=queue.fifo is not None,
    )


def _seconds(span: timedelta) -> str:
    return str(int(span.total_seconds()))


def attributes_of(served: ServedQueues, queue: ServedQueue, queues: WatchableQueues) -> dict[str, str]:
    """All attributes of a queue, with its present counts."""
    depth, dates = queues.depth(queue.name), queues.dates(queue.name)
    attributes = {
        "ApproximateNumberOfMessages": str(depth.visible),
        "ApproximateNumberOfMessagesNotVisible": str(depth.in_flight),
        "ApproximateNumberOfMessagesDelayed": str(depth.delayed),
        "VisibilityTimeout": _seconds(queue.visibility_timeout),
        "MessageRetentionPeriod": _seconds(queue.retention),
        "MaximumMessageSize": str(LARGEST_MESSAGE),
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "QueueArn": served.arn(queue.name),
        "CreatedTimestamp": str(int(dates.created_at.timestamp())),
        "LastModifiedTimestamp": str(int(dates.modified_at.timestamp())),
        "SqsManagedSseEnabled": "false",
    }
    if queue.fifo:
        attributes |= _FIFO_ATTRIBUTES
    if queue.dead_letter_name is not None:
        arn = served.arn(queue.dead_letter_name)
        attributes["RedrivePolicy"] = _json({"deadLetterTargetArn": arn, "maxReceiveCount": queue.max_receives})
    if queue.source_name is not None:
        sources = [served.arn(queue.source_name)]
        attributes["RedriveAllowPolicy"] = _json({"redrivePermission": "byQueue", "sourceQueueArns": sources})
    return attributes


def _json(policy: dict[str, object]) -> str:
    return orjson.dumps(policy).decode()
