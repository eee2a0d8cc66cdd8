"""Receipts, and what a receive brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.difference import (
    ALL,
    API,
    BOTH,
    CHANGE,
    DELETE,
    GUIDE,
    INVALID_RECEIPT,
    INVALID_VALUE,
    LAST,
    MINISTACK,
    MOTO,
    ONE,
    TAKE,
    Difference,
    accepts,
    codes,
    each_message,
    without,
)
from differential.steps import At, Call, Drain, Receipt, Wait

if TYPE_CHECKING:
    from differential.steps import Seen

__all__ = ["RECEIPTS"]

_HOURS_12 = 43200
_OLD = ("old", "gone", "deleted")
_NOT_IN_FLIGHT = "AWS.SimpleQueueService.MessageNotInflight"
_AGAIN = (ONE, TAKE, Wait(61), TAKE)
_FIRST = {"ReceiptHandle": Receipt(1, latest=False)}


def _timeout_is_wrong(ours: Seen, theirs: Seen) -> bool:
    """The timeout is refused here; the other takes it, or looks at the receipt first."""
    wrong = not 0 <= ours.arguments.get("VisibilityTimeout", 0) <= _HOURS_12
    return (
        wrong and ours.outcome.get("error") == INVALID_VALUE and theirs.outcome.get("error") in (None, INVALID_RECEIPT)
    )


RECEIPTS: tuple[Difference, ...] = (
    # Receipts
    Difference(
        name="old receipt deletes",
        others=(MOTO,),
        hookline="succeeds and deletes nothing",
        elsewhere="deletes the message, which another consumer may have in flight",
        why=f"with an old receipt the message might not be deleted ([DeleteMessage]({API}DeleteMessage.html)): "
        "the consumer that received it last has not handled it yet",
        actions=DELETE,
        shown=(*_AGAIN, Call("DeleteMessage", _FIRST)),
        matches=codes(None, None, "old"),
        splits=True,
    ),
    Difference(
        name="old receipt is invalid",
        others=BOTH,
        hookline="`DeleteMessage` succeeds with a receipt of a message that was received again, deleted or moved to the dead-letter queue",
        elsewhere="`ReceiptHandleIsInvalid`; moto only after a move",
        why=f"deleting a message that no longer exists is not an error ([DeleteMessage]({API}DeleteMessage.html))",
        actions=DELETE,
        shown=(*_AGAIN, Wait(61), TAKE, Call("DeleteMessage", LAST)),
        matches=codes(None, INVALID_RECEIPT, *_OLD),
    ),
    Difference(
        name="old receipt changes visibility",
        others=(MOTO,),
        hookline="`InvalidParameterValue`",
        elsewhere="hides the message, which another consumer may have in flight",
        why=f"a receipt belongs to one receive ([ChangeMessageVisibility]({API}ChangeMessageVisibility.html))",
        actions=CHANGE,
        shown=(*_AGAIN, Call("ChangeMessageVisibility", {**_FIRST, "VisibilityTimeout": 5})),
        matches=codes(INVALID_VALUE, None, "old"),
        splits=True,
    ),
    Difference(
        name="visibility of a message that no longer exists",
        others=BOTH,
        hookline="`InvalidParameterValue` for a receipt that is old or whose message no longer exists",
        elsewhere="`ReceiptHandleIsInvalid`",
        why="the receipt is valid, but its message no longer exists "
        f"([ChangeMessageVisibility]({API}ChangeMessageVisibility.html))",
        actions=CHANGE,
        shown=(
            ONE,
            TAKE,
            Call("DeleteMessage", LAST),
            Call("ChangeMessageVisibility", {"ReceiptHandle": Receipt(latest=False), "VisibilityTimeout": 5}),
        ),
        matches=codes(INVALID_VALUE, INVALID_RECEIPT, *_OLD),
    ),
    Difference(
        name="visibility of a visible message",
        others=BOTH,
        hookline="`MessageNotInflight`",
        elsewhere="hide the message again",
        why=f"the message must be in flight ([ChangeMessageVisibility]({API}ChangeMessageVisibility.html))",
        actions=CHANGE,
        shown=(ONE, TAKE, Wait(61), Call("ChangeMessageVisibility", {**LAST, "VisibilityTimeout": 5})),
        matches=codes(_NOT_IN_FLIGHT, None, "visible"),
        splits=True,
    ),
    Difference(
        name="visibility timeout out of bounds",
        others=BOTH,
        hookline="`InvalidParameterValue`",
        elsewhere="MiniStack accepts every number, moto accepts negative numbers",
        why=f"0 to 43200 seconds are valid ([ChangeMessageVisibility]({API}ChangeMessageVisibility.html))",
        actions=(*CHANGE, "ReceiveMessage"),
        shown=(ONE, TAKE, Call("ChangeMessageVisibility", {**LAST, "VisibilityTimeout": -1})),
        matches=_timeout_is_wrong,
        splits=True,
    ),
    Difference(
        name="twelve hours after the send",
        others=(MOTO,),
        hookline="hides a message up to twelve hours after its receive",
        elsewhere="up to twelve hours after it was sent, and refuses a whole batch for one entry",
        why=f"AWS counts them from the receive ([Visibility timeout]({GUIDE}sqs-visibility-timeout.html))",
        actions=CHANGE,
        shown=(
            ONE,
            Wait(30),
            TAKE,
            Call("ChangeMessageVisibility", {**LAST, "VisibilityTimeout": _HOURS_12 - 1}),
        ),
        matches=lambda ours, theirs: (
            theirs.outcome.get("error") == INVALID_VALUE and ours.outcome.get("error") in (None, _NOT_IN_FLIGHT)
        ),
        splits=True,
    ),
    Difference(
        name="more than twelve hours",
        others=(MINISTACK,),
        hookline="`InvalidParameterValue` if a message would be hidden longer than twelve hours after its receive",
        elsewhere="hides it",
        why=f"the limit is twelve hours ([Visibility timeout]({GUIDE}sqs-visibility-timeout.html))",
        actions=CHANGE,
        shown=(ONE, TAKE, Wait(1), Call("ChangeMessageVisibility", {**LAST, "VisibilityTimeout": _HOURS_12})),
        matches=lambda ours, theirs: (
            ours.arguments.get("VisibilityTimeout", 0) > 0 and codes(INVALID_VALUE, None, "latest")(ours, theirs)
        ),
        splits=True,
    ),
    # Receiving
    Difference(
        name="no system attributes",
        others=(MOTO,),
        hookline="no `Attributes` in a message that has none of the requested attributes",
        elsewhere="an empty object",
        why=f"the map contains the requested attributes ([Message]({API}Message.html)); SQS leaves it out",
        actions=("ReceiveMessage",),
        shown=(ONE, Drain("payments", 10, {"MessageSystemAttributeNames": ["AWSTraceHeader"]})),
        mask=each_message(without(inside="Attributes")),
    ),
    Difference(
        name="source of a dead letter",
        others=(MOTO,),
        hookline="`DeadLetterQueueSourceArn`",
        elsewhere="leaves it out",
        why=f"it is one of the system attributes ([ReceiveMessage]({API}ReceiveMessage.html))",
        actions=("ReceiveMessage",),
        shown=(
            *_AGAIN,
            Wait(61),
            TAKE,
            Drain("payments-dlq", 10, {"MessageSystemAttributeNames": ALL}),
        ),
        mask=each_message(without("DeadLetterQueueSourceArn", inside="Attributes")),
    ),
    Difference(
        name="bounds of a receive",
        others=BOTH,
        hookline="`InvalidParameterValue` for a wait out of bounds, `InvalidAttributeName` for an unknown attribute",
        elsewhere="MiniStack accepts every wait, both accept every name",
        why=f"0 to 20 seconds and the listed names are valid ([ReceiveMessage]({API}ReceiveMessage.html))",
        actions=("ReceiveMessage",),
        shown=(Call("ReceiveMessage", {"QueueUrl": At("payments"), "AttributeNames": ["Nothing"]}),),
        matches=accepts(
            INVALID_VALUE, "InvalidAttributeName", when=lambda one: "WaitTimeSeconds" in one or "AttributeNames" in one
        ),
        splits=True,
    ),
)
