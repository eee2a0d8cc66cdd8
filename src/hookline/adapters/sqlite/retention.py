"""Removing what has expired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.claims import remember_expired
from hookline.adapters.sqlite.dictionary_sweep import DictionarySweep
from hookline.adapters.sqlite.event_index import SEALED
from hookline.adapters.sqlite.event_removal import remove_events
from hookline.adapters.sqlite.fifo_groups import forget_known
from hookline.adapters.sqlite.query import rows, the

if TYPE_CHECKING:
    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row

__all__ = ["SqliteRetention"]

_DUE_SEGMENTS = (
    "SELECT first, last, due, events FROM event_segments INDEXED BY event_segments_due WHERE due <= ? ORDER BY due"
)
_EXPIRED_EVENTS = """
SELECT seq, id, body_sha256, known_until, source, type, received_at FROM events
WHERE seq >= ? AND seq <= ? AND expires_at <= ?
    AND NOT EXISTS (SELECT 1 FROM messages INDEXED BY messages_by_event WHERE event = seq)
LIMIT ?
"""
_EXPIRED_OF_NO_SEGMENT = f"SELECT EXISTS (SELECT 1 FROM events WHERE seq > {SEALED} AND expires_at <= ?)"  # noqa: S608 -- a constant of this package
_FIRST_END = "SELECT min(expires_at) FROM events WHERE seq >= ? AND seq <= ?"
_NEXT_DUE = """
UPDATE event_segments SET due = (
    SELECT min(expires_at) FROM events WHERE seq >= event_segments.first AND seq <= event_segments.last
) WHERE first = ?
"""
_EMPTY_SEGMENT = "DELETE FROM event_segments WHERE first = ? AND events = 0"
_EXPIRED_CLAIMS = "SELECT key FROM claims INDEXED BY claims_by_end WHERE until <= ? ORDER BY until LIMIT ?"
_DELETE_CLAIM = "DELETE FROM claims WHERE key = ? AND until <= ?"
_EXPIRED_MESSAGES = """
SELECT id FROM messages INDEXED BY messages_waiting WHERE queue = ?1 AND visible_at = 0 AND sent_at <= ?2
UNION ALL SELECT id FROM messages INDEXED BY messages_taken_by_age WHERE queue = ?1 AND visible_at > 0 AND sent_at <= ?2 LIMIT ?3
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
        self._dictionaries = DictionarySweep(database)
        self._passed: set[int] = set()
        """Segments whose expired events are all on queues: they are not searched again before everything else has been removed."""

    def expire_events(self, *, limit: int) -> int:
        """Remove delivered events past their time that are on no queue, and remember the ids of those that are known for longer.

        With the last of them comes a step of removing the dictionaries that only they needed.
        """
        removed = self._expire_events(limit)
        if removed < limit:
            self._passed.clear()
            self._dictionaries.step()
        return removed

    def _expire_events(self, limit: int) -> int:
        found, searched = self._expired(limit)
        if len(found) < limit and self._seal_expired():
            found, searched = self._expired(limit)
        if not found and not searched:
            return 0
        with self._database.write_relaxed() as connection:  # what a power cut undoes of it expires again
            now = self._database.expiry_now()
            expired = [row for row in found if the(connection, _STILL_EXPIRED, (row[0], now))[0]]
            remember_expired(connection, [row[1:4] for row in expired], now)
            remove_events(connection, [(row[0], *row[4:]) for row in expired])
            connection.executemany(_NEXT_DUE, searched)
            connection.executemany(_EMPTY_SEGMENT, searched)
        return len(expired)

    def _expired(self, limit: int) -> tuple[list[Row], list[Row]]:
        with self._database.read() as connection:  # the search may be long where expired events still stand on queues
            return _expired(connection, self._database.expiry_now(), limit, self._passed)

    def _seal_expired(self) -> bool:
        """Make a segment of the newest events where one of them has expired: only a segment's events are removed."""
        with self._database.read() as connection:
            (expired,) = the(connection, _EXPIRED_OF_NO_SEGMENT, (self._database.expiry_now(),))
        if expired:
            with self._database.write() as connection:
                self._database.event_index.seal(connection)
        return bool(expired)

    def expire_claims(self, *, limit: int) -> int:
        """Remove claims whose time is over."""
        with self._database.read() as connection:
            expired = rows(connection, _EXPIRED_CLAIMS, (self._database.expiry_now(), limit))
        if not expired:
            return 0
        with self._database.write() as connection:
            now = self._database.expiry_now()  # a claim may have been made again meanwhile
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


def _expired(connection: apsw.Connection, now: int, limit: int, passed: set[int]) -> tuple[list[Row], list[Row]]:
    """At most ``limit`` events that have expired and are on no queue, and the segments that have no more of them.

    Segments in which there is nothing to change are added to ``passed``, and are not searched: a million events may stand on a queue for
    days, and neither readers nor writers may wait for them with every step.
    """
    found: list[Row] = []
    searched: list[Row] = []
    for first, last, due, events in connection.execute(_DUE_SEGMENTS, (now,)):
        if first in passed:
            continue
        left = limit - len(found)
        of_segment = rows(connection, _EXPIRED_EVENTS, (first, last, now, left))
        found += of_segment
        if len(of_segment) == left:
            break
        if of_segment or not events or the(connection, _FIRST_END, (first, last))[0] != due:
            searched.append((first,))
        else:
            passed.add(first)
    return found, searched
