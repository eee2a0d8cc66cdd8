"""Removes expired events, claims, messages and dictionaries from SQLite."""

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
        """The segments whose expired events all have messages on queues: they are not searched again before all others are finished."""

    def expire_events(self, *, limit: int) -> int:
        """Remove expired delivered events without messages on queues, and keep the ids of those that stay known for longer.

        After the last of them, one step removes dictionaries that no event needs.
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
        with self._database.write_relaxed() as connection:  # if a power cut undoes this, the rows expire again
            now = self._database.expiry_now()
            expired = [row for row in found if the(connection, _STILL_EXPIRED, (row[0], now))[0]]
            remember_expired(connection, [row[1:4] for row in expired], now)
            remove_events(connection, [(row[0], *row[4:]) for row in expired])
            connection.executemany(_NEXT_DUE, searched)
            connection.executemany(_EMPTY_SEGMENT, searched)
        return len(expired)

    def _expired(self, limit: int) -> tuple[list[Row], list[Row]]:
        with (
            self._database.read() as connection
        ):  # the search may take long where many expired events still have messages on queues
            return _expired(connection, self._database.expiry_now(), limit, self._passed)

    def _seal_expired(self) -> bool:
        """Make a segment of the newest events if one of them has expired: only events in segments are removed."""
        with self._database.read() as connection:
            (expired,) = the(connection, _EXPIRED_OF_NO_SEGMENT, (self._database.expiry_now(),))
        if expired:
            with self._database.write() as connection:
                self._database.event_index.seal(connection)
        return bool(expired)

    def expire_claims(self, *, limit: int) -> int:
        """Remove expired claims."""
        with self._database.read() as connection:
            expired = rows(connection, _EXPIRED_CLAIMS, (self._database.expiry_now(), limit))
        if not expired:
            return 0
        with self._database.write() as connection:
            now = self._database.expiry_now()  # the claim may have been renewed meanwhile
            connection.executemany(_DELETE_CLAIM, [(*row, now) for row in expired])
        return len(expired)

    def expire_messages(self, *, limit: int) -> int:
        """Remove messages that are older than their queue's retention."""
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
    """At most ``limit`` expired events without messages on queues, and the segments that have no more of them.

    Segments without such events are added to ``passed`` and are not searched again: a million events may be on a queue for days, and
    readers and writers must not wait for a search of them at each step.
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
