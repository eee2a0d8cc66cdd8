"""FIFO queues: groups, deduplication and sequence numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from differential.difference import (
    API,
    BOTH,
    GUIDE,
    INVALID_RECEIPT,
    INVALID_VALUE,
    LAST,
    MOTO,
    SEND,
    Difference,
    codes,
)
from differential.steps import At, Call, Drain, Text, Unique, Wait, group_of, is_fifo, number_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from differential.steps import Outcome, Seen

__all__ = ["FIFO"]

_URL = {"QueueUrl": At("orders.fifo")}
_GROUPS = {"MessageSystemAttributeNames": ["All"]}
_TAKE = Drain("orders.fifo", 10, _GROUPS)


def _message(group: str, deduplication_id: object = None) -> dict[str, Any]:  # any argument of boto3's
    name = deduplication_id or Unique()
    return {"MessageBody": Text("one"), "MessageGroupId": group, "MessageDeduplicationId": name}


def _send(group: str, deduplication_id: object = None) -> Call:
    return Call("SendMessage", {**_URL, **_message(group, deduplication_id)})


def _on_fifo(matches: Callable[[Seen, Seen], bool]) -> Callable[[Seen, Seen], bool]:
    return lambda ours, theirs: is_fifo(ours.queue) and matches(ours, theirs)


def _without_place(outcome: Outcome) -> Outcome:
    number = outcome.get("SequenceNumber", "")
    return (
        {**outcome, "SequenceNumber": "in order or not"} if number.endswith(("the next", "none in order")) else outcome
    )


def _is_cut(ours: Seen, theirs: Seen) -> bool:
    """As many came as were asked for, of other groups."""
    most = ours.arguments.get("MaxNumberOfMessages", 1)
    full = all(len(one.outcome.get("Messages", [])) >= most > 1 for one in (ours, theirs))
    return full and ours.outcome != theirs.outcome


def _skips(ours: Seen, theirs: Seen) -> bool:
    """The other begins a group with a later message than hookline."""
    first, other = _heads(ours), _heads(theirs)
    return any(group in first and number > first[group] for group, number in other.items())


def _leaves_out(ours: Seen, theirs: Seen) -> bool:
    """The other brings no message that hookline does not bring, and fewer."""
    first, other = ({one["Body"] for one in seen.outcome.get("Messages", [])} for seen in (ours, theirs))
    return other < first


def _heads(seen: Seen) -> dict[str, int]:
    """The first message of each group."""
    return {group_of(one): number_of(one["Body"]) for one in reversed(seen.outcome.get("Messages", []))}


FIFO: tuple[Difference, ...] = (
    Difference(
        name="sequence numbers",
        others=(MOTO,),
        hookline="`SequenceNumber` grows with each message of a queue",
        elsewhere="20 random digits",
        why=f"it increases within a group ([SendMessage]({API}SendMessage.html))",
        actions=SEND,
        shown=tuple(_send("a") for _ in range(20)),
        mask=_without_place,
    ),
    Difference(
        name="deduplication",
        others=(MOTO,),
        hookline="within a group, for five minutes, also for deleted messages; the answer is the same as to the first message",
        elsewhere="in the whole queue, while the first message exists; the answer has an id that no message has",
        why="`DeduplicationScope` is `messageGroup` on these queues "
        f"([SetQueueAttributes]({API}SetQueueAttributes.html)), and an id is known for five minutes, even if its message was deleted "
        f"([Exactly-once processing]({GUIDE}FIFO-queues-exactly-once-processing.html))",
        actions=SEND,
        shown=(_send("a", "d-1"), _send("a", "d-1")),
        matches=_on_fifo(lambda ours, theirs: ours.repeated and "error" not in (*ours.outcome, *theirs.outcome)),
        splits=True,
    ),
    Difference(
        name="late delete from a FIFO queue",
        others=BOTH,
        hookline="`InvalidParameterValue` after the visibility timeout",
        elsewhere="delete the message",
        why=f"the receipt has expired ([DeleteMessage]({API}DeleteMessage.html)): another consumer may already receive from this group",
        actions=("DeleteMessage", "DeleteMessageBatch"),
        shown=(_send("a"), _TAKE, Wait(61), Call("DeleteMessage", LAST)),
        matches=_on_fifo(
            lambda ours, theirs: any(
                codes(INVALID_VALUE, code, "visible")(ours, theirs) for code in (None, INVALID_RECEIPT)
            )
        ),
        splits=True,
    ),
    Difference(
        name="messages of one group first",
        others=BOTH,
        hookline="a receive returns as many messages of one group as possible, then those of the next group",
        elsewhere="return them in the order in which they were sent",
        why="SQS first returns as many of one group as possible "
        f"([FIFO delivery logic]({GUIDE}FIFO-queues-understanding-logic.html))",
        actions=("ReceiveMessage",),
        shown=(
            *(_send(group) for group in "aba"),
            Call("ReceiveMessage", {**_URL, **_GROUPS, "MaxNumberOfMessages": 2}),
        ),
        matches=_on_fifo(_is_cut),
        splits=True,
    ),
    Difference(
        name="a group after a visibility timeout",
        others=(MOTO,),
        hookline="a group whose messages were in flight together starts again with the first of them, and is delivered completely",
        elsewhere="begins with the last of them, or leaves out the messages behind them",
        why=f"messages of a group are always delivered in order ([FIFO delivery logic]({GUIDE}FIFO-queues-understanding-logic.html))",
        actions=("ReceiveMessage",),
        shown=(_send("a"), _send("a"), _TAKE, Wait(61), Drain("orders.fifo", 1, _GROUPS)),
        matches=_on_fifo(lambda ours, theirs: _skips(ours, theirs) or _leaves_out(ours, theirs)),
        splits=True,
    ),
)
