"""Moves dead letters back to their queues, for the backend in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.adapters.memory.dead_letters import send_again
from hookline.adapters.memory.queues import visible_messages
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError
from hookline.ports.move_tasks import MoveStatus, MoveTask

if TYPE_CHECKING:
    from hookline.adapters.memory.state import MemoryState, StandingQueue

__all__ = ["MemoryMoveTasks"]


class MemoryMoveTasks:
    """MoveTasks over a shared state. ``_last`` is the newest message that each task moves."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._tasks: dict[str, MoveTask] = {}
        self._last: dict[str, str] = {}

    def start(self, queue: str, *, to: str | None = None, rate: int | None = None) -> MoveTask | None:
        """Store the task; the worker finds and runs it."""
        source = self._dead_letter_queue(queue)
        self._target(queue, to)
        with self._state.writing():
            if any(task.queue == queue and task.status is MoveStatus.RUNNING for task in self._tasks.values()):
                return None
            task = MoveTask(
                id=str(len(self._tasks) + 1),
                queue=queue,
                to=to,
                rate=rate,
                status=MoveStatus.RUNNING,
                moved=0,
                to_move=len(source.kept(self._state.clock.expiry())),
                started_at=self._state.clock.steady(),
            )
            self._tasks[task.id] = task
            self._last[task.id] = max((id_ for one in self._state.queues.values() for id_ in one.messages), default="")
            return task

    def newest(self, queue: str, *, limit: int) -> list[MoveTask]:
        """The tasks of a queue, the newest first."""
        self._dead_letter_queue(queue)
        return [task for task in reversed(self._tasks.values()) if task.queue == queue][:limit]

    def cancel(self, queue: str, task_id: str) -> MoveTask | None:
        """Cancel the task; the step that runs is finished."""
        self._dead_letter_queue(queue)
        with self._state.writing():
            task = self._tasks.get(task_id)
            if task is None or task.queue != queue:
                return None
            if task.status is MoveStatus.RUNNING:
                self._tasks[task_id] = replace(task, status=MoveStatus.CANCELLED)
            return task

    def running(self) -> list[MoveTask]:
        """Every running task."""
        return [task for task in self._tasks.values() if task.status is MoveStatus.RUNNING]

    def advance(self, task: MoveTask, *, limit: int) -> int:
        """Move up to ``limit`` messages of a task."""
        source = self._state.queue(task.queue)
        with self._state.writing():
            known = self._tasks[task.id]
            if known.status is not MoveStatus.RUNNING:
                return 0
            try:
                target = self._target(known.queue, known.to)
            except NotFoundError:
                failure = "AWS.SimpleQueueService.NonExistentQueue"
                self._tasks[task.id] = replace(known, status=MoveStatus.FAILED, failure=failure)
                return 0
            moved = self._move(source, target, self._last[task.id], limit)
            status = MoveStatus.COMPLETED if moved < limit else MoveStatus.RUNNING
            self._tasks[task.id] = replace(known, moved=known.moved + moved, status=status)
            return moved

    def _move(self, source: StandingQueue, target: StandingQueue, last: str, limit: int) -> int:
        ready = [message for message in visible_messages(source, self._state.clock) if message.id <= last]
        if source.fifo is None:
            now = self._state.clock.steady()
            ready.sort(key=lambda message: (message.visible_at is not None, message.visible_at or now))
        for message in ready[:limit]:
            send_again(self._state, message, source, target)
        return len(ready[:limit])

    def _dead_letter_queue(self, name: str) -> StandingQueue:
        queue = self._state.queue(name)
        if queue.dead_letter is not None:
            raise NotFoundError(f"{name} is not a dead-letter queue")
        return queue

    def _target(self, queue: str, to: str | None) -> StandingQueue:
        return self._state.declared_queue(to or queue.removesuffix(DEAD_LETTER_SUFFIX))
