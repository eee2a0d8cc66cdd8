"""Moves dead letters back in SQLite: one transaction has a step's messages and the task's count."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros
from hookline.adapters.sqlite.dead_letters import send_again
from hookline.adapters.sqlite.movable_messages import movable_ids
from hookline.adapters.sqlite.query import first, rows, the
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError
from hookline.ports.move_tasks import MoveStatus, MoveTask

if TYPE_CHECKING:
    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row
    from hookline.adapters.sqlite.queue_table import QueueRow

__all__ = ["SqliteMoveTasks"]

_COLUMNS = "id, queue, target, rate, status, moved, to_move, started_at, failure, last"
_RUNNING = f"SELECT {_COLUMNS} FROM move_tasks INDEXED BY move_tasks_at_work WHERE status = 'running' ORDER BY id"  # noqa: S608 -- a constant of this package
_NEWEST = f"SELECT {_COLUMNS} FROM move_tasks INDEXED BY move_tasks_by_queue WHERE queue = ? ORDER BY id DESC LIMIT ?"  # noqa: S608 -- the same
_TASK = f"SELECT {_COLUMNS} FROM move_tasks WHERE id = ? AND queue = ?"  # noqa: S608 -- the same
_IS_RUNNING = "SELECT 1 FROM move_tasks INDEXED BY move_tasks_at_work WHERE status = 'running' AND queue = ?"
_START = """
INSERT INTO move_tasks (queue, target, rate, status, to_move, last, started_at)
SELECT ?1, ?2, ?3, 'running', (
    SELECT count(*) FROM messages INDEXED BY messages_waiting WHERE queue = ?1 AND visible_at = 0 AND sent_at > ?4
) + (
    SELECT count(*) FROM messages INDEXED BY messages_taken_by_age WHERE queue = ?1 AND visible_at > 0 AND sent_at > ?4
), (SELECT coalesce(max(id), 0) FROM messages), ?5
RETURNING id
"""
_END = "UPDATE move_tasks SET status = ?, failure = ? WHERE id = ? AND status = 'running'"
_COUNT = "UPDATE move_tasks SET moved = moved + ? WHERE id = ?"

_ID = re.compile(r"[1-9][0-9]{0,17}")


class SqliteMoveTasks:
    """MoveTasks over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, queue: str, *, to: str | None = None, rate: int | None = None) -> MoveTask | None:
        """Store the task; the worker finds and runs it."""
        row = self._dead_letter_queue(queue)
        target = None if to is None else self._database.queues.ids[to]
        _check_target(self._database, row, target)
        with self._database.write() as connection:
            if first(connection, _IS_RUNNING, (row.id,)) is not None:
                return None
            now, kept = self._database.now(), self._database.kept_since(row.retention)
            (id_,) = the(connection, _START, (row.id, target, rate, kept, now))
            return self._read(the(connection, _TASK, (id_, row.id)))

    def newest(self, queue: str, *, limit: int) -> list[MoveTask]:
        """The tasks of a queue, the newest first."""
        row = self._dead_letter_queue(queue)
        with self._database.read() as connection:
            return [self._read(found) for found in rows(connection, _NEWEST, (row.id, limit))]

    def cancel(self, queue: str, task_id: str) -> MoveTask | None:
        """Cancel the task; the step that runs is finished."""
        row = self._dead_letter_queue(queue)
        if not _ID.fullmatch(task_id):
            return None
        with self._database.write() as connection:
            found = first(connection, _TASK, (int(task_id), row.id))
            if found is not None:
                connection.execute(_END, (MoveStatus.CANCELLED, None, found[0]))
        return None if found is None else self._read(found)

    def running(self) -> list[MoveTask]:
        """Every running task, also those of a killed process."""
        with self._database.read() as connection:
            return [self._read(found) for found in rows(connection, _RUNNING)]

    def advance(self, task: MoveTask, *, limit: int) -> int:
        """Move up to ``limit`` messages of a task."""
        database = self._database
        row = database.queues.get(task.queue)
        with database.write() as connection:
            found = first(connection, _TASK, (int(task.id), row.id))
            if found is None or found[4] != MoveStatus.RUNNING:
                return 0
            try:
                target = _check_target(database, row, found[2])
            except NotFoundError:
                connection.execute(_END, (MoveStatus.FAILED, "AWS.SimpleQueueService.NonExistentQueue", found[0]))
                return 0
            moved = _move(connection, database, row, target, (found[9], limit))
            connection.execute(_COUNT, (moved, found[0]))
            if moved < limit:
                connection.execute(_END, (MoveStatus.COMPLETED, None, found[0]))
        database.arrivals.at([target])
        return moved

    def _dead_letter_queue(self, name: str) -> QueueRow:
        row = self._database.queues.get(name)
        if row.dead_letter is not None:
            raise NotFoundError(f"{name} is not a dead-letter queue")
        return row

    def _read(self, row: Row) -> MoveTask:
        id_, queue, target, rate, status, moved, to_move, started_at, failure, _ = row
        names = self._database.queues
        return MoveTask(
            id=str(id_),
            queue=names.name(queue),
            to=None if target is None else names.name(target),
            rate=rate,
            status=MoveStatus(status),
            moved=moved,
            to_move=to_move,
            started_at=from_micros(started_at),
            failure=failure,
        )


def _check_target(database: Database, queue: QueueRow, target: int | None) -> int:
    """The id of the queue to move to. Raises NotFoundError where it is not declared."""
    table = database.queues
    name = queue.name.removesuffix(DEAD_LETTER_SUFFIX) if target is None else table.name(target)
    return table.ids[name]


def _move(
    connection: apsw.Connection, database: Database, queue: QueueRow, target: int, bounds: tuple[int, int]
) -> int:
    (last, limit), now = bounds, database.now()
    ready = movable_ids(connection, queue, (now, database.kept_since(queue.retention)), limit=limit, last=last)
    send_again(connection, ready, target, now, fifo=target in database.queues.fifo)
    return len(ready)
