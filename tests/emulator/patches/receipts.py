"""A receipt handle that is merely old is no invalid one: DeleteMessage succeeds with it and deletes nothing, and it changes no visibility.

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

_GIVEN_OUT = "given_out"
_INVALID = "ReceiptHandleIsInvalid"


def patch() -> None:
    """Remember which receipt handles each queue returned."""
    sqs._collect_msgs = _remembering(sqs._collect_msgs)
    sqs._HANDLERS["DeleteMessageBatch"] = _judging(sqs._HANDLERS["DeleteMessageBatch"], _succeeds)
    sqs._HANDLERS["ChangeMessageVisibilityBatch"] = _judging(sqs._HANDLERS["ChangeMessageVisibilityBatch"], _is_refused)


def _remembering(collect: Callable[..., list[Call]]) -> Callable[..., list[Call]]:
    def collected(queue: Call, *arguments: object) -> list[Call]:
        found = collect(queue, *arguments)
        queue.setdefault(_GIVEN_OUT, set()).update(one["receipt_handle"] for one in found)
        return found

    return collected


def _judging(handle: Handler, judge: Callable[[Call, Call], None]) -> Handler:
    def handled(call: Call, url: str) -> dict[str, Any]:
        answer = handle(call, url)
        given_out = sqs._get_q(call.get("QueueUrl", url)).get(_GIVEN_OUT, ())
        old = {entry["Id"] for entry in call["Entries"] if entry.get("ReceiptHandle") in given_out}
        for failed in [one for one in answer["Failed"] if one["Code"] == _INVALID and one["Id"] in old]:
            judge(answer, failed)
        return answer

    return handled


def _succeeds(answer: Call, failed: Call) -> None:
    answer["Failed"].remove(failed)
    answer["Successful"].append({"Id": failed["Id"]})


def _is_refused(_answer: Call, failed: Call) -> None:
    failed["Code"] = "InvalidParameterValue"
