"""The table of the SQS actions."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from hookline.sqs_api.moving import cancel_message_move_task, list_message_move_tasks, start_message_move_task
from hookline.sqs_api.queue_actions import (
    create_queue,
    get_queue_attributes,
    get_queue_url,
    list_dead_letter_source_queues,
    list_queue_tags,
    list_queues,
    purge_queue,
    refuse_change,
)
from hookline.sqs_api.receiving import (
    change_message_visibility,
    change_message_visibility_batch,
    delete_message,
    delete_message_batch,
    receive_message,
)
from hookline.sqs_api.sending import send_message, send_message_batch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.sqs_api.calls import Action

__all__ = ["ACTIONS"]

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "AddPermission": refuse_change,
        "CancelMessageMoveTask": cancel_message_move_task,
        "ChangeMessageVisibility": change_message_visibility,
        "ChangeMessageVisibilityBatch": change_message_visibility_batch,
        "CreateQueue": create_queue,
        "DeleteMessage": delete_message,
        "DeleteMessageBatch": delete_message_batch,
        "DeleteQueue": refuse_change,
        "GetQueueAttributes": get_queue_attributes,
        "GetQueueUrl": get_queue_url,
        "ListDeadLetterSourceQueues": list_dead_letter_source_queues,
        "ListMessageMoveTasks": list_message_move_tasks,
        "ListQueueTags": list_queue_tags,
        "ListQueues": list_queues,
        "PurgeQueue": purge_queue,
        "ReceiveMessage": receive_message,
        "RemovePermission": refuse_change,
        "SendMessage": send_message,
        "SendMessageBatch": send_message_batch,
        "SetQueueAttributes": refuse_change,
        "StartMessageMoveTask": start_message_move_task,
        "TagQueue": refuse_change,
        "UntagQueue": refuse_change,
    }
)
"""All actions of SQS, by name."""
