"""The right that each action of SQS needs."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.domain.access import Right
from hookline.sqs_api.wire_errors import ACCESS_DENIED, SqsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.access import Principal

__all__ = ["RIGHTS", "check_right"]

RIGHTS: Mapping[str, Right] = MappingProxyType(
    {
        "AddPermission": Right.OPERATE,
        "CancelMessageMoveTask": Right.OPERATE,
        "ChangeMessageVisibility": Right.CONSUME,
        "ChangeMessageVisibilityBatch": Right.CONSUME,
        "CreateQueue": Right.VIEW,  # creates no queue: it returns the URL of a queue of hookline.toml, for consumers at their start
        "DeleteMessage": Right.CONSUME,
        "DeleteMessageBatch": Right.CONSUME,
        "DeleteQueue": Right.OPERATE,
        "GetQueueAttributes": Right.VIEW,
        "GetQueueUrl": Right.VIEW,
        "ListDeadLetterSourceQueues": Right.VIEW,
        "ListMessageMoveTasks": Right.VIEW,
        "ListQueueTags": Right.VIEW,
        "ListQueues": Right.VIEW,
        "PurgeQueue": Right.OPERATE,
        "ReceiveMessage": Right.CONSUME,
        "RemovePermission": Right.OPERATE,
        "SendMessage": Right.OPERATE,
        "SendMessageBatch": Right.OPERATE,
        "SetQueueAttributes": Right.OPERATE,
        "StartMessageMoveTask": Right.OPERATE,
        "TagQueue": Right.OPERATE,
        "UntagQueue": Right.OPERATE,
    }
)
"""Every action of the SQS API (version 2012-11-05), also those that hookline refuses."""


def check_right(principal: Principal, action: str) -> None:
    """Raise SqsError unless the principal has the action's right. An action without one in the table needs ``OPERATE``."""
    right = RIGHTS.get(action, Right.OPERATE)
    if not principal.may(right):
        raise SqsError(
            ACCESS_DENIED,
            f"The access key {principal} is not authorized to perform {action}: it needs the right {right.value}.",
        )
