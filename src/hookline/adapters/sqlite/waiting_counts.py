"""Counts the never received messages of each queue without reading each of them.

``waiting_counts`` has their number up to a message id, which is the same for all queues. Triggers update it in each transaction that
removes such a message or adds one again. For a new message nothing is written: its id is higher, and it is counted at each query.
``advance`` adds the new messages, so that a query has to count only few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.query import first, rows

if TYPE_CHECKING:
    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteWaitingCounts"]

_ENOUGH = 500
"""How many new messages are worth a transaction. Fewer are counted quickly at each query."""

_STEP = 2500
"""Messages that are counted in one transaction of about a millisecond, because senders wait for it."""

_IS_BEHIND = """
SELECT id FROM messages WHERE id > (SELECT min(up_to) FROM waiting_counts) ORDER BY id LIMIT 1 OFFSET ?
"""
_NEW = """
SELECT queue, count(*) FILTER (WHERE visible_at = 0), max(id), count(*) FROM (
    SELECT id, queue, visible_at FROM messages WHERE id > (SELECT min(up_to) FROM waiting_counts) ORDER BY id LIMIT ?
) GROUP BY queue
"""
_ADD = "UPDATE waiting_counts SET messages = messages + ? WHERE queue = ?"
_GO_ON = "UPDATE waiting_counts SET up_to = ?"


class SqliteWaitingCounts:
    """The counts of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def advance(self) -> None:
        """Count the new messages of all queues in steps, if they are many."""
        while self._is_behind() and self._add() == _STEP:
            pass

    def _is_behind(self) -> bool:
        with self._database.read() as connection:
            return first(connection, _IS_BEHIND, (_ENOUGH - 1,)) is not None

    def _add(self) -> int:
        with self._database.write_relaxed() as connection:
            new = rows(connection, _NEW, (_STEP,))
            if new:
                connection.executemany(_ADD, ((waiting, queue) for queue, waiting, _, _ in new))
                connection.execute(_GO_ON, (max(last for _, _, last, _ in new),))
        return sum(looked_at for *_, looked_at in new)
