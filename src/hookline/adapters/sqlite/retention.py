"""Removing what has expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.claims import remember_expired
from hookline.adapters.sqlite.event_rows import DELETE_EVENT, DELETE_SET_ASIDE
from hookline.adapters.sqlite.fifo_groups import forget_known
from hookline.adapters.sqlite.query import rows, the

if TYPE_CHECKING:
    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteRetention"]

_EXPIRED_EVENTS = """
SELECT seq, id, body_sha256, known_until FROM events INDEXED BY events_by_expiry
WHERE expires_at <= ? AND NOT EXISTS (SELECT 1 FROM messages INDEXED BY messages_by_event WHERE event = seq)
ORDER BY expires_at LIMIT ?
"""
_EXPIRED_CLAIMS = "SELECT key FROM claims INDEXED BY claims_by_end WHERE until <= ? ORDER BY until LIMIT ?"
_DELETE_CLAIM = "DELETE FROM claims WHERE key = ? AND until <= ?"
_EXPIRED_MESSAGES = """
SELECT id FROM messages INDEXED BY messages_by_age WHERE queue = ? AND sent_at <= ? ORDER BY sent_at LIMIT ?
"""
_DELETE_MESSAGE = "DELETE FROM messages WHERE id = ?"
_STILL_EXPIRED = """
SELECT EXISTS (SELECT 1 FROM events WHERE seq = ?1 AND expires_at <= ?2)
    AND NOT EXISTS (SELECT 1 FROM messages INDEXED BY messages_by_event WHERE event = ?1)
"""


class SqliteRetention:
    """Retention over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def expire_events(self, *, limit: int) -> int:
        """Remove delivered events past their time that stand on no queue, and remember the ids of those that are known for longer."""
        with self._database.read() as connection:  # the search may be long where expired events still stand on queues
            found = rows(connection, _EXPIRED_EVENTS, (self._database.expiry_now(), limit))
        if not found:
            return 0
        with self._database.write() as connection:
            now = self._database.expiry_now()
            expired = [row for row in found if the(connection, _STILL_EXPIRED, (row[0], now))[0]]
            remember_expired(connection, [row[1:] for row in expired], now)
            gone = [row[:1] for row in expired]
            connection.executemany(DELETE_SET_ASIDE, gone)
            connection.executemany(DELETE_EVENT, gone)
        return len(expired)

    def expire_claims(self, *, limit: int) -> int:
        """Remove claims whose time is over."""
        with self._database.read() as connection:
            expired = rows(connection, _EXPIRED_CLAIMS, (self._database.expiry_now(), limit))
        if not expired:
            return 0
        with self._database.write() as connection:
            now = self._database.expiry_now()  # a claim may have been made anew meanwhile
            connection.executemany(_DELETE_CLAIM, [(*row, now) for row in expired])
        return len(expired)

    def expire_messages(self, *, limit: int) -> int:
        """Remove messages older than their queue keeps them."""
        removed = 0
        with self._database.write() as connection:
            now = self._database.expiry_now()
            for queue in self._database.queues.rows():
                expired = rows(connection, _EXPIRED_MESSAGES, (queue.id, now - queue.retention, limit - removed))
                connection.executemany(_DELETE_MESSAGE, expired)
                removed += len(expired)
            forget_known(connection, self._database.now(), limit=limit)
        return removed
