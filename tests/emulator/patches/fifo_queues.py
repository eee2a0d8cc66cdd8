"""FIFO queues: a receive takes the messages of one group before those of the next, and what is deleted too late stays.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import sqs  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = dict[str, Any]
    Handler = Callable[[Call, str], dict[str, Any]]

__all__ = ["patch"]

_EXPIRED = "Value {} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."


def patch() -> None:
    """Keep groups together, and refuse receipts whose visibility timeout is over."""
    sqs._collect_fifo = _by_group(sqs._collect_fifo)
    sqs._HANDLERS["DeleteMessageBatch"] = _in_time(sqs._HANDLERS["DeleteMessageBatch"])


def _by_group(collect: Callable[..., list[Call]]) -> Callable[..., list[Call]]:
    def collected(queue: Call, *arguments: Any) -> list[Call]:
        groups: dict[str, list[Call]] = {}
        for message in queue["messages"]:
            groups.setdefault(message["group_id"], []).append(message)
        return collect({**queue, "messages": [one for group in groups.values() for one in group]}, *arguments)

    return collected


def _in_time(delete: Handler) -> Handler:
    def deleted(call: Call, url: str) -> dict[str, Any]:
        queue = sqs._get_q(call.get("QueueUrl", url), "sqs:DeleteMessage")
        visible = {one["receipt_handle"] for one in queue["messages"] if one["visible_at"] <= sqs.time.time()} - {None}
        late = [one for one in call["Entries"] if queue["is_fifo"] and one.get("ReceiptHandle") in visible]
        left = [one for one in call["Entries"] if one not in late]
        answer = delete(call | {"Entries": left}, url) if left else {"Successful": [], "Failed": []}
        answer["Failed"] += [_refusal(one) for one in late]
        return answer

    return deleted


def _refusal(entry: Call) -> Call:
    reason = _EXPIRED.format(entry["ReceiptHandle"])
    return {"Id": entry["Id"], "Code": "InvalidParameterValue", "Message": reason, "SenderFault": True}
