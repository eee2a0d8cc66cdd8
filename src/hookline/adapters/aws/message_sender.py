"""Puts messages on SQS queues and handles batches of which SQS refuses a part."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.errors import code_of, translated
from hookline.domain.fifo import FIFO_SUFFIX, fifo_position
from hookline.domain.message import size_of
from hookline.errors import OperatorError, UnavailableError
from hookline.ports.queues import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hookline.adapters.aws.clients import Client
    from hookline.domain.message import AttributeValue, Message
    from hookline.errors import HooklineError

__all__ = ["BATCH_BYTES", "BATCH_ENTRIES", "MessageSender", "SendResult", "split"]

_TRACE = "AWSTraceHeader"
_GROUP = "MessageGroupId"
_DEDUPLICATION = "MessageDeduplicationId"

BATCH_ENTRIES = 10
BATCH_BYTES = 1024 * 1024
"""The limits of one SendMessageBatch; a single message has the same limit in bytes."""

SendResult: TypeAlias = "Sent | HooklineError"
"""The sent message, or the fault that prevented that it was sent."""

_MAX_ROUNDS = 4
_FIRST_PAUSE = 0.1
_REFUSALS = frozenset({"InvalidMessageContents", "InvalidParameterValue", "InvalidAttributeValue"})
"""The error codes for a message that SQS will never accept."""

_Numbered: TypeAlias = "Mapping[int, Message]"


class MessageSender:
    """Sends to one queue at a time. ``pause`` waits for a number of seconds before the refused part of a batch is tried again."""

    def __init__(self, client: Callable[[], Client], *, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._pause = pause

    def send(self, queue: str, url: str, messages: Sequence[Message]) -> list[SendResult]:
        """Put messages durably on the queue ``queue`` at ``url``; returns one result per message, in order.

        One message needs one SendMessage, several need as few SendMessageBatch as their number and size allow. SQS may accept only a part
        of a batch, so a batch for a FIFO queue has at most one message of each group. If a message failed but may be sent later, the
        later messages of its group are not sent and get its fault.
        """
        if not url.endswith(FIFO_SUFFIX):
            return self._send(
                queue, url, [replace(message, fifo=None) if message.fifo else message for message in messages]
            )
        placed = [
            message if message.fifo else replace(message, fifo=fifo_position(message.event_id)) for message in messages
        ]
        return self._send_in_order(queue, url, placed)

    def _send_in_order(self, queue: str, url: str, messages: Sequence[Message]) -> list[SendResult]:
        groups = ["" if message.fifo is None else message.fifo.group for message in messages]
        sent: dict[int, SendResult] = {}
        held: dict[str, UnavailableError] = {}
        for turn in _turns(groups):
            sent |= {number: held[groups[number]] for number in turn if groups[number] in held}
            free = [number for number in turn if number not in sent]
            for number, result in zip(free, self._send(queue, url, [messages[one] for one in free]), strict=True):
                sent[number] = result
                if isinstance(result, UnavailableError):
                    held[groups[number]] = result
        return [sent[number] for number in range(len(messages))]

    def _send(self, queue: str, url: str, messages: Sequence[Message]) -> list[SendResult]:
        sent: dict[int, SendResult] = {}
        for batch in split(messages):
            send = self._send_one if len(batch) == 1 else self._send_batch
            sent |= send(queue, url, {number: messages[number] for number in batch})
        return [sent[number] for number in range(len(messages))]

    def _send_one(self, queue: str, url: str, messages: _Numbered) -> dict[int, SendResult]:
        ((number, message),) = messages.items()
        if size_of(message) > BATCH_BYTES:
            return {number: _refusal(queue, message, f"it has more than {BATCH_BYTES} bytes")}
        try:
            with translated(but=_REFUSALS):
                answer = self._client().send_message(QueueUrl=url, **_written(message))
        except ClientError as error:
            return {number: _refusal(queue, message, code_of(error))}
        except UnavailableError as fault:
            return {number: fault}
        return {number: _sent(answer)}

    def _send_batch(self, queue: str, url: str, messages: _Numbered) -> dict[int, SendResult]:
        """Send the messages that SQS did not accept a few times again, except those that it refuses because of the message itself."""
        sent: dict[int, SendResult] = {}
        left: _Numbered = messages
        for round_ in range(_MAX_ROUNDS):
            if round_:
                self._pause(_FIRST_PAUSE * 2**round_ * random.uniform(0.5, 1))  # noqa: S311 -- only to draw senders apart
            sent |= self._try_batch(queue, url, left)
            left = {number: messages[number] for number in left if number not in sent}
            if not left:
                return sent
        busy = UnavailableError("storage_unavailable", f"SQS did not accept every message for the queue {queue}")
        return sent | dict.fromkeys(left, busy)

    def _try_batch(self, queue: str, url: str, messages: _Numbered) -> dict[int, SendResult]:
        """The final results; an entry that may still be accepted has none."""
        entries = [{"Id": str(number), **_written(message)} for number, message in messages.items()]
        try:
            with translated():
                answer = self._client().send_message_batch(QueueUrl=url, Entries=entries)
        except UnavailableError as fault:
            return dict.fromkeys(messages, fault)
        sent: dict[int, SendResult] = {int(one["Id"]): _sent(one) for one in answer.get("Successful", ())}
        for one in answer.get("Failed", ()):
            if one["SenderFault"]:
                number = int(one["Id"])
                sent[number] = _refusal(queue, messages[number], one["Code"])
        return sent


def _sent(answer: Mapping[str, Any]) -> Sent:  # botocore's answer
    return Sent(message_id=answer["MessageId"], sequence_number=answer.get("SequenceNumber"))


def split(messages: Sequence[Message]) -> Iterator[list[int]]:
    """The numbers of the messages, in order, divided into batches that SQS accepts."""
    batch: list[int] = []
    size = 0
    for number, message in enumerate(messages):
        added = size_of(message)
        if batch and (len(batch) == BATCH_ENTRIES or size + added > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(number)
        size += added
    if batch:
        yield batch


def _turns(groups: Sequence[str]) -> list[list[int]]:
    """The numbers of the messages in ``groups``: the first message of each group, then the second of each group, and so on."""
    places: Counter[str] = Counter()
    turns: list[list[int]] = []
    for number, group in enumerate(groups):
        if places[group] == len(turns):
            turns.append([])
        turns[places[group]].append(number)
        places[group] += 1
    return turns


def _written(message: Message) -> dict[str, Any]:  # botocore's arguments
    written: dict[str, Any] = {
        "MessageBody": message.body,
        "MessageAttributes": {name: _attribute(value) for name, value in message.attributes.items()},
    }
    if message.delay:
        written["DelaySeconds"] = ceil(message.delay.total_seconds())
    if header := message.system.get(_TRACE):
        written["MessageSystemAttributes"] = {_TRACE: {"DataType": "String", "StringValue": header}}
    if group := message.system.get(_GROUP):
        written[_GROUP] = group
    if place := message.fifo:
        written |= {_GROUP: place.group, _DEDUPLICATION: place.deduplication_id}
    return written


def _attribute(value: AttributeValue) -> dict[str, str | bytes]:
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    key = "BinaryValue" if isinstance(value.value, bytes) else "StringValue"
    return {"DataType": value.data_type, key: value.value}


def _refusal(queue: str, message: Message, why: str) -> HooklineError:
    return OperatorError(
        "message_refused", f"SQS refuses the message of {message.event_id} for the queue {queue}: {why}"
    )
