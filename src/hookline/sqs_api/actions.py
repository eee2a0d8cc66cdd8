"""The actions, each a function of a call, and the table that names them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from starlette.concurrency import run_in_threadpool

from hookline.sqs_api.messages import SYSTEM_ATTRIBUTES, shown
from hookline.sqs_api.parameters import missing
from hookline.sqs_api.wire_errors import INVALID_ATTRIBUTE_NAME, MESSAGE_NOT_IN_FLIGHT, RECEIPT_HANDLE_INVALID, SqsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from hookline.domain.message import Delivery
    from hookline.ports.queues import Queues
    from hookline.sqs_api.parameters import Parameters
    from hookline.sqs_api.served_queues import ServedQueue, ServedQueues
    from hookline.sqs_api.waiting import Waits

__all__ = [
    "ACTIONS",
    "Action",
    "Answer",
    "Call",
    "Service",
    "change_message_visibility",
    "delete_message",
    "get_queue_attributes",
    "get_queue_url",
    "receive_message",
]

_MOST_MESSAGES = 10
_ONE_TO_TEN = f"Must be between 1 and {_MOST_MESSAGES}"
_LONGEST_WAIT = 20  # seconds
_LONGEST_VISIBILITY = 12 * 60 * 60  # seconds
_LONGEST_ECHO = 100  # characters of the client's own that an error repeats

_ALL = "All"
_QUEUE_ATTRIBUTES_LEFT_OUT = frozenset(
    {
        "CreatedTimestamp",
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "LastModifiedTimestamp",
        "Policy",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
    }
)
_MESSAGE_ATTRIBUTES_LEFT_OUT = frozenset(
    {"AWSTraceHeader", "DeadLetterQueueSourceArn", "MessageDeduplicationId", "MessageGroupId", "SequenceNumber"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What the actions work on."""

    queues: Queues
    served: ServedQueues
    waits: Waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: its parameters, the Host it was sent to and the path this API is mounted at, and whether the client has hung up."""

    parameters: Parameters
    host: str
    prefix: str
    gone: Callable[[], Awaitable[bool]]


Answer: TypeAlias = "dict[str, object]"
"""The JSON object that the client gets."""

Action: TypeAlias = "Callable[[Service, Call], Awaitable[Answer]]"
"""Does what a call asks, or raises SqsError, NotFoundError or UnavailableError."""


async def get_queue_url(service: Service, call: Call) -> Answer:
    """The URL of the queue of a name, at the host that the client used."""
    queue = service.served.named(call.parameters.text("QueueName"))
    return {"QueueUrl": service.served.url(queue, host=call.host, prefix=call.prefix)}


async def receive_message(service: Service, call: Call) -> Answer:
    """Up to ten messages, waiting up to twenty seconds for the first; without any, no ``Messages`` at all, as SQS does."""
    queue = _queue(service, call)
    wait = call.parameters.seconds("WaitTimeSeconds", most=_LONGEST_WAIT)
    show = _shown(call.parameters, service.served.account)
    look = _look(service.queues, queue, call.parameters)
    found = await look()
    if wait and not found:
        found = await service.waits.first(queue.name, look, seconds=wait.total_seconds(), gone=call.gone)
    return {"Messages": [show(delivery) for delivery in found]} if found else {}


async def delete_message(service: Service, call: Call) -> Answer:
    """Success, also for a message that is gone or that somebody else received since: deleting twice is no error."""
    queue = _queue(service, call)
    await run_in_threadpool(service.queues.delete, queue.name, [_receipt(call.parameters)])
    return {}


async def change_message_visibility(service: Service, call: Call) -> Answer:
    """The message becomes visible again after the new timeout from now, or the call fails because it is not in flight."""
    queue = _queue(service, call)
    receipt = _receipt(call.parameters)
    timeout = call.parameters.seconds("VisibilityTimeout", most=_LONGEST_VISIBILITY)
    if timeout is None:
        raise missing("VisibilityTimeout")
    (extended,) = await run_in_threadpool(service.queues.extend, queue.name, [receipt], visibility_timeout=timeout)
    if not extended:
        raise SqsError(MESSAGE_NOT_IN_FLIGHT, "The message referred to isn't in flight.")
    return {}


async def get_queue_attributes(service: Service, call: Call) -> Answer:
    """The attributes that were asked for, of those that there are."""
    queue = _queue(service, call)
    wanted = call.parameters.texts("AttributeNames")
    depth = await run_in_threadpool(service.queues.depth, queue.name)
    known = service.served.attributes(queue, depth)
    chosen = _known(wanted, known, _QUEUE_ATTRIBUTES_LEFT_OUT)
    return {"Attributes": {name: value for name, value in known.items() if name in chosen}}


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "ChangeMessageVisibility": change_message_visibility,
        "DeleteMessage": delete_message,
        "GetQueueAttributes": get_queue_attributes,
        "GetQueueUrl": get_queue_url,
        "ReceiveMessage": receive_message,
    }
)
"""The actions that there are, by the name in ``X-Amz-Target``."""


def _queue(service: Service, call: Call) -> ServedQueue:
    return service.served.at(call.parameters.text("QueueUrl"))


def _receipt(parameters: Parameters) -> str:
    receipt = parameters.text("ReceiptHandle")
    if not receipt:
        raise SqsError(RECEIPT_HANDLE_INVALID, "The input receipt handle is invalid.")
    return receipt


def _look(queues: Queues, queue: ServedQueue, parameters: Parameters) -> Callable[[], Awaitable[list[Delivery]]]:
    most = parameters.whole("MaxNumberOfMessages", least=1, most=_MOST_MESSAGES, reason=_ONE_TO_TEN)
    timeout = parameters.seconds("VisibilityTimeout", most=_LONGEST_VISIBILITY)
    return partial(run_in_threadpool, queues.receive, queue.name, max_messages=most or 1, visibility_timeout=timeout)


def _shown(parameters: Parameters, sender: str) -> Callable[[Delivery], Answer]:
    # AttributeNames is the older name of MessageSystemAttributeNames; SDKs send either.
    asked = parameters.texts("AttributeNames") + parameters.texts("MessageSystemAttributeNames")
    system = _known(asked, SYSTEM_ATTRIBUTES, _MESSAGE_ATTRIBUTES_LEFT_OUT)
    return partial(shown, system=system, wanted=parameters.texts("MessageAttributeNames"), sender=sender)


def _known(asked: Sequence[str], there_are: Collection[str], left_out: frozenset[str]) -> frozenset[str]:
    for name in asked:
        if name != _ALL and name not in there_are and name not in left_out:
            raise SqsError(INVALID_ATTRIBUTE_NAME, f"Unknown Attribute {name[:_LONGEST_ECHO]}.")
    return frozenset(there_are if _ALL in asked else asked)
