"""The actions of producers: send messages, which are durable like an event when the answer is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.fifo import FifoPosition, is_fifo_id
from hookline.domain.message import Message, named_event, size_of
from hookline.sqs_api.batches import BatchAnswer, entries_of
from hookline.sqs_api.calls import queue_of, run_in_threadpool
from hookline.sqs_api.message_attributes import check_text, message_attributes
from hookline.sqs_api.messages import attributes_md5, body_md5
from hookline.sqs_api.parameters import missing
from hookline.sqs_api.served_queues import LARGEST_MESSAGE
from hookline.sqs_api.wire_errors import BATCH_TOO_LONG, INVALID_CONTENTS, INVALID_PARAMETER_VALUE, SqsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.message import AttributeValue
    from hookline.ports.queues import Sent
    from hookline.sqs_api.calls import Answer, Call, Service
    from hookline.sqs_api.parameters import Parameters
    from hookline.sqs_api.served_queues import ServedQueue

__all__ = ["send_message", "send_message_batch"]

_LONGEST_DELAY = 15 * 60  # seconds
_TRACE = "AWSTraceHeader"
_SENDER = "SenderId"
_GROUP = "MessageGroupId"
_DEDUPLICATION = "MessageDeduplicationId"
_LONGEST_ECHO = 200  # characters of the client's value that an error repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A checked message, and the part of the answer that is known before it is sent."""

    message: Message
    digests: dict[str, object]


async def send_message(service: Service, call: Call) -> Answer:
    """Send a message; returns its id after it is durable, and the digests that SDKs compare."""
    queue = queue_of(service, call)
    draft = _draft(call.parameters, call, queue)
    if size_of(draft.message) > LARGEST_MESSAGE:
        raise SqsError(
            INVALID_PARAMETER_VALUE,
            f"One or more parameters are invalid. Reason: Message must be shorter than {LARGEST_MESSAGE} bytes.",
        )
    (sent,) = await _send(service, queue, [draft])
    return {**_identity(sent), **draft.digests}


async def send_message_batch(service: Service, call: Call) -> Answer:
    """Send up to ten messages in one transaction; an entry that cannot be sent does not affect the others."""
    queue = queue_of(service, call)
    entries = entries_of(call.parameters, "SendMessageBatchRequestEntry")
    answer = BatchAnswer()
    drafts: dict[str, _Draft] = {}
    for id_, entry in entries.items():
        try:
            drafts[id_] = _draft(entry, call, queue)
        except SqsError as error:
            answer.fail(id_, error)
    size = sum(size_of(draft.message) for draft in drafts.values())
    if size > LARGEST_MESSAGE:
        raise SqsError(
            BATCH_TOO_LONG, f"Batch requests cannot be longer than {LARGEST_MESSAGE} bytes. You have sent {size} bytes."
        )
    if drafts:
        sent = await _send(service, queue, list(drafts.values()))
        for (id_, draft), one in zip(drafts.items(), sent, strict=True):
            answer.succeed(id_, **_identity(one), **draft.digests)
    return answer.answer()


async def _send(service: Service, queue: ServedQueue, drafts: Sequence[_Draft]) -> list[Sent]:
    messages = [draft.message for draft in drafts]
    if (refusal := service.refusal(sum(map(size_of, messages)))) is not None:
        raise refusal
    return await run_in_threadpool(service.queues.send, queue.name, messages)


def _identity(sent: Sent) -> dict[str, object]:
    number = sent.sequence_number
    return {"MessageId": sent.message_id, **({} if number is None else {"SequenceNumber": number})}


def _draft(parameters: Parameters, call: Call, queue: ServedQueue) -> _Draft:
    """Check an entry; raises SqsError for values that SQS does not accept."""
    body = parameters.optional_text("MessageBody")
    if not body:
        raise missing("MessageBody")
    check_text(body, INVALID_CONTENTS)
    attributes = message_attributes(parameters, "MessageAttributes")
    given = message_attributes(parameters, "MessageSystemAttributes", only=_TRACE)
    header = _text(given[_TRACE]) if _TRACE in given else call.trace
    system = {_TRACE: header} if header else {}
    if call.principal.key_id is not None:
        system[_SENDER] = call.principal.key_id
    position = _position(parameters, queue)
    if position is None and (group := _fifo_id(parameters, _GROUP)) is not None:
        system[_GROUP] = group
    delay = parameters.whole(
        "DelaySeconds", least=0, most=_LONGEST_DELAY, reason=f"DelaySeconds must be >= 0 and <= {_LONGEST_DELAY}."
    )
    if delay and queue.fifo:
        raise _not_for_this_queue("DelaySeconds", str(delay))
    message = Message(
        event_id=named_event(body),
        body=body,
        attributes=attributes,
        system=system,
        delay=timedelta(seconds=delay) if delay else None,
        fifo=position,
    )
    digests: dict[str, object] = {"MD5OfMessageBody": body_md5(body)}
    if attributes:
        digests["MD5OfMessageAttributes"] = attributes_md5(attributes)
    if given:
        digests["MD5OfMessageSystemAttributes"] = attributes_md5(given)
    return _Draft(message=message, digests=digests)


def _text(value: AttributeValue) -> str:
    if isinstance(value, str):
        return value
    raise SqsError(
        INVALID_PARAMETER_VALUE,
        f"The message system attribute '{_TRACE}' with type '{value.data_type}' is invalid. It must be of type String.",
    )


def _position(parameters: Parameters, queue: ServedQueue) -> FifoPosition | None:
    """The message's group and deduplication id, which are required on a FIFO queue; None on a standard queue."""
    group, deduplication = _fifo_id(parameters, _GROUP), _fifo_id(parameters, _DEDUPLICATION)
    if not queue.fifo:
        if deduplication is not None:
            raise _not_for_this_queue(_DEDUPLICATION, deduplication)
        return None
    if group is None:
        raise missing(_GROUP)
    if deduplication is None:
        raise SqsError(
            INVALID_PARAMETER_VALUE,
            "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
        )
    return FifoPosition(group=group, deduplication_id=deduplication)


def _fifo_id(parameters: Parameters, name: str) -> str | None:
    value = parameters.optional_text(name)
    if value is not None and not is_fifo_id(value):
        raise SqsError(
            INVALID_PARAMETER_VALUE,
            f"Value {value[:_LONGEST_ECHO]} for parameter {name} is invalid. "
            f"Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        )
    return value


def _not_for_this_queue(name: str, value: str) -> SqsError:
    return SqsError(
        INVALID_PARAMETER_VALUE,
        f"Value {value} for parameter {name} is invalid. "
        "Reason: The request include parameter that is not valid for this queue type.",
    )
