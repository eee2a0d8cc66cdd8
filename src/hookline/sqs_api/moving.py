"""The actions on move tasks, which move dead letters back to their queue, or to another one."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import orjson

from hookline.errors import NotFoundError
from hookline.ports.move_tasks import MoveStatus
from hookline.sqs_api.calls import run_in_threadpool
from hookline.sqs_api.wire_errors import (
    INVALID_PARAMETER_VALUE,
    NO_SUCH_RESOURCE,
    UNSUPPORTED_OPERATION,
    SqsError,
)

if TYPE_CHECKING:
    from hookline.domain.access import Principal
    from hookline.ports.move_tasks import MoveTask, MoveTasks
    from hookline.sqs_api.calls import Answer, Call, Service
    from hookline.sqs_api.served_queues import ServedQueue

__all__ = ["cancel_message_move_task", "list_message_move_tasks", "start_message_move_task"]

_FASTEST = 500
_MOST_TASKS = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def start_message_move_task(service: Service, call: Call) -> Answer:
    """Start a task that moves a dead-letter queue's messages in the background; returns its handle."""
    source = _dead_letter_queue(service, call.parameters.text("SourceArn"))
    given = call.parameters.optional_text("DestinationArn")
    to = service.served.named(source.source_name or "") if given is None else _queue(service, given, "DestinationArn")
    if to.fifo is not source.fifo:
        raise SqsError(
            INVALID_PARAMETER_VALUE, "Source and destination queues must be of the same type, FIFO or standard."
        )
    rate = call.parameters.whole(
        "MaxNumberOfMessagesPerSecond", least=1, most=_FASTEST, reason=f"Must be between 1 and {_FASTEST}, if provided."
    )
    try:
        task = await run_in_threadpool(_start, service, source.name, to.name if given else None, rate, call.principal)
    except NotFoundError:  # a queue that was removed from hookline.toml gets no messages
        raise _not_there("DestinationArn") from None
    if task is None:
        raise SqsError(
            INVALID_PARAMETER_VALUE,
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time.",
        )
    service.moves_begun()
    return {"TaskHandle": _handle(service, task)}


async def list_message_move_tasks(service: Service, call: Call) -> Answer:
    """The last tasks of a dead-letter queue, the newest first; by default one."""
    source = _queue(service, call.parameters.text("SourceArn"), "SourceArn")
    most = call.parameters.whole(
        "MaxResults", least=1, most=_MOST_TASKS, reason=f"Must be between 1 and {_MOST_TASKS}, if provided."
    )
    if source.source_name is None:
        return {"Results": []}
    found = await run_in_threadpool(_tasks(service).newest, source.name, limit=most or 1)
    return {"Results": [_shown(service, task) for task in found]}


async def cancel_message_move_task(service: Service, call: Call) -> Answer:
    """Cancel a task; returns how many messages it had moved, which stay on their new queue."""
    id_, arn = _read_handle(call.parameters.text("TaskHandle"))
    source = _queue(service, arn, "SourceArn")
    if source.source_name is None:
        raise _no_task()
    task = await run_in_threadpool(_tasks(service).cancel, source.name, id_)
    if task is None:
        raise _no_task()
    if task.status is not MoveStatus.RUNNING:
        raise SqsError(UNSUPPORTED_OPERATION, "Only active tasks can be cancelled.")
    return {"ApproximateNumberOfMessagesMoved": task.moved}


def _start(service: Service, source: str, to: str | None, rate: int | None, principal: Principal) -> MoveTask | None:
    with service.audits.noted("move", source, principal, to=to or "the queue that they come from") as note:
        task = _tasks(service).start(source, to=to, rate=rate)
        note.affected = 0 if task is None else task.to_move
    return task


def _tasks(service: Service) -> MoveTasks:
    if service.moves is None:
        raise SqsError(UNSUPPORTED_OPERATION, "No messages are moved here.")
    return service.moves


def _dead_letter_queue(service: Service, arn: str) -> ServedQueue:
    queue = _queue(service, arn, "SourceArn")
    if queue.source_name is None:
        raise SqsError(INVALID_PARAMETER_VALUE, "Source queue must be configured as a Dead Letter Queue.")
    return queue


def _queue(service: Service, arn: str, parameter: str) -> ServedQueue:
    try:
        return service.served.of_arn(arn)
    except NotFoundError:
        raise _not_there(parameter) from None


def _shown(service: Service, task: MoveTask) -> Answer:
    """The description of a task; only a running one has a handle."""
    optional = {
        "TaskHandle": _handle(service, task) if task.status is MoveStatus.RUNNING else None,
        "DestinationArn": None if task.to is None else service.served.arn(task.to),
        "MaxNumberOfMessagesPerSecond": task.rate,
        "FailureReason": task.failure,
    }
    return {
        "SourceArn": service.served.arn(task.queue),
        "Status": task.status.value.upper(),
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "StartedTimestamp": (task.started_at - _EPOCH) // timedelta(milliseconds=1),
        **{name: value for name, value in optional.items() if value is not None},
    }


def _handle(service: Service, task: MoveTask) -> str:
    content = {"taskId": task.id, "sourceArn": service.served.arn(task.queue)}
    return base64.b64encode(orjson.dumps(content)).decode()


def _read_handle(handle: str) -> tuple[str, str]:
    try:
        content = orjson.loads(base64.b64decode(handle, validate=True))
    except (ValueError, binascii.Error):
        content = None
    if isinstance(content, dict):
        id_, arn = content.get("taskId"), content.get("sourceArn")
        if isinstance(id_, str) and isinstance(arn, str):
            return id_, arn
    raise SqsError(INVALID_PARAMETER_VALUE, "Value for parameter TaskHandle is invalid.")


def _not_there(parameter: str) -> SqsError:
    return SqsError(NO_SUCH_RESOURCE, f"The resource that you specified for the {parameter} parameter doesn't exist.")


def _no_task() -> SqsError:
    return SqsError(NO_SUCH_RESOURCE, "Task does not exist.")
