"""The actions on whole queues: URLs, attributes, lists of queues, and purging."""

from __future__ import annotations

import base64
import binascii
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from hookline.errors import NotFoundError
from hookline.sqs_api.calls import queue_of, run_in_threadpool
from hookline.sqs_api.parameters import chosen_names, missing
from hookline.sqs_api.served_queues import QUEUE_ATTRIBUTES, attributes_of
from hookline.sqs_api.wire_errors import (
    INVALID_PARAMETER_VALUE,
    PURGE_IN_PROGRESS,
    QUEUE_NAME_EXISTS,
    UNSUPPORTED_OPERATION,
    SqsError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.access import Principal
    from hookline.sqs_api.calls import Answer, Call, Service
    from hookline.sqs_api.parameters import Parameters
    from hookline.sqs_api.served_queues import ServedQueue

__all__ = [
    "create_queue",
    "get_queue_attributes",
    "get_queue_url",
    "list_dead_letter_source_queues",
    "list_queue_tags",
    "list_queues",
    "purge_queue",
    "refuse_change",
]

T = TypeVar("T")

_MOST_RESULTS = 1000
_ONE_TO_THOUSAND = f"Must be between 1 and {_MOST_RESULTS}, if provided."
_FROM_CONFIGURATION = "Queues come from hookline.toml: change it there, and reload the server. No call creates, changes or deletes a queue."
_LONGEST_ECHO = 100  # characters of the client's value that an error repeats


async def get_queue_url(service: Service, call: Call) -> Answer:
    """The URL of the queue of this name, at the host that the client used."""
    return {"QueueUrl": _url(service, call, service.served.named(call.parameters.text("QueueName")))}


async def list_queues(service: Service, call: Call) -> Answer:
    """The sorted URLs of the queues with a prefix; in pages only if the client gives a page size."""
    prefix = call.parameters.optional_text("QueueNamePrefix") or ""
    named = {one.shown_name: one for one in service.served.reached() if one.shown_name.startswith(prefix)}
    page, token = _page([named[name] for name in sorted(named)], call.parameters)
    answer: Answer = {"QueueUrls": [_url(service, call, queue) for queue in page]} if page else {}
    return answer if token is None else {**answer, "NextToken": token}


async def list_dead_letter_source_queues(service: Service, call: Call) -> Answer:
    """The queue whose dead letters are moved to this queue, if it is a dead-letter queue."""
    queue = queue_of(service, call)
    sources = [one for one in service.served.reached() if one.dead_letter_name == queue.name]
    page, token = _page(sources, call.parameters)
    answer: Answer = {"queueUrls": [_url(service, call, source) for source in page]}
    return answer if token is None else {**answer, "NextToken": token}


async def get_queue_attributes(service: Service, call: Call) -> Answer:
    """The requested attributes that the queue has."""
    queue = queue_of(service, call)
    wanted = chosen_names(call.parameters.texts("AttributeNames"), QUEUE_ATTRIBUTES)
    if not wanted:
        return {}
    known = await run_in_threadpool(attributes_of, service.served, queue, service.queues)
    chosen = {name: value for name, value in known.items() if name in wanted}
    return {"Attributes": chosen} if chosen else {}


async def purge_queue(service: Service, call: Call) -> Answer:
    """Delete every message, in flight or not. Messages that are sent meanwhile stay."""
    queue = queue_of(service, call)
    if not service.purges.begin(queue.name):
        raise SqsError(PURGE_IN_PROGRESS, f"Only one PurgeQueue operation on {queue.name} is allowed every 60 seconds.")
    try:
        await run_in_threadpool(_purge, service, queue, call.principal)
    except BaseException:
        service.purges.undo(queue.name)
        raise
    return {}


async def list_queue_tags(service: Service, call: Call) -> Answer:
    """No tags: hookline's queues have none."""
    queue_of(service, call)
    return {}


async def create_queue(service: Service, call: Call) -> Answer:
    """The URL of an existing queue, for clients that create a queue before they use it; refused for any other name."""
    name = call.parameters.text("QueueName")
    try:
        queue = service.served.named(name)
    except NotFoundError:
        raise SqsError(
            UNSUPPORTED_OPERATION, f"There is no queue {name[:_LONGEST_ECHO]} in hookline.toml. {_FROM_CONFIGURATION}"
        ) from None
    given = call.parameters.object("Attributes")
    chosen_names(given.names(), QUEUE_ATTRIBUTES)
    known = await run_in_threadpool(partial(attributes_of, service.served, queue, service.queues))
    for attribute in given.names():
        if given.text(attribute) != known.get(attribute):
            raise SqsError(
                QUEUE_NAME_EXISTS,
                "A queue already exists with the same name and a different value for attribute "
                f"{attribute}. {_FROM_CONFIGURATION}",
            )
    return {"QueueUrl": _url(service, call, queue)}


async def refuse_change(service: Service, call: Call) -> Answer:
    """Refuse the call: only hookline.toml changes a queue."""
    queue_of(service, call)
    raise SqsError(UNSUPPORTED_OPERATION, _FROM_CONFIGURATION)


def _purge(service: Service, queue: ServedQueue, principal: Principal) -> None:
    with service.audits.noted("purge", queue.name, principal) as note:
        note.affected = service.queues.purge(queue.name) or 0


def _url(service: Service, call: Call, queue: ServedQueue) -> str:
    return service.served.url(queue, scheme=call.scheme, host=call.host, prefix=call.prefix)


def _page(found: Sequence[T], parameters: Parameters) -> tuple[Sequence[T], str | None]:
    """The requested page and the token of the next one; everything for a client without a page size."""
    most = parameters.whole("MaxResults", least=1, most=_MOST_RESULTS, reason=_ONE_TO_THOUSAND)
    token = parameters.optional_text("NextToken")
    if most is None and token is not None:
        raise missing("MaxResults")
    begin = _number(token) if token else 0
    end = len(found) if most is None else begin + most
    return found[begin:end], _token(end) if end < len(found) else None


def _token(number: int) -> str:
    return base64.b64encode(b"%d" % number).decode()


def _number(token: str) -> int:
    try:
        number = int(base64.b64decode(token, validate=True))
    except (ValueError, binascii.Error):
        number = -1
    if number < 0:
        raise SqsError(INVALID_PARAMETER_VALUE, "Invalid or expired next token.")
    return number
