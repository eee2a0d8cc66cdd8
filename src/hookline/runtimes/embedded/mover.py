"""Works on move tasks: moves the messages of dead-letter queues back in steps, on a separate thread."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from hookline.ports.move_tasks import MoveTask, WorkedMoveTasks
    from hookline.runtimes.embedded.log import Log

__all__ = ["Mover"]

_STEP = 500
"""Messages in one transaction: senders wait for the transaction."""

_STEPS_A_SECOND = 5
"""Steps a second of a task with a rate, so that its messages do not move in one step each second."""

_LOOK_EVERY = 5.0
"""Seconds between two checks for tasks that another process has started."""

_RETRY_AFTER = 1.0  # seconds between attempts while the storage fails


class Mover:
    """One thread that moves messages. A task of a killed process continues at the first check."""

    def __init__(self, tasks: WorkedMoveTasks, *, log: Log | None = None) -> None:
        self._tasks = tasks
        self._log = log
        self._stopping = False
        self._work = threading.Event()
        self._due: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="hookline-mover", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def wake(self) -> None:
        """Note that there is a new task. Usable from any thread."""
        self._work.set()

    def stop(self, *, patience: float = 10.0) -> None:
        """Finish the current step, and stop. Wait for the thread at most ``patience`` seconds."""
        self._stopping = True
        self._work.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)

    def _run(self) -> None:
        while not self._stopping:
            pause = self._pause()
            if pause > 0:
                self._work.wait(pause)
                self._work.clear()

    def _pause(self) -> float:
        """Do the steps that are due; returns the seconds until the next one."""
        try:
            running = self._tasks.running()
            self._due = {task.id: self._due.get(task.id, 0.0) for task in running}
            for task in running:
                if self._due[task.id] <= monotonic() and not self._stopping:
                    self._due[task.id] = monotonic() + self._advance(task)
        except UnavailableError:
            return _RETRY_AFTER
        except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would be worse
            if self._log is not None:
                self._log.fault("moving messages failed", fault)
            return _RETRY_AFTER
        return min([_LOOK_EVERY, *(due - monotonic() for due in self._due.values())])

    def _advance(self, task: MoveTask) -> float:
        """Do one step; returns the seconds until the task's next one."""
        if task.rate is None:
            self._tasks.advance(task, limit=_STEP)
            return 0.0
        step = max(1, task.rate // _STEPS_A_SECOND)
        self._tasks.advance(task, limit=step)
        return step / task.rate
