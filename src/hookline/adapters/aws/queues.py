"""Sends, receives and deletes messages of SQS queues."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from hookline.adapters.aws.clients import opened
from hookline.adapters.aws.errors import translated, unavailable
from hookline.adapters.aws.message_sender import BATCH_ENTRIES, MessageSender
from hookline.adapters.aws.queue_gates import is_closed
from hookline.adapters.aws.queue_urls import QueueUrls
from hookline.domain.fifo import FifoPosition
from hookline.domain.message import DeadLetter, Delivery, TypedValue, named_event
from hookline.errors import HooklineError, OperatorError, UnavailableError
from hookline.ports.queues import Depth, ReceiptResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.adapters.aws.clients import LazyClient
    from hookline.adapters.aws.message_sender import SendResult
    from hookline.domain.message import AttributeValue, Message
    from hookline.domain.queue import Queue
    from hookline.ports.queues import Sent

__all__ = ["SqsQueues"]

_LONGEST_WAIT = 1
"""Seconds that one ReceiveMessage waits: less than the client's read timeout."""

_NO_TIME = timedelta(0)

_PURGING = "PurgeQueueInProgress"
_SENT = "SentTimestamp"
_COUNT = "ApproximateReceiveCount"
_FIRST = "ApproximateFirstReceiveTimestamp"
_SOURCE = "DeadLetterQueueSourceArn"
_GROUP = "MessageGroupId"
_GIVEN = ("AWSTraceHeader", _GROUP)
"""The system attributes that the sender of a message sets."""
_PLACE = ("MessageDeduplicationId", "SequenceNumber")
"""The attributes that a message on a FIFO queue has in addition to its group."""

_DEPTHS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)

_DENIED = ("AccessDenied", "AccessDeniedException")

_RESULTS = {
    "InvalidParameterValue": ReceiptResult.GONE,
    "MessageNotInflight": ReceiptResult.VISIBLE,
    "ReceiptHandleIsInvalid": ReceiptResult.UNKNOWN,
}
"""The error codes of SQS for a receipt that is not valid any more."""

_TOO_LONG = "beyond the limit"
"""Part of SQS's text for ``InvalidParameterValue`` if a message would be hidden for more than twelve hours."""

_LATE = "has expired"
"""Part of SQS's text for the same code if a message of a FIFO queue is deleted after its visibility timeout."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqsQueues:
    """Queues over SQS. ``url_prefix`` is the URL of any queue up to its last slash, inclusive.

    The limits of SQS apply: deleting with a receipt that a later receive has replaced is answered as done although nothing was deleted,
    times are in milliseconds, timeouts in whole seconds (rounded up), and the age of a queue's oldest message is unknown.
    """

    def __init__(self, client: LazyClient, *, queues: Sequence[Queue], environment: str, url_prefix: str) -> None:
        self._client = opened(client)
        self._urls = QueueUrls(queues, environment=environment, prefix=url_prefix)
        self._sender = MessageSender(self._client)

    def url(self, queue: str) -> str:
        """The URL of a queue or dead-letter queue, by its name in hookline.toml. Raises NotFoundError."""
        return self._urls.url(queue)

    def send_each(self, queue: str, messages: Sequence[Message]) -> list[SendResult]:
        """Put messages on a queue; returns for each the sent message or the fault that prevented it."""
        return self._sender.send(queue, self.url(queue), messages)

    def send(self, queue: str, messages: Sequence[Message]) -> list[Sent]:
        """Put messages on a queue. Raises the first fault; the other messages may have been sent then."""
        done: list[Sent] = []
        for sent in self.send_each(queue, messages):
            if isinstance(sent, HooklineError):
                raise sent
            done.append(sent)
        return done

    def receive(
        self,
        queue: str,
        *,
        max_messages: int = 1,
        visibility_timeout: timedelta | None = None,
        wait: timedelta | None = None,
    ) -> list[Delivery]:
        """Receive up to ``max_messages``, ten with each call; waits for the first one in steps of a second.

        With a visibility timeout of zero another call would return the same messages, so the first call that returns any is the last.
        """
        url = self.url(queue)
        options = {} if visibility_timeout is None else {"VisibilityTimeout": _whole_seconds(visibility_timeout)}
        end = time.monotonic() + (wait or timedelta()).total_seconds()
        taken: list[Delivery] = []
        while len(taken) < max_messages:
            pause = 0 if taken else min(ceil(max(end - time.monotonic(), 0)), _LONGEST_WAIT)
            wanted = min(max_messages - len(taken), BATCH_ENTRIES)
            found = self._receive(url, wanted, {**options, "WaitTimeSeconds": pause})
            taken += found
            if found and visibility_timeout == _NO_TIME:
                break
            if not found and (taken or time.monotonic() >= end):
                break
        return taken

    def delete(self, queue: str, receipts: Sequence[str]) -> list[ReceiptResult]:
        """Delete consumed messages; UNKNOWN for a receipt that SQS never issued for this queue."""
        url = self.url(queue)
        return self._each(receipts, lambda entries: self._client().delete_message_batch(QueueUrl=url, Entries=entries))

    def extend(self, queue: str, receipts: Sequence[str], *, visibility_timeout: timedelta) -> list[ReceiptResult]:
        """Hide messages in flight for ``visibility_timeout`` from now."""
        url = self.url(queue)
        timeout = {"VisibilityTimeout": _whole_seconds(visibility_timeout)}
        return self._each(
            receipts,
            lambda entries: self._client().change_message_visibility_batch(
                QueueUrl=url, Entries=[{**entry, **timeout} for entry in entries]
            ),
        )

    def failed(self, queue: str, receipt: str, *, reason: str) -> bool:  # noqa: ARG002 -- the port's shape
        """Do nothing: SQS cannot store it."""
        self.url(queue)
        return False

    def depth(self, queue: str) -> Depth:
        """How many messages a queue has, as SQS reports it: exact only after a minute without traffic."""
        visible, in_flight, delayed = map(int, self._attributes(queue, *_DEPTHS))
        return Depth(visible=visible, in_flight=in_flight, delayed=delayed)

    def purge(self, queue: str) -> None:
        """Delete all messages of a queue, which takes SQS up to a minute; it allows one purge a minute.

        Raises OperatorError ``purge_in_progress`` for another call in that minute: messages that arrived since the purge are not deleted.
        """
        try:
            with translated(but=(_PURGING,)):
                self._client().purge_queue(QueueUrl=self.url(queue))
        except ClientError:
            raise OperatorError("purge_in_progress", f"the queue {queue} was purged less than a minute ago") from None

    def _attributes(self, queue: str, *names: str) -> list[str]:
        with translated():
            answer = self._client().get_queue_attributes(QueueUrl=self.url(queue), AttributeNames=list(names))
        return [answer["Attributes"][name] for name in names]

    def _receive(self, url: str, wanted: int, options: Mapping[str, int]) -> list[Delivery]:
        """The received messages; from a paused queue none, after the requested wait."""
        try:
            return self._received(url, wanted, options)
        except ClientError as error:
            if not is_closed(self._policy(url)):
                raise unavailable(error) from error
        time.sleep(options["WaitTimeSeconds"])
        return []

    def _policy(self, url: str) -> str:
        with translated():
            answer = self._client().get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        policy: str = answer.get("Attributes", {}).get("Policy", "")
        return policy

    def _received(self, url: str, wanted: int, options: Mapping[str, int]) -> list[Delivery]:
        with translated(but=_DENIED):
            answer = self._client().receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=wanted,
                MessageSystemAttributeNames=[_SENT, _COUNT, _FIRST, _SOURCE, *_GIVEN, *_PLACE],
                MessageAttributeNames=["All"],
                **options,
            )
        return [self._delivery(message) for message in answer.get("Messages", ())]

    def _each(
        self, receipts: Sequence[str], ask: Callable[[list[dict[str, Any]]], Mapping[str, Any]]
    ) -> list[ReceiptResult]:
        """The result of each receipt from ``ask``, which is called with ten entries at a time."""
        results = [ReceiptResult.UNKNOWN] * len(receipts)
        usable = [number for number, receipt in enumerate(receipts) if _could_be_a_receipt(receipt)]
        for start in range(0, len(usable), BATCH_ENTRIES):
            chunk = usable[start : start + BATCH_ENTRIES]
            with translated():
                answer = ask([{"Id": str(number), "ReceiptHandle": receipts[number]} for number in chunk])
            for one in answer.get("Successful", ()):
                results[int(one["Id"])] = ReceiptResult.DONE
            for one in answer.get("Failed", ()):
                results[int(one["Id"])] = _result(one["Code"], one.get("Message", ""))
        return results

    def _delivery(self, message: Mapping[str, Any]) -> Delivery:  # botocore's answer
        system = message["Attributes"]
        source, place = system.get(_SOURCE), _place(system)
        return Delivery(
            message_id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            event_id=named_event(message["Body"]),
            body=message["Body"],
            attributes={name: _value(value) for name, value in message.get("MessageAttributes", {}).items()},
            receives=int(system[_COUNT]),
            sent_at=_from_milliseconds(system[_SENT]),
            first_received_at=_from_milliseconds(system[_FIRST]) if _FIRST in system else None,
            system={name: system[name] for name in _GIVEN if name in system and not (place and name == _GROUP)},
            dead_letter=None if source is None else DeadLetter(queue=self._urls.name(source)),
            fifo=place,
        )


def _whole_seconds(duration: timedelta) -> int:
    return ceil(duration.total_seconds())


def _could_be_a_receipt(text: str) -> bool:
    """Whether a receipt is ASCII text: SQS's receipts are base64, and one invalid receipt would make the whole call fail."""
    return text != "" and text.isascii() and text.isprintable()


def _result(code: str, reason: str) -> ReceiptResult:
    if _TOO_LONG in reason:
        return ReceiptResult.TOO_LONG
    if _LATE in reason:
        return ReceiptResult.VISIBLE
    if code not in _RESULTS:
        raise UnavailableError("storage_unavailable", f"SQS did not accept a receipt: {code}")
    return _RESULTS[code]


def _value(written: Mapping[str, Any]) -> AttributeValue:  # botocore's answer
    data_type = written["DataType"]
    if data_type == "String":
        return str(written["StringValue"])
    return TypedValue(
        data_type=data_type, value=written["BinaryValue"] if "BinaryValue" in written else written["StringValue"]
    )


def _place(system: Mapping[str, str]) -> FifoPosition | None:
    """The group and deduplication id of a message on a FIFO queue; a message on a standard queue may have only a group."""
    if not all(name in system for name in (_GROUP, *_PLACE)):
        return None
    deduplication_id, sequence_number = (system[name] for name in _PLACE)
    return FifoPosition(group=system[_GROUP], deduplication_id=deduplication_id, sequence_number=sequence_number)


def _from_milliseconds(text: str) -> datetime:
    return _EPOCH + timedelta(milliseconds=int(text))
