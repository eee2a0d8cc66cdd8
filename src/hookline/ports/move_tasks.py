"""Moving the messages of a dead-letter queue back, in the background."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["MoveStatus", "MoveTask", "MoveTasks", "WorkedMoveTasks"]


class MoveStatus(StrEnum):
    """The state of a task."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@record
class MoveTask:
    """One task. ``to`` is None for the queue that the dead letters come from; ``rate`` (messages a second) is None for as fast as possible.

    ``to_move`` is the number of messages when it began. ``failure`` is the code of the error that ended it. SQS gives a task an ``id`` only
    while it runs, so an ended task there has an empty one.
    """

    id: str
    queue: str
    to: str | None
    rate: int | None
    status: MoveStatus
    moved: int
    to_move: int
    started_at: datetime
    failure: str | None = None


class MoveTasks(Protocol):
    """Tasks that move messages away from dead-letter queues: one at a time for each queue.

    A moved message is a new one, with a new id and age.

    A task moves the messages that were there when it began and that no consumer has received. A message that becomes a dead letter again
    meanwhile stays.
    """

    def start(self, queue: str, *, to: str | None = None, rate: int | None = None) -> MoveTask | None:
        """Start a task; None while another one of this queue runs.

        Raises NotFoundError where ``queue`` is not a dead-letter queue, or the target accepts no messages.
        """
        ...

    def newest(self, queue: str, *, limit: int) -> Sequence[MoveTask]:
        """The tasks of a dead-letter queue, the newest first."""
        ...

    def cancel(self, queue: str, task_id: str) -> MoveTask | None:
        """End a running task: messages that it has moved stay moved.

        Returns the task in its last state, running or not; None for an unknown one.
        """
        ...


class WorkedMoveTasks(MoveTasks, Protocol):
    """Tasks whose worker calls ``advance`` again and again; a task continues where its last step ended, also after a crash."""

    def running(self) -> Sequence[MoveTask]:
        """Every running task."""
        ...

    def advance(self, task: MoveTask, *, limit: int) -> int:
        """Move up to ``limit`` messages, and count them, in one durable transaction; returns how many.

        The task ends with the first step that finds fewer.
        """
        ...
