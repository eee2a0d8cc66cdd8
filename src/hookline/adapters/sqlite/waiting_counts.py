"""How many messages wait on each queue that were never received, without a look at each of them.

``waiting_counts`` has their number up to an id, which triggers keep right in the transaction of whatever takes such a message away or puts
one back. Nothing is written for a new message: its id is above that number, and it is counted when somebody asks. ``advance`` adds what
has come since, so that this stays little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.query import rows

if TYPE_CHECKING:
    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteWaitingCounts"]

_ENOUGH = 500
"""New messages that are worth a transaction. Fewer are counted in no time whenever somebody asks."""

_STEP = 20_000
"""Messages that are counted in one transaction, in about a millisecond: senders wait for it."""

_NEW = """
SELECT id FROM messages INDEXED BY messages_by_visibility
WHERE queue = ?1 AND visible_at = 0 AND id > coalesce((SELECT up_to FROM waiting_counts WHERE queue = ?1), 0) ORDER BY id LIMIT ?2
"""
_ADD = """
INSERT INTO waiting_counts (queue, up_to, messages) VALUES (?1, ?2, ?3)
ON CONFLICT (queue) DO UPDATE SET up_to = ?2, messages = messages + ?3
"""


class SqliteWaitingCounts:
    """The counts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def advance(self) -> None:
        """Count what is new on each queue, a step of it at a time, where that is much."""
        for queue in self._database.queues.rows():
            while self._is_behind(queue.id) and self._add(queue.id) == _STEP:
                pass

    def _is_behind(self, queue: int) -> bool:
        with self._database.read() as connection:
            return len(rows(connection, _NEW, (queue, _ENOUGH))) == _ENOUGH

    def _add(self, queue: int) -> int:
        with self._database.write_relaxed() as connection:
            new = rows(connection, _NEW, (queue, _STEP))
            if new:
                connection.execute(_ADD, (queue, new[-1][0], len(new)))
        return len(new)
