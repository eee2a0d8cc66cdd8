"""A message that is visible again is in nobody's hands: SQS does not let its old receipt hide it once more.

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


def patch() -> None:
    """Refuse entries whose message is visible."""
    sqs._act_change_visibility_batch = _in_flight_alone(sqs._act_change_visibility_batch)
    sqs._HANDLERS["ChangeMessageVisibilityBatch"] = sqs._act_change_visibility_batch


def _in_flight_alone(change: Handler) -> Handler:
    def changed(call: Call, url: str) -> dict[str, Any]:
        queue = sqs._get_q(call.get("QueueUrl", url), "sqs:ChangeMessageVisibility")
        now = sqs.time.time()
        visible = {one["receipt_handle"] for one in queue["messages"] if one["visible_at"] <= now} - {None}
        late = [entry for entry in call["Entries"] if entry.get("ReceiptHandle") in visible]
        left = [entry for entry in call["Entries"] if entry not in late]
        answer = change(call | {"Entries": left}, url) if left else {"Successful": [], "Failed": []}
        answer["Failed"] += [_refusal(entry) for entry in late]
        return answer

    return changed


def _refusal(entry: Call) -> Call:
    return {"Id": entry["Id"], "Code": "MessageNotInflight", "Message": "", "SenderFault": True}
