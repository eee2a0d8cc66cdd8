"""A message that is visible again is in nobody's hands: SQS does not let its old receipt hide it once more.

And it hides none for more than twelve hours after its receive.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html (MessageNotInflight)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import sqs  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

    Call = dict[str, Any]
    Handler = Callable[[Call, str], dict[str, Any]]

__all__ = ["patch"]

_RECEIVED = "received_at"
_LONGEST = 12 * 60 * 60
_BEYOND = f"Reason: Total VisibilityTimeout for the message is beyond the limit [{_LONGEST} seconds]"


def patch() -> None:
    """Refuse entries whose message is visible, or would be hidden for too long."""
    sqs._collect_msgs = _noting_when(sqs._collect_msgs)
    sqs._act_change_visibility_batch = _only_in_flight(sqs._act_change_visibility_batch)
    sqs._HANDLERS["ChangeMessageVisibilityBatch"] = sqs._act_change_visibility_batch


def _only_in_flight(change: Handler) -> Handler:
    def changed(call: Call, url: str) -> dict[str, Any]:
        queue = sqs._get_q(call.get("QueueUrl", url), "sqs:ChangeMessageVisibility")
        now = sqs.time.time()
        visible = {one["receipt_handle"] for one in queue["messages"] if one["visible_at"] <= now} - {None}
        late = [entry for entry in call["Entries"] if entry.get("ReceiptHandle") in visible]
        held = {one["receipt_handle"]: one.get(_RECEIVED, now) for one in queue["messages"]}
        long = [one for one in call["Entries"] if one not in late and _is_too_long(one, held, now)]
        left = [entry for entry in call["Entries"] if entry not in late + long]
        answer = change(call | {"Entries": left}, url) if left else {"Successful": [], "Failed": []}
        answer["Failed"] += [_refusal(entry, "MessageNotInflight", "") for entry in late]
        answer["Failed"] += [_refusal(entry, "InvalidParameterValue", _BEYOND) for entry in long]
        return answer

    return changed


def _noting_when(collect: Callable[..., list[Call]]) -> Callable[..., list[Call]]:
    def collected(*arguments: Any) -> list[Call]:
        found = collect(*arguments)
        for one in found:
            one[_RECEIVED] = sqs.time.time()
        return found

    return collected


def _is_too_long(entry: Call, received: dict[str, float], now: float) -> bool:
    handle = entry.get("ReceiptHandle", "")
    return handle in received and now + int(entry["VisibilityTimeout"]) > received[handle] + _LONGEST


def _refusal(entry: Call, code: str, reason: str) -> Call:
    return {"Id": entry["Id"], "Code": code, "Message": reason, "SenderFault": True}
