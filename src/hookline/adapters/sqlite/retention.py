"""Removing what has expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.claims import remember_expired
from hookline.adapters.sqlite.query import rows

if TYPE_CHECKING:
    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteRetention"]

_EXPIRED_EVENTS = """
SELECT seq, id, body_sha256, known_until FROM events WHERE expires_at <= ? AND NOT EXISTS (SELECT 1 FROM messages WHERE event = seq)
ORDER BY expires_at LIMIT ?
"""
_EXPIRED_CLAIMS = "DELETE FROM claims WHERE key IN (SELECT key FROM claims WHERE until <= ? ORDER BY until LIMIT ?)"
_EXPIRED_MESSAGES = """
DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE queue = ? AND sent_at <= ? ORDER BY sent_at LIMIT ?)
"""


class SqliteRetention:
    """Retention over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def expire_events(self, *, limit: int) -> int:
        """Remove delivered events past their time that stand on no queue, and remember the ids of those that are known for longer."""
        with self._database.write() as connection:
            now = self._database.now()
            expired = rows(connection, _EXPIRED_EVENTS, (now, limit))
            remember_expired(connection, [row[1:] for row in expired], now)
            gone = [row[:1] for row in expired]
            connection.executemany("DELETE FROM set_aside WHERE event = ?", gone)
            connection.executemany("DELETE FROM events WHERE seq = ?", gone)
            return len(expired)

    def expire_claims(self, *, limit: int) -> int:
        """Remove claims whose time is over."""
        with self._database.write() as connection:
            connection.execute(_EXPIRED_CLAIMS, (self._database.now(), limit))
            return connection.changes()

    def expire_messages(self, *, limit: int) -> int:
        """Remove messages older than their queue keeps them."""
        removed = 0
        with self._database.write() as connection:
            now = self._database.now()
            for queue in self._database.queues.rows():
                connection.execute(_EXPIRED_MESSAGES, (queue.id, now - queue.retention, limit - removed))
                removed += connection.changes()
        return removed
