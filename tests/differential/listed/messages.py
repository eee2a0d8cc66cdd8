"""What a message and a batch may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from differential.difference import (
    ALL,
    API,
    BATCHES,
    BOTH,
    GUIDE,
    INVALID_VALUE,
    LAST,
    MOTO,
    ONE,
    SEND,
    TAKE,
    Difference,
    accepts,
    each_message,
    given,
    refuses_whole,
    without,
)
from differential.steps import At, Call, Drain, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from differential.steps import Seen

__all__ = ["MESSAGES"]


def _batch_is_refused(ours: Seen, theirs: Seen) -> bool:
    """The whole batch is refused here for its form; the other does not refuse it, or gives another reason."""
    return ours.outcome.get("error") in _OF_BATCHES and ours.outcome != theirs.outcome


_OF_BATCHES = {
    f"AWS.SimpleQueueService.{name}"
    for name in (
        "EmptyBatchRequest",
        "TooManyEntriesInBatchRequest",
        "BatchEntryIdsNotDistinct",
        "InvalidBatchEntryId",
    )
}


def _words(arguments: Mapping[str, Any]) -> str:
    body = arguments.get("MessageBody")
    return body.words if isinstance(body, Text) else ""


def _send(**arguments: Any) -> Call:  # any argument of boto3's
    return Call("SendMessage", {"QueueUrl": At("payments"), "MessageBody": Text("one"), **arguments})


def _batch_of(entry: dict[str, Any]) -> Call:
    return Call("SendMessageBatch", {"QueueUrl": At("payments"), "Entries": [{"Id": "a", **entry}]})


def _text(value: str) -> dict[str, Any]:
    return {"DataType": "String", "StringValue": value}


MESSAGES: tuple[Difference, ...] = (
    # What a message may hold
    Difference(
        name="empty body",
        others=(MOTO,),
        hookline="`MissingParameter`",
        elsewhere="accepts it",
        why=f"a body has at least one character ([SendMessage]({API}SendMessage.html))",
        actions=SEND,
        shown=(_send(MessageBody=Text("")),),
        matches=accepts("MissingParameter", when=lambda arguments: not _words(arguments)),
        splits=True,
    ),
    Difference(
        name="characters of a body",
        others=(MOTO,),
        hookline="`InvalidMessageContents`",
        elsewhere="accepts every character",
        why=f"control characters, U+FFFE and U+FFFF are refused ([SendMessage]({API}SendMessage.html))",
        actions=SEND,
        shown=(_send(MessageBody=Text("\x00")),),
        matches=accepts("InvalidMessageContents", when=lambda arguments: bool(_words(arguments))),
        splits=True,
    ),
    Difference(
        name="size of a message",
        others=(MOTO,),
        hookline="counts the bytes of the body and of the attributes",
        elsewhere="counts the characters of the body",
        why=f"the limit is 1,048,576 bytes ([Message quotas]({GUIDE}quotas-messages.html))",
        actions=("SendMessage",),
        shown=(_send(MessageBody="\u20ac" * 400_000),),
        matches=accepts(INVALID_VALUE, when=lambda arguments: isinstance(arguments["MessageBody"], str)),
        splits=True,
    ),
    Difference(
        name="message attributes",
        others=BOTH,
        hookline="refuses a name, a type or a value that is not valid, and more than ten attributes",
        elsewhere="accept some of them",
        why=f"the rules are those of [message metadata]({GUIDE}sqs-message-metadata.html)",
        actions=SEND,
        shown=(_send(MessageAttributes={"AWS.x": _text("x")}),),
        matches=accepts("InvalidParameterValue", when=given("MessageAttributes")),
        splits=True,
    ),
    Difference(
        name="one invalid attribute in a batch",
        others=(MOTO,),
        hookline="the entry is in `Failed`, and the others are sent",
        elsewhere="refuses the whole batch",
        why=f"a batch has a result for each entry ([SendMessageBatch]({API}SendMessageBatch.html))",
        actions=("SendMessageBatch",),
        shown=(
            _batch_of(
                {"MessageBody": Text("one"), "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "x"}}}
            ),
        ),
        matches=refuses_whole("InvalidParameterValue"),
        splits=True,
    ),
    Difference(
        name="trace header of another type",
        others=BOTH,
        hookline="`InvalidParameterValue`",
        elsewhere="accept it",
        why=f"the type of `AWSTraceHeader` must be `String` ([SendMessage]({API}SendMessage.html))",
        actions=SEND,
        shown=(_send(MessageSystemAttributes={"AWSTraceHeader": {"DataType": "Number", "StringValue": "1"}}),),
        matches=accepts("InvalidParameterValue", when=given("MessageSystemAttributes")),
        splits=True,
    ),
    Difference(
        name="digest of the system attributes",
        others=BOTH,
        hookline="`MD5OfMessageSystemAttributes`",
        elsewhere="leave it out",
        why=f"it is part of the answer ([SendMessage]({API}SendMessage.html))",
        actions=SEND,
        shown=(_send(MessageSystemAttributes={"AWSTraceHeader": _text("Root=1-5759e988-bd862e3fe1be46a994272793")}),),
        mask=without("MD5OfMessageSystemAttributes"),
    ),
    Difference(
        name="trace header in a batch",
        others=BOTH,
        hookline="keeps it",
        elsewhere="lose it",
        why=f"an entry has the same parameters as a message ([SendMessageBatchRequestEntry]({API}SendMessageBatchRequestEntry.html))",
        actions=("ReceiveMessage",),
        shown=(
            _batch_of(
                {
                    "MessageBody": Text("one"),
                    "MessageSystemAttributes": {"AWSTraceHeader": _text("Root=1-5759e988-bd862e3fe1be46a994272793")},
                }
            ),
            Drain("payments", 10, {"MessageSystemAttributeNames": ALL}),
        ),
        mask=each_message(without("AWSTraceHeader", inside="Attributes")),
    ),
    Difference(
        name="delay out of bounds",
        others=BOTH,
        hookline="`InvalidParameterValue`",
        elsewhere="moto accepts a negative delay, MiniStack every delay",
        why=f"0 to 900 seconds are valid ([SendMessage]({API}SendMessage.html))",
        actions=SEND,
        shown=(_send(DelaySeconds=-1),),
        matches=accepts("InvalidParameterValue", when=given("DelaySeconds")),
        splits=True,
    ),
    Difference(
        name="group and deduplication on a standard queue",
        others=BOTH,
        hookline="refuses a group with other characters, and every deduplication id",
        elsewhere="accept both",
        why="a group has letters, digits and punctuation; a deduplication id is for FIFO queues "
        f"([SendMessage]({API}SendMessage.html))",
        actions=SEND,
        shown=(_send(MessageDeduplicationId="d-1"),),
        matches=accepts(
            "InvalidParameterValue", when=lambda one: "MessageGroupId" in one or "MessageDeduplicationId" in one
        ),
        splits=True,
    ),
    # Batches
    Difference(
        name="checks of a batch",
        others=(MOTO,),
        hookline="an id that is not valid or occurs twice, no entries, or more than ten: the batch is refused, each case with its code",
        elsewhere="does some of these checks, in another order",
        why=f"all batch actions have these errors ([DeleteMessageBatch]({API}DeleteMessageBatch.html#API_DeleteMessageBatch_Errors))",
        actions=BATCHES,
        shown=(Call("ChangeMessageVisibilityBatch", {"QueueUrl": At("payments"), "Entries": []}),),
        matches=_batch_is_refused,
        splits=True,
    ),
    Difference(
        name="one receipt twice in a batch",
        others=(MOTO,),
        hookline="each entry has its result",
        elsewhere="`BatchEntryIdsNotDistinct`",
        why=f"only the ids must be distinct ([DeleteMessageBatch]({API}DeleteMessageBatch.html))",
        actions=("DeleteMessageBatch",),
        shown=(
            ONE,
            TAKE,
            Call("DeleteMessageBatch", {"Entries": [{"Id": "a", **LAST}, {"Id": "b", **LAST}]}),
        ),
        matches=refuses_whole("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        splits=True,
    ),
)
