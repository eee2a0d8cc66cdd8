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
    """How a task stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


@record
class MoveTask:
    """One task. ``to`` is None for the queue that the dead letters come from, ``rate`` (messages a second) for as fast as it goes.

    ``to_move`` is how many messages there were when it began. ``failure`` is the code of what ended it. SQS gives a task an ``id`` only
    while it runs: there that of an ended task is empty.
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
    """Tasks that move messages off dead-letter queues: one at a time for each. A moved message is a new one, with a new id and age.

    A task moves what was there when it began and is not in a consumer's hands. A message that dies again meanwhile stays.
    """

    def start(self, queue: str, *, to: str | None = None, rate: int | None = None) -> MoveTask | None:
        """A task that runs from now on; None while another one of this queue does.

        Raises NotFoundError where ``queue`` is not a dead-letter queue, or no message may be sent to the target.
        """
        ...

    def newest(self, queue: str, *, limit: int) -> Sequence[MoveTask]:
        """The tasks of a dead-letter queue, the newest first."""
        ...

    def cancel(self, queue: str, task_id: str) -> MoveTask | None:
        """End a task that runs: what it has moved stays moved. The task as it was left, running or not; None for one that is unknown."""
        ...


class WorkedMoveTasks(MoveTasks, Protocol):
    """Tasks whose worker calls ``advance`` again and again; a task goes on where the last step ended, also after a crash."""

    def running(self) -> Sequence[MoveTask]:
        """Every task that runs."""
        ...

    def advance(self, task: MoveTask, *, limit: int) -> int:
        """Move up to ``limit`` messages, and count them, in one durable transaction; how many.

        The task ends with the step that finds less.
        """
        ...
