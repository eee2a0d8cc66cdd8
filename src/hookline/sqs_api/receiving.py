"""The actions of consumers: receive, delete, and change visibility."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from hookline.ports.queues import ReceiptResult
from hookline.sqs_api.batches import BatchAnswer, entries_of
from hookline.sqs_api.calls import queue_of
from hookline.sqs_api.large_messages import within_limit
from hookline.sqs_api.messages import SYSTEM_ATTRIBUTES, shown
from hookline.sqs_api.parameters import chosen_names, missing
from hookline.sqs_api.served_queues import base_url
from hookline.sqs_api.wire_errors import (
    INVALID_PARAMETER_VALUE,
    MESSAGE_NOT_IN_FLIGHT,
    RECEIPT_HANDLE_INVALID,
    SqsError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import timedelta

    from hookline.domain.message import Delivery
    from hookline.sqs_api.calls import Answer, Call, Service
    from hookline.sqs_api.parameters import Parameters
    from hookline.sqs_api.served_queues import ServedQueue, ServedQueues

__all__ = [
    "change_message_visibility",
    "change_message_visibility_batch",
    "delete_message",
    "delete_message_batch",
    "receive_message",
]

_MOST_MESSAGES = 10
_ONE_TO_TEN = f"Must be between 1 and {_MOST_MESSAGES}, if provided."
_LONGEST_WAIT = 20  # seconds
_LONGEST_VISIBILITY = 12 * 60 * 60  # seconds
_LONGEST_ECHO = 100  # characters of the client's value that an error repeats


async def receive_message(service: Service, call: Call) -> Answer:
    """Receive up to ten messages, with a wait of up to twenty seconds for the first. An answer without messages has no ``Messages``."""
    queue = queue_of(service, call)
    wait = call.parameters.seconds("WaitTimeSeconds", most=_LONGEST_WAIT)
    show = _shown(call, service.served)
    look = _look(service, queue, call)
    found = await look()
    if wait and not found:
        watching = partial(service.queues.watching, queue.name)
        found = await service.waits.first(
            queue.name, look, watching=watching, seconds=wait.total_seconds(), gone=call.gone
        )
    return {"Messages": [show(delivery) for delivery in found]} if found else {}


async def delete_message(service: Service, call: Call) -> Answer:
    """Delete a message. It also succeeds if the message was already deleted or received again: deleting twice is not an error.

    On a FIFO queue, after the visibility timeout the message is not deleted and the call fails, as on SQS.
    """
    queue = queue_of(service, call)
    receipt = call.parameters.text("ReceiptHandle")
    (result,) = await service.thread.run(service.queues.delete, queue.name, [receipt])
    if (error := _refused_delete(receipt, result)) is not None:
        raise error
    return {}


async def delete_message_batch(service: Service, call: Call) -> Answer:
    """Delete the message of each entry, in one transaction."""
    queue = queue_of(service, call)
    entries = entries_of(call.parameters, "DeleteMessageBatchRequestEntry")
    receipts = {id_: entry.text("ReceiptHandle") for id_, entry in entries.items()}
    results = await service.thread.run(service.queues.delete, queue.name, list(receipts.values()))
    answer = BatchAnswer()
    for (id_, receipt), result in zip(receipts.items(), results, strict=True):
        if (refused := _refused_delete(receipt, result)) is not None:
            answer.fail(id_, refused)
        else:
            answer.succeed(id_)
    return answer.answer()


async def change_message_visibility(service: Service, call: Call) -> Answer:
    """Make the message visible after the new timeout from now, or fail where that is not possible."""
    queue = queue_of(service, call)
    receipt, timeout = _change(call.parameters)
    (result,) = await service.thread.run(service.queues.extend, queue.name, [receipt], visibility_timeout=timeout)
    if (error := _refused_change(receipt, timeout, result)) is not None:
        raise error
    return {}


async def change_message_visibility_batch(service: Service, call: Call) -> Answer:
    """Change the visibility for each entry, in order; adjacent entries with the same timeout in one transaction."""
    queue = queue_of(service, call)
    entries = entries_of(call.parameters, "ChangeMessageVisibilityBatchRequestEntry")
    answer = BatchAnswer()
    changes: list[tuple[str, str, timedelta]] = []
    for id_, entry in entries.items():
        try:
            changes.append((id_, *_change(entry)))
        except SqsError as error:
            answer.fail(id_, error)
    for timeout, neighbours in groupby(changes, key=itemgetter(2)):
        receipts = {id_: receipt for id_, receipt, _ in neighbours}
        results = await service.thread.run(
            service.queues.extend, queue.name, list(receipts.values()), visibility_timeout=timeout
        )
        for (id_, receipt), result in zip(receipts.items(), results, strict=True):
            if (refused := _refused_change(receipt, timeout, result)) is not None:
                answer.fail(id_, refused)
            else:
                answer.succeed(id_)
    return answer.answer()


def _change(parameters: Parameters) -> tuple[str, timedelta]:
    receipt = parameters.text("ReceiptHandle")
    timeout = parameters.seconds("VisibilityTimeout", most=_LONGEST_VISIBILITY)
    if timeout is None:
        raise missing("VisibilityTimeout")
    return receipt, timeout


def _refused_delete(receipt: str, result: ReceiptResult) -> SqsError | None:
    if result is ReceiptResult.UNKNOWN:
        return _invalid(receipt)
    if result is ReceiptResult.VISIBLE:  # only on a FIFO queue
        return SqsError(
            INVALID_PARAMETER_VALUE,
            f"Value {receipt[:_LONGEST_ECHO]} for parameter ReceiptHandle is invalid. "
            "Reason: The receipt handle has expired.",
        )
    return None


def _refused_change(receipt: str, timeout: timedelta, result: ReceiptResult) -> SqsError | None:
    if result is ReceiptResult.UNKNOWN:
        return _invalid(receipt)
    if result is ReceiptResult.VISIBLE:
        return SqsError(MESSAGE_NOT_IN_FLIGHT, "The message referred to isn't in flight.")
    if result is ReceiptResult.TOO_LONG:
        return SqsError(
            INVALID_PARAMETER_VALUE,
            f"Value {timeout.total_seconds():.0f} for parameter VisibilityTimeout is invalid. "
            f"Reason: Total VisibilityTimeout for the message is beyond the limit [{_LONGEST_VISIBILITY} seconds]",
        )
    if result is ReceiptResult.GONE:
        return SqsError(
            INVALID_PARAMETER_VALUE,
            f"Value {receipt[:_LONGEST_ECHO]} for parameter ReceiptHandle is invalid. "
            "Reason: Message does not exist or is not available for visibility timeout change.",
        )
    return None


def _invalid(receipt: str) -> SqsError:
    return SqsError(
        RECEIPT_HANDLE_INVALID, f'The input receipt handle "{receipt[:_LONGEST_ECHO]}" is not a valid receipt handle.'
    )


def _look(service: Service, queue: ServedQueue, call: Call) -> Callable[[], Awaitable[list[Delivery]]]:
    most = call.parameters.whole("MaxNumberOfMessages", least=1, most=_MOST_MESSAGES, reason=_ONE_TO_TEN)
    timeout = call.parameters.seconds("VisibilityTimeout", most=_LONGEST_VISIBILITY)
    receive = partial(service.queues.receive, queue.name, max_messages=most or 1, visibility_timeout=timeout)
    return partial(service.thread.run_for, call.gone, receive)


def _shown(call: Call, served: ServedQueues) -> Callable[[Delivery], Answer]:
    parameters, base = call.parameters, base_url(call.host, call.scheme)
    # AttributeNames is the older name of MessageSystemAttributeNames; SDKs send either.
    asked = parameters.texts("AttributeNames") + parameters.texts("MessageSystemAttributeNames")
    system = chosen_names(asked, SYSTEM_ATTRIBUTES)
    wanted = parameters.texts("MessageAttributeNames")
    show = partial(shown, system=system, wanted=wanted, sender=served.account, arn=served.arn)
    return lambda delivery: show(within_limit(delivery, base=base))
