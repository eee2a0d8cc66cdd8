"""Handles dead letters in SQLite: a letter that is put back is copied and removed in one transaction."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.fifo_groups import give_groups, is_free, note_message
from hookline.adapters.sqlite.message_rows import message_id, message_number, read_delivery
from hookline.adapters.sqlite.query import first, rows, the
from hookline.domain.fifo import FifoPosition, redriven
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError
from hookline.ports.dead_letters import Removed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.queue_table import QueueRow
    from hookline.domain.message import Delivery

__all__ = ["SqliteDeadLetters", "SqliteLettersInHand", "send_again"]

_COPY = """
INSERT INTO messages (queue, event, sent_at, visible_at, event_id, attributes, body, system, sealed, replay)
SELECT ?1, event, ?2, 0, event_id, attributes, body, system, sealed, replay FROM messages WHERE id = ?3
"""
_COPY_TO_GROUP = """
INSERT INTO messages (
    queue, event, sent_at, visible_at, event_id, attributes, body, system, sealed, replay, group_id, deduplication_id
)
SELECT ?1, event, ?2, 0, event_id, attributes, body, system, sealed, replay, ?4, ?5 FROM messages WHERE id = ?3
"""
_POSITION = "SELECT group_id, deduplication_id FROM messages WHERE id = ?"
_REMOVE = "DELETE FROM messages WHERE id = ?"

_NEWEST = "SELECT coalesce(max(id), 0) FROM messages"
# Messages that became dead letters after the start are left out. A message that was sent directly to this queue has no `dead_at`,
# but a newer id.
_THERE = "queue = ?1 AND sent_at > ?2 AND id <= ?3 AND (dead_at IS NULL OR dead_at <= ?4)"
_COUNT = f"""
SELECT (SELECT count(*) FROM messages INDEXED BY messages_waiting WHERE visible_at = 0 AND {_THERE})
    + (SELECT count(*) FROM messages INDEXED BY messages_taken_by_age WHERE visible_at > 0 AND {_THERE})
"""  # noqa: S608 -- a constant of this module
_AFTER = f"{_THERE} AND sent_at >= ?5 AND (sent_at, id) > (?5, ?6)"
_NEXT = f"""
SELECT sent_at, id FROM messages INDEXED BY messages_waiting WHERE visible_at = 0 AND {_AFTER}
UNION ALL SELECT sent_at, id FROM messages INDEXED BY messages_taken_by_age WHERE visible_at > 0 AND visible_at <= ?7 AND {_AFTER}
ORDER BY sent_at, id LIMIT ?8
"""  # noqa: S608 -- as above
_READY = "SELECT 1 FROM messages WHERE id = ? AND queue = ? AND sent_at > ? AND visible_at <= ?"
_OF_EVENT = "SELECT id FROM messages INDEXED BY messages_by_event WHERE event = ? AND queue = ?"


class SqliteDeadLetters:
    """DeadLetters over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def opened(self, queue: str) -> Iterator[SqliteLettersInHand]:
        """The letters at the time of the call."""
        row, database = _dead_letter_queue(self._database, queue), self._database
        with database.read() as connection:
            (newest,) = the(connection, _NEWEST)
            started_at = database.now()
            (count,) = the(connection, _COUNT, (row.id, database.kept_since(row.retention), newest, started_at))
        yield SqliteLettersInHand(database, row, newest=newest, started_at=started_at, count=count)

    def remove(self, queue: str, event_ids: Collection[str], *, most: int) -> Removed:  # noqa: ARG002 -- an index finds them
        """Delete the letters of these events, found by the index of messages by event."""
        row = _dead_letter_queue(self._database, queue)
        removed = 0
        with self._database.write() as connection:
            for event_id in event_ids:
                found = rows(connection, _OF_EVENT, (self._database.find_event(connection, event_id), row.id))
                connection.executemany(_REMOVE, found)
                removed += len(found)
        return Removed(removed=removed, looked_at=removed)


class SqliteLettersInHand:
    """The letters of one queue in the order of their age, beginning after a place."""

    def __init__(self, database: Database, queue: QueueRow, *, newest: int, started_at: int, count: int) -> None:
        self._database = database
        self._queue = queue
        self._bounds = (newest, started_at)
        self._after = (0, 0)
        self.count = count

    @property
    def unseen(self) -> int:
        """Always 0: each letter can be read, also behind other messages of its group."""
        return 0

    def next(self, limit: int) -> list[Delivery]:
        """The oldest letters that were not read yet and are not in flight."""
        database, row = self._database, self._queue
        with database.read() as connection:
            kept = database.kept_since(row.retention)
            now = database.now()
            while found := rows(connection, _NEXT, (row.id, kept, *self._bounds, *self._after, now, limit)):
                self._after = found[-1][0], found[-1][1]
                if ready := [id_ for _, id_ in found if self._may_go(connection, id_, now)]:
                    return [read_delivery(connection, id_, "", database.queues.name, database.sealing) for id_ in ready]
            return []

    def put_back(self, letters: Sequence[Delivery]) -> int:
        """Move the letters in one transaction."""
        database, row = self._database, self._queue
        target = database.queues.ids[row.name.removesuffix(DEAD_LETTER_SUFFIX)]
        with database.write() as connection:
            now = database.now()
            ready = [id_ for one in letters if (id_ := self._ready(connection, one.message_id, now)) is not None]
            send_again(connection, ready, target, now, fifo=target in database.queues.fifo)
        database.arrivals.at([target])
        return len(ready)

    def _ready(self, connection: apsw.Connection, name: str, now: int) -> int | None:
        """The number of a message that is still on this queue and not in flight; None for another."""
        id_ = message_number(name)
        values = (id_, self._queue.id, self._database.kept_since(self._queue.retention), now)
        is_there = first(connection, _READY, values) is not None
        return id_ if is_there and self._may_go(connection, id_, now) else None

    def _may_go(self, connection: apsw.Connection, id_: int, now: int) -> bool:
        """Whether a FIFO queue has no message of the same group in flight: that message has to be handled first."""
        return self._queue.fifo is None or is_free(connection, self._queue.id, id_, now)


def send_again(connection: apsw.Connection, ids: Sequence[int], target: int, now: int, *, fifo: bool) -> None:
    """Put each message on the queue ``target`` as a new message, in this order, and delete the old one.

    On a ``fifo`` queue it goes to the end of its group, with a new deduplication id.
    """
    if fifo:
        give_groups(connection, ids)
        for id_ in ids:
            group, deduplication = the(connection, _POSITION, (id_,))
            position = redriven(FifoPosition(group=group, deduplication_id=deduplication), message_id(id_))
            connection.execute(_COPY_TO_GROUP, (target, now, id_, position.group, position.deduplication_id))
            note_message(connection, target, position, now, connection.last_insert_rowid())
    else:
        connection.executemany(_COPY, ((target, now, id_) for id_ in ids))
    connection.executemany(_REMOVE, ((id_,) for id_ in ids))


def _dead_letter_queue(database: Database, name: str) -> QueueRow:
    row = database.queues.get(name)
    if row.dead_letter is not None:
        raise NotFoundError(f"{name} is not a dead-letter queue")
    return row
