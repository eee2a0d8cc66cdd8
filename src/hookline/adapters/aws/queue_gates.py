"""Pauses queues on SQS, which has no pause: the queue's policy then denies every receive."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any  # Any: a policy document

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.deployed_queues import DeployedQueues
from hookline.adapters.aws.errors import translated
from hookline.adapters.aws.queue_urls import QueueUrls
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError

if TYPE_CHECKING:
    from hookline.adapters.aws.clients import LazyClient

__all__ = ["QueueGates", "is_closed"]

_SID = "HooklinePaused"
_NO_QUEUE = "QueueDoesNotExist"
_VERSION = "2012-10-17"


class QueueGates:
    """Closes and opens an environment's queues. ``url_prefix`` is the URL of any queue up to its last slash, inclusive.

    Other statements of a policy stay. A change of a policy takes effect in SQS within a minute.
    """

    def __init__(self, client: LazyClient, *, environment: str, url_prefix: str) -> None:
        self._client = opened(client)
        self._environment = environment
        self._prefix = url_prefix
        self._deployed = DeployedQueues(client, environment=environment)

    def close(self, queue: str) -> None:
        """Stop all receives. Raises NotFoundError where there is no such queue."""
        self._change(queue, is_open=False)

    def open(self, queue: str) -> None:
        """Allow consumers to receive again."""
        self._change(queue, is_open=True)

    def check(self, queue: str) -> None:
        """Raise NotFoundError where there is no such queue."""
        self._attributes(self._url(queue))

    def _url(self, queue: str) -> str:
        named = self._deployed.queue(queue.removesuffix(DEAD_LETTER_SUFFIX))
        return QueueUrls([named], environment=self._environment, prefix=self._prefix).url(queue)

    def _change(self, queue: str, *, is_open: bool) -> None:
        url = self._url(queue)
        attributes = self._attributes(url)
        statements = [one for one in _statements(attributes.get("Policy", "")) if one.get("Sid") != _SID]
        if not is_open:
            statements.append(
                {
                    "Sid": _SID,
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:ReceiveMessage",
                    "Resource": attributes["QueueArn"],
                }
            )
        policy = json.dumps({"Version": _VERSION, "Statement": statements}) if statements else ""
        with translated():
            self._client().set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    def _attributes(self, url: str) -> dict[str, str]:
        try:
            with translated(but=(_NO_QUEUE,)):
                answer = self._client().get_queue_attributes(QueueUrl=url, AttributeNames=["Policy", "QueueArn"])
        except ClientError:
            raise NotFoundError(f"there is no queue {url.rpartition('/')[2]}") from None
        attributes: dict[str, str] = answer["Attributes"]
        return attributes


def is_closed(policy: str) -> bool:
    """Whether this policy shows that hookline has paused the queue."""
    return any(one.get("Sid") == _SID for one in _statements(policy))


def _statements(policy: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(policy).get("Statement", []) if policy else []
    return statements
