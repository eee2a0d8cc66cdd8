"""Every difference between hookline and the two other implementations that is known, with what AWS documents.

``docs/reference/sqs-differences.md`` has the same list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from differential.steps import Arn, At, Call, Drain, Receipt, Text, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from differential.steps import Outcome, Seen, Step

__all__ = ["DIFFERENCES", "Difference", "explain"]

_MOTO, _MINISTACK = "moto", "MiniStack"
_BOTH = (_MOTO, _MINISTACK)

_API = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_"
_GUIDE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/"


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


def explain(server: str, ours: Seen, theirs: Seen) -> list[Difference] | None:
    """The differences that explain why a server answers something else: none if it does not, None if they do not."""
    known = [one for one in DIFFERENCES if server in one.others and ours.action in one.actions]
    if (found := next((one for one in known if one.matches(ours, theirs)), None)) is not None:
        return [found]
    left, right, used = ours.outcome, theirs.outcome, []
    for one in known:
        if left == right:
            break
        if one.mask is None:
            continue
        masked = one.mask(left), one.mask(right)
        if (left, right) != masked:
            used.append(one)
            left, right = masked
    return used if left == right else None


def _accepts(*codes: str, when: Callable[[Mapping[str, Any]], bool]) -> Callable[[Seen, Seen], bool]:
    """Refused here, and the other takes it."""
    return lambda ours, theirs: (
        ours.outcome.get("error") in codes and "error" not in theirs.outcome and when(ours.arguments)
    )


def _codes(ours_: str | None, theirs_: str | None, *receipts: str) -> Callable[[Seen, Seen], bool]:
    """Two codes, None for success, with a receipt in one of these states."""
    return lambda ours, theirs: (
        ours.outcome.get("error") == ours_
        and theirs.outcome.get("error") == theirs_
        and (not receipts or ours.receipt in receipts)
    )


def _any(*matches: Callable[[Seen, Seen], bool]) -> Callable[[Seen, Seen], bool]:
    return lambda ours, theirs: any(one(ours, theirs) for one in matches)


def _without(*names: str, inside: str | None = None) -> Callable[[Outcome], Outcome]:
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


def _each_message(mask: Callable[[Outcome], Outcome]) -> Callable[[Outcome], Outcome]:
    def masked(outcome: Outcome) -> Outcome:
        return {**outcome, "Messages": [mask(one) for one in outcome["Messages"]]} if "Messages" in outcome else outcome

    return masked


def _timeout_is_wrong(ours: Seen, theirs: Seen) -> bool:
    """The timeout is refused here; the other takes it, or looks at the receipt first."""
    wrong = not 0 <= ours.arguments.get("VisibilityTimeout", 0) <= _HOURS_12
    return wrong and ours.outcome.get("error") == _VALUE and theirs.outcome.get("error") in (None, _INVALID)


def _whole_seconds(outcome: Outcome) -> Outcome:
    attributes = outcome.get("Attributes", {})
    times = {name: value.partition(".")[0] for name, value in attributes.items() if name.endswith("Timestamp")}
    return {**outcome, "Attributes": {**attributes, **times}} if times else outcome


def _words(arguments: Mapping[str, Any]) -> str:
    body = arguments.get("MessageBody")
    return body.words if isinstance(body, Text) else ""


def _given(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda arguments: name in arguments


def _refuses_whole(code: str) -> Callable[[Seen, Seen], bool]:
    """The other refuses the whole batch with this code, and hookline no more than some of its entries."""
    return lambda ours, theirs: theirs.outcome.get("error") == code and "entries" in ours.outcome


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
_COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
_SEND = ("SendMessage", "SendMessageBatch")
_DELETE = ("DeleteMessage", "DeleteMessageBatch")
_CHANGE = ("ChangeMessageVisibility", "ChangeMessageVisibilityBatch")
_BATCHES = ("SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch")
_MOVE = ("StartMessageMoveTask", "ListMessageMoveTasks", "CancelMessageMoveTask")

_ONE = Call("SendMessage", {"QueueUrl": At("payments"), "MessageBody": Text("one")})
_TAKE = Drain("payments", 10)


def _send(**arguments: Any) -> Call:  # any argument of boto3's
    return Call("SendMessage", {"QueueUrl": At("payments"), "MessageBody": Text("one"), **arguments})


def _batch_of(entry: dict[str, Any]) -> Call:
    return Call("SendMessageBatch", {"QueueUrl": At("payments"), "Entries": [{"Id": "a", **entry}]})


def _text(value: str) -> dict[str, Any]:
    return {"DataType": "String", "StringValue": value}


_HOURS_12 = 43200
_OLD = ("old", "gone", "deleted")
_INVALID, _VALUE = "ReceiptHandleIsInvalid", "InvalidParameterValue"
_NOT_IN_FLIGHT = "AWS.SimpleQueueService.MessageNotInflight"
_AGAIN = (_ONE, _TAKE, Wait(61), _TAKE)
_FIRST = {"ReceiptHandle": Receipt(1, latest=False)}
_LAST = {"ReceiptHandle": Receipt()}
_GARBAGE = {"ReceiptHandle": Receipt(1000)}
_ALL = ["All"]

DIFFERENCES: tuple[Difference, ...] = (
    # What a message may hold
    Difference(
        name="empty body",
        others=(_MOTO,),
        hookline="`MissingParameter`",
        elsewhere="takes it",
        why=f"a body has at least one character ([SendMessage]({_API}SendMessage.html))",
        actions=_SEND,
        shown=(_send(MessageBody=Text("")),),
        matches=_accepts("MissingParameter", when=lambda arguments: not _words(arguments)),
        splits=True,
    ),
    Difference(
        name="characters of a body",
        others=(_MOTO,),
        hookline="`InvalidMessageContents`",
        elsewhere="takes every character",
        why=f"control characters, U+FFFE and U+FFFF are refused ([SendMessage]({_API}SendMessage.html))",
        actions=_SEND,
        shown=(_send(MessageBody=Text("\x00")),),
        matches=_accepts("InvalidMessageContents", when=lambda arguments: bool(_words(arguments))),
        splits=True,
    ),
    Difference(
        name="size of a message",
        others=(_MOTO,),
        hookline="counts the bytes of the body and of the attributes",
        elsewhere="counts the characters of the body",
        why=f"1,048,576 bytes are the most ([Message quotas]({_GUIDE}quotas-messages.html))",
        actions=("SendMessage",),
        shown=(_send(MessageBody="\u20ac" * 400_000),),
        matches=_accepts(_VALUE, when=lambda arguments: isinstance(arguments["MessageBody"], str)),
        splits=True,
    ),
    Difference(
        name="message attributes",
        others=_BOTH,
        hookline="refuses a name, a type or a value that is not valid, and more than ten attributes",
        elsewhere="take some of them",
        why=f"the rules are those of [message metadata]({_GUIDE}sqs-message-metadata.html)",
        actions=_SEND,
        shown=(_send(MessageAttributes={"AWS.x": _text("x")}),),
        matches=_accepts("InvalidParameterValue", when=_given("MessageAttributes")),
        splits=True,
    ),
    Difference(
        name="one attribute refuses the batch",
        others=(_MOTO,),
        hookline="the entry is in `Failed`, and the others are sent",
        elsewhere="refuses the whole batch",
        why=f"a batch has a result for each entry ([SendMessageBatch]({_API}SendMessageBatch.html))",
        actions=("SendMessageBatch",),
        shown=(
            _batch_of(
                {"MessageBody": Text("one"), "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "x"}}}
            ),
        ),
        matches=_refuses_whole("InvalidParameterValue"),
        splits=True,
    ),
    Difference(
        name="trace header of another type",
        others=_BOTH,
        hookline="`InvalidParameterValue`",
        elsewhere="take it",
        why=f"the type of `AWSTraceHeader` must be `String` ([SendMessage]({_API}SendMessage.html))",
        actions=_SEND,
        shown=(_send(MessageSystemAttributes={"AWSTraceHeader": {"DataType": "Number", "StringValue": "1"}}),),
        matches=_accepts("InvalidParameterValue", when=_given("MessageSystemAttributes")),
        splits=True,
    ),
    Difference(
        name="digest of the system attributes",
        others=_BOTH,
        hookline="`MD5OfMessageSystemAttributes`",
        elsewhere="leave it out",
        why=f"it is part of the answer ([SendMessage]({_API}SendMessage.html))",
        actions=_SEND,
        shown=(_send(MessageSystemAttributes={"AWSTraceHeader": _text("Root=1-5759e988-bd862e3fe1be46a994272793")}),),
        mask=_without("MD5OfMessageSystemAttributes"),
    ),
    Difference(
        name="trace header in a batch",
        others=_BOTH,
        hookline="keeps it",
        elsewhere="lose it",
        why=f"an entry has what a message has ([SendMessageBatchRequestEntry]({_API}SendMessageBatchRequestEntry.html))",
        actions=("ReceiveMessage",),
        shown=(
            _batch_of(
                {
                    "MessageBody": Text("one"),
                    "MessageSystemAttributes": {"AWSTraceHeader": _text("Root=1-5759e988-bd862e3fe1be46a994272793")},
                }
            ),
            Drain("payments", 10, {"MessageSystemAttributeNames": _ALL}),
        ),
        mask=_each_message(_without("AWSTraceHeader", inside="Attributes")),
    ),
    Difference(
        name="delay out of bounds",
        others=_BOTH,
        hookline="`InvalidParameterValue`",
        elsewhere="moto takes a negative one, MiniStack every one",
        why=f"0 to 900 seconds are valid ([SendMessage]({_API}SendMessage.html))",
        actions=_SEND,
        shown=(_send(DelaySeconds=-1),),
        matches=_accepts("InvalidParameterValue", when=_given("DelaySeconds")),
        splits=True,
    ),
    Difference(
        name="group and deduplication on a standard queue",
        others=_BOTH,
        hookline="refuses a group with other characters, and every deduplication id",
        elsewhere="take both",
        why="a group has letters, digits and punctuation; a deduplication id is for FIFO queues "
        f"([SendMessage]({_API}SendMessage.html))",
        actions=_SEND,
        shown=(_send(MessageDeduplicationId="d-1"),),
        matches=_accepts(
            "InvalidParameterValue", when=lambda one: "MessageGroupId" in one or "MessageDeduplicationId" in one
        ),
        splits=True,
    ),
    # Batches
    Difference(
        name="checks of a batch",
        others=(_MOTO,),
        hookline="an id that is not valid or that stands twice, no entries, or more than ten: the batch is refused with a code for each",
        elsewhere="makes some of these checks, in another order",
        why=f"all batch actions have these errors ([DeleteMessageBatch]({_API}DeleteMessageBatch.html#API_DeleteMessageBatch_Errors))",
        actions=_BATCHES,
        shown=(Call("ChangeMessageVisibilityBatch", {"QueueUrl": At("payments"), "Entries": []}),),
        matches=_batch_is_refused,
        splits=True,
    ),
    Difference(
        name="one receipt twice in a batch",
        others=(_MOTO,),
        hookline="each entry has its result",
        elsewhere="`BatchEntryIdsNotDistinct`",
        why=f"the ids are what must be distinct ([DeleteMessageBatch]({_API}DeleteMessageBatch.html))",
        actions=("DeleteMessageBatch",),
        shown=(
            _ONE,
            _TAKE,
            Call("DeleteMessageBatch", {"Entries": [{"Id": "a", **_LAST}, {"Id": "b", **_LAST}]}),
        ),
        matches=_refuses_whole("AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        splits=True,
    ),
    # Receipts
    Difference(
        name="old receipt deletes",
        others=(_MOTO,),
        hookline="succeeds and deletes nothing",
        elsewhere="deletes the message, which another consumer may have in its hands",
        why=f"with an old receipt the message might not be deleted ([DeleteMessage]({_API}DeleteMessage.html)): "
        "the consumer that received it last has not handled it yet",
        actions=_DELETE,
        shown=(*_AGAIN, Call("DeleteMessage", _FIRST)),
        matches=_codes(None, None, "old"),
        splits=True,
    ),
    Difference(
        name="old receipt is invalid",
        others=_BOTH,
        hookline="`DeleteMessage` succeeds with a receipt of a message that was received again, deleted or moved to the dead-letter queue",
        elsewhere="`ReceiptHandleIsInvalid`; moto only after a move",
        why=f"deleting a message that is gone is no error ([DeleteMessage]({_API}DeleteMessage.html))",
        actions=_DELETE,
        shown=(*_AGAIN, Wait(61), _TAKE, Call("DeleteMessage", _LAST)),
        matches=_codes(None, _INVALID, *_OLD),
    ),
    Difference(
        name="old receipt changes visibility",
        others=(_MOTO,),
        hookline="`InvalidParameterValue`",
        elsewhere="hides the message, which another consumer may have in its hands",
        why=f"a receipt belongs to one receive ([ChangeMessageVisibility]({_API}ChangeMessageVisibility.html))",
        actions=_CHANGE,
        shown=(*_AGAIN, Call("ChangeMessageVisibility", {**_FIRST, "VisibilityTimeout": 5})),
        matches=_codes(_VALUE, None, "old"),
        splits=True,
    ),
    Difference(
        name="visibility of what is gone",
        others=_BOTH,
        hookline="`InvalidParameterValue` for a receipt that is old or whose message is gone",
        elsewhere="`ReceiptHandleIsInvalid`",
        why="the receipt is a valid one; its message is not there any more "
        f"([ChangeMessageVisibility]({_API}ChangeMessageVisibility.html))",
        actions=_CHANGE,
        shown=(
            _ONE,
            _TAKE,
            Call("DeleteMessage", _LAST),
            Call("ChangeMessageVisibility", {"ReceiptHandle": Receipt(latest=False), "VisibilityTimeout": 5}),
        ),
        matches=_codes(_VALUE, _INVALID, *_OLD),
    ),
    Difference(
        name="visibility of what is visible",
        others=_BOTH,
        hookline="`MessageNotInflight`",
        elsewhere="hide the message again",
        why=f"the message must be in flight ([ChangeMessageVisibility]({_API}ChangeMessageVisibility.html))",
        actions=_CHANGE,
        shown=(_ONE, _TAKE, Wait(61), Call("ChangeMessageVisibility", {**_LAST, "VisibilityTimeout": 5})),
        matches=_codes(_NOT_IN_FLIGHT, None, "visible"),
        splits=True,
    ),
    Difference(
        name="visibility timeout out of bounds",
        others=_BOTH,
        hookline="`InvalidParameterValue`",
        elsewhere="MiniStack takes every number, moto takes negative ones",
        why=f"0 to 43200 seconds are valid ([ChangeMessageVisibility]({_API}ChangeMessageVisibility.html))",
        actions=(*_CHANGE, "ReceiveMessage"),
        shown=(_ONE, _TAKE, Call("ChangeMessageVisibility", {**_LAST, "VisibilityTimeout": -1})),
        matches=_timeout_is_wrong,
        splits=True,
    ),
    Difference(
        name="twelve hours after the send",
        others=(_MOTO,),
        hookline="hides a message up to twelve hours after its receive",
        elsewhere="up to twelve hours after it was sent, and refuses a whole batch for one entry",
        why=f"AWS counts them from the receive ([Visibility timeout]({_GUIDE}sqs-visibility-timeout.html))",
        actions=_CHANGE,
        shown=(
            _ONE,
            Wait(30),
            _TAKE,
            Call("ChangeMessageVisibility", {**_LAST, "VisibilityTimeout": _HOURS_12 - 1}),
        ),
        matches=lambda ours, theirs: (
            theirs.outcome.get("error") == _VALUE and ours.outcome.get("error") in (None, _NOT_IN_FLIGHT)
        ),
        splits=True,
    ),
    Difference(
        name="more than twelve hours",
        others=(_MINISTACK,),
        hookline="`InvalidParameterValue` where a message would be hidden longer than twelve hours after its receive",
        elsewhere="hides it",
        why=f"twelve hours are the most ([Visibility timeout]({_GUIDE}sqs-visibility-timeout.html))",
        actions=_CHANGE,
        shown=(_ONE, _TAKE, Wait(1), Call("ChangeMessageVisibility", {**_LAST, "VisibilityTimeout": _HOURS_12})),
        matches=lambda ours, theirs: (
            ours.arguments.get("VisibilityTimeout", 0) > 0 and _codes(_VALUE, None, "latest")(ours, theirs)
        ),
        splits=True,
    ),
    # Receiving
    Difference(
        name="no system attributes",
        others=(_MOTO,),
        hookline="no `Attributes` in a message that has none of those that were asked for",
        elsewhere="an empty object",
        why=f"the map has what was asked for ([Message]({_API}Message.html)); SQS leaves it out",
        actions=("ReceiveMessage",),
        shown=(_ONE, Drain("payments", 10, {"MessageSystemAttributeNames": ["AWSTraceHeader"]})),
        mask=_each_message(_without(inside="Attributes")),
    ),
    Difference(
        name="source of a dead letter",
        others=(_MOTO,),
        hookline="`DeadLetterQueueSourceArn`",
        elsewhere="leaves it out",
        why=f"it is one of the system attributes ([ReceiveMessage]({_API}ReceiveMessage.html))",
        actions=("ReceiveMessage",),
        shown=(
            *_AGAIN,
            Wait(61),
            _TAKE,
            Drain("payments-dlq", 10, {"MessageSystemAttributeNames": _ALL}),
        ),
        mask=_each_message(_without("DeadLetterQueueSourceArn", inside="Attributes")),
    ),
    Difference(
        name="bounds of a receive",
        others=_BOTH,
        hookline="`InvalidParameterValue` for a wait out of bounds, `InvalidAttributeName` for an unknown attribute",
        elsewhere="MiniStack takes every wait, both take every name",
        why=f"0 to 20 seconds and the listed names are valid ([ReceiveMessage]({_API}ReceiveMessage.html))",
        actions=("ReceiveMessage",),
        shown=(Call("ReceiveMessage", {"QueueUrl": At("payments"), "AttributeNames": ["Nothing"]}),),
        matches=_accepts(
            _VALUE, "InvalidAttributeName", when=lambda one: "WaitTimeSeconds" in one or "AttributeNames" in one
        ),
        splits=True,
    ),
    # Queues
    Difference(
        name="unknown attribute of a queue",
        others=(_MINISTACK,),
        hookline="`InvalidAttributeName`",
        elsewhere="leaves it out",
        why=f"it is one of the action's errors ([GetQueueAttributes]({_API}GetQueueAttributes.html))",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": ["Nothing"]}),),
        matches=_accepts("InvalidAttributeName", when=_given("AttributeNames")),
    ),
    Difference(
        name="no attribute names",
        others=(_MINISTACK,),
        hookline="no attributes",
        elsewhere="all attributes",
        why=f"without names the result is empty ([GetQueueAttributes]({_API}GetQueueAttributes.html))",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": []}),),
        matches=lambda ours, theirs: not ours.arguments["AttributeNames"] and "error" not in theirs.outcome,
    ),
    Difference(
        name="no value of an attribute",
        others=(_MINISTACK,),
        hookline="no `Attributes` where the queue has none of those that were asked for",
        elsewhere="an empty object",
        why="SQS leaves the map out",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": ["Policy"]}),),
        mask=_without(inside="Attributes"),
    ),
    Difference(
        name="redrive allow policy",
        others=_BOTH,
        hookline="`RedriveAllowPolicy` of a dead-letter queue: only its own queue",
        elsewhere="none, as on a queue of SQS that was created without one",
        why=f"hookline's deployment sets it on AWS, so that both homes show the same ([SetQueueAttributes]({_API}SetQueueAttributes.html))",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments-dlq"), "AttributeNames": _ALL}),),
        mask=_without("RedriveAllowPolicy", inside="Attributes"),
        matches=lambda ours, theirs: (
            ours.arguments["AttributeNames"] == ["RedriveAllowPolicy"]
            and theirs.outcome.get("error") == "InvalidAttributeName"
        ),
    ),
    Difference(
        name="no tags",
        others=_BOTH,
        hookline="no `Tags`",
        elsewhere="an empty object",
        why="SQS leaves the map out",
        actions=("ListQueueTags",),
        shown=(Call("ListQueueTags", {"QueueUrl": At("payments")}),),
        mask=lambda outcome: {} if outcome == {"Tags": {}} else outcome,
    ),
    Difference(
        name="no queues",
        others=(_MINISTACK,),
        hookline="no `QueueUrls`",
        elsewhere="an empty list",
        why="SQS leaves the list out",
        actions=("ListQueues",),
        shown=(Call("ListQueues", {"QueueNamePrefix": "none"}),),
        mask=lambda outcome: {} if outcome == {"QueueUrls": []} else outcome,
    ),
    Difference(
        name="encryption",
        others=_BOTH,
        hookline="`SqsManagedSseEnabled` is `false`",
        elsewhere="moto says `true`, MiniStack leaves it out",
        why="SQS encrypts a new queue; hookline's file is as it is on the disk, and says so",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": _ALL}),),
        mask=_without("SqsManagedSseEnabled", inside="Attributes"),
    ),
    Difference(
        name="fractions of a second",
        others=(_MOTO,),
        hookline="`CreatedTimestamp` and `LastModifiedTimestamp` in whole seconds",
        elsewhere="with a fraction",
        why=f"they are epoch time in seconds ([GetQueueAttributes]({_API}GetQueueAttributes.html))",
        actions=("GetQueueAttributes",),
        shown=(Call("GetQueueAttributes", {"QueueUrl": At("payments"), "AttributeNames": _ALL}),),
        mask=_whole_seconds,
    ),
    Difference(
        name="sources of dead letters",
        others=(_MINISTACK,),
        hookline="`ListDeadLetterSourceQueues`",
        elsewhere="does not have it",
        why=f"it is an action of SQS ([ListDeadLetterSourceQueues]({_API}ListDeadLetterSourceQueues.html))",
        actions=("ListDeadLetterSourceQueues",),
        shown=(Call("ListDeadLetterSourceQueues", {"QueueUrl": At("payments-dlq")}),),
        matches=lambda _ours, theirs: theirs.outcome.get("error") == "InvalidAction",
    ),
    Difference(
        name="pages of queues",
        others=_BOTH,
        hookline="`InvalidParameterValue` for more than 1000 queues a page",
        elsewhere="take every number",
        why=f"1 to 1000 are valid ([ListQueues]({_API}ListQueues.html))",
        actions=("ListQueues",),
        shown=(Call("ListQueues", {"MaxResults": 1001}),),
        matches=_accepts(_VALUE, when=_given("MaxResults")),
    ),
    Difference(
        name="second purge in a minute",
        others=(_MINISTACK,),
        hookline="`PurgeQueueInProgress`",
        elsewhere="purges again",
        why=f"a queue can be purged once in 60 seconds ([PurgeQueue]({_API}PurgeQueue.html))",
        actions=("PurgeQueue",),
        shown=(Call("PurgeQueue", {"QueueUrl": At("payments")}), Call("PurgeQueue", {"QueueUrl": At("payments")})),
        matches=_codes("AWS.SimpleQueueService.PurgeQueueInProgress", None),
        splits=True,
    ),
    Difference(
        name="move tasks",
        others=_BOTH,
        hookline="starts, lists and cancels them",
        elsewhere="have none: moto answers 500, MiniStack `InvalidAction`",
        why=f"they are actions of SQS ([StartMessageMoveTask]({_API}StartMessageMoveTask.html)); "
        "tests compare hookline's with what AWS documents",
        actions=_MOVE,
        shown=(Call("StartMessageMoveTask", {"SourceArn": Arn("payments-dlq")}),),
        matches=lambda _ours, theirs: theirs.outcome.get("error") in ("500", "InvalidAction"),
        splits=True,
    ),
)
