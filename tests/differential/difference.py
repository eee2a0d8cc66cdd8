"""A difference between hookline and another implementation, and how two answers are known to differ by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from differential.steps import At, Call, Drain, Receipt, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from differential.steps import Outcome, Seen, Step

__all__ = [
    "ALL",
    "API",
    "BATCHES",
    "BOTH",
    "CHANGE",
    "DELETE",
    "GUIDE",
    "INVALID_RECEIPT",
    "INVALID_VALUE",
    "LAST",
    "MINISTACK",
    "MOTO",
    "ONE",
    "SEND",
    "TAKE",
    "Difference",
    "accepts",
    "codes",
    "each_message",
    "given",
    "refuses_whole",
    "without",
]

MOTO, MINISTACK = "moto", "MiniStack"
BOTH = (MOTO, MINISTACK)

API = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_"
GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"

SEND = ("SendMessage", "SendMessageBatch")
DELETE = ("DeleteMessage", "DeleteMessageBatch")
CHANGE = ("ChangeMessageVisibility", "ChangeMessageVisibilityBatch")
BATCHES = ("SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch")

INVALID_RECEIPT, INVALID_VALUE = "ReceiptHandleIsInvalid", "InvalidParameterValue"

ONE = Call("SendMessage", {"QueueUrl": At("payments"), "MessageBody": Text("one")})
TAKE = Drain("payments", 10)
LAST = {"ReceiptHandle": Receipt()}
ALL = ["All"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference: what hookline does, what ``others`` do, and why hookline does what it does.

    ``matches`` knows two answers that differ by it; ``mask`` takes what differs out of an answer. ``shown`` is a sequence whose last
    step shows it. After one that ``splits`` the states of the servers are not the same any more.
    """

    name: str
    others: tuple[str, ...]
    hookline: str
    elsewhere: str
    why: str
    actions: tuple[str, ...]
    shown: tuple[Step, ...]
    matches: Callable[[Seen, Seen], bool] = lambda _ours, _theirs: False
    mask: Callable[[Outcome], Outcome] | None = None
    splits: bool = False


def accepts(*codes: str, when: Callable[[Mapping[str, Any]], bool]) -> Callable[[Seen, Seen], bool]:
    """Refused here, and the other takes it."""
    return lambda ours, theirs: (
        ours.outcome.get("error") in codes and "error" not in theirs.outcome and when(ours.arguments)
    )


def codes(ours_: str | None, theirs_: str | None, *receipts: str) -> Callable[[Seen, Seen], bool]:
    """Two codes, None for success, with a receipt in one of these states."""
    return lambda ours, theirs: (
        ours.outcome.get("error") == ours_
        and theirs.outcome.get("error") == theirs_
        and (not receipts or ours.receipt in receipts)
    )


def without(*names: str, inside: str | None = None) -> Callable[[Outcome], Outcome]:
    """An answer without these fields, or the object ``inside`` it without them; no object that is empty then."""

    def masked(outcome: Outcome) -> Outcome:
        if inside is None:
            return {name: value for name, value in outcome.items() if name not in names}
        if inside not in outcome or (names and not set(names) & set(outcome[inside])):
            return outcome
        inner = {name: value for name, value in outcome[inside].items() if name not in names}
        return {
            **{name: value for name, value in outcome.items() if name != inside},
            **({inside: inner} if inner else {}),
        }

    return masked


def each_message(mask: Callable[[Outcome], Outcome]) -> Callable[[Outcome], Outcome]:
    """Mask each message of a receive."""

    def masked(outcome: Outcome) -> Outcome:
        return {**outcome, "Messages": [mask(one) for one in outcome["Messages"]]} if "Messages" in outcome else outcome

    return masked


def given(name: str) -> Callable[[Mapping[str, Any]], bool]:
    """Whether an argument was given."""
    return lambda arguments: name in arguments


def refuses_whole(code: str) -> Callable[[Seen, Seen], bool]:
    """The other refuses the whole batch with this code, and hookline no more than some of its entries."""
    return lambda ours, theirs: theirs.outcome.get("error") == code and "entries" in ours.outcome
