"""Finds and delivers waiting events in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hookline.adapters.sqlite.codec import from_micros, micros
from hookline.adapters.sqlite.event_rows import COLUMNS, HELD, WAITING, read_event
from hookline.adapters.sqlite.query import rows, the
from hookline.adapters.sqlite.routed_store import StoreEvents
from hookline.domain.event import Status
from hookline.domain.fetch import FETCH
from hookline.domain.transaction import TRANSACTION_REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.domain.route import RoutedEvent
    from hookline.ports.event_store import StoredEvent

__all__ = ["SqliteOutbox"]

# SQLite uses the index of events that are not routed only for statements that repeat its condition literally.
_PENDING = f"""
SELECT {COLUMNS} FROM events INDEXED BY events_not_routed
WHERE status = '{WAITING}' AND status <> 'routed' AND since < ? AND (next_at IS NULL OR next_at <= ?)
ORDER BY since, seq LIMIT ?
"""  # noqa: S608 -- both parts are constants of this package
_DELIVERED = f"""
UPDATE events SET status = ?, expires_at = ?, next_at = NULL, reason = NULL WHERE seq = ? AND status = '{WAITING}'
"""  # noqa: S608 -- as above
_DEFER = f"UPDATE events SET attempts = attempts + 1, next_at = ?, reason = ? WHERE seq = ? AND status = '{WAITING}'"  # noqa: S608 -- as above
_FAIL = f"""
UPDATE events SET status = 'failed', attempts = attempts + 1, next_at = NULL, reason = ?,
    since = iif(since > {HELD}, coalesce(next_at, received_at), since)
WHERE seq = ? AND status = '{WAITING}'
"""  # noqa: S608 -- as above
_AWAITED = f"status = '{WAITING}' AND since > {HELD}"
_AWAITING = f"""
SELECT {COLUMNS}, seq FROM events INDEXED BY events_not_routed
WHERE status = '{WAITING}' AND status <> 'routed' AND since > {HELD} AND since <= {HELD} + ? ORDER BY since, seq LIMIT ?
"""  # noqa: S608 -- as above
_EARLIER = f"""
SELECT {COLUMNS}, seq FROM events INDEXED BY events_awaiting
WHERE {_AWAITED} AND source = ? AND metadata ->> '$.fetch' = ? AND (received_at, seq) < (?, ?) ORDER BY received_at, seq LIMIT ?
"""  # noqa: S608 -- as above
_AWAIT = f"""
UPDATE events SET next_at = min(since, ?1), since = {HELD} + ?1 WHERE seq = ?2 AND status = '{WAITING}' AND since <= {HELD}
"""  # noqa: S608 -- as above
_POSTPONE = f"""
UPDATE events SET attempts = attempts + (?1 IS NOT NULL), reason = coalesce(?1, reason), next_at = ?2, since = {HELD} + ?3
WHERE seq = ?4 AND status = '{WAITING}' AND since <> {HELD}
"""  # noqa: S608 -- as above
_RECORDED = f"""
UPDATE events SET metadata = ?1, reference = ?2, since = iif(since > {HELD}, coalesce(next_at, received_at), since)
WHERE seq = ?3 AND status = '{WAITING}'
"""  # noqa: S608 -- as above
_DUE = """
UPDATE event_segments SET due = min(coalesce(due, ?2), ?2)
WHERE first = (SELECT first FROM event_segments WHERE first <= ?1 ORDER BY first DESC LIMIT 1) AND last >= ?1
"""
_OLDEST = (
    f"SELECT min(since) FROM events INDEXED BY events_not_routed WHERE status = '{WAITING}' AND status <> 'routed' "  # noqa: S608 -- as above
    f"AND since < {HELD}"
)


class SqliteOutbox:
    """Outbox over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pending(self, *, received_before: datetime, due_at: datetime, limit: int) -> list[StoredEvent]:
        """The waiting events that are due, oldest first."""
        with self._database.read() as connection:
            values = (micros(received_before), micros(due_at), limit)
            return [read_event(row, self._database.sealing) for row in rows(connection, _PENDING, values)]

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """Put messages on queues and set the new status in one transaction; an event that no longer waits is not changed."""
        database = self._database
        with database.write() as connection:
            now = database.now()
            store = StoreEvents(database, connection, database.clock.steady())
            for item in routed:
                seq = database.find_event(connection, item.event.id)
                if item.status is Status.RECEIVED:
                    connection.execute(_AWAIT, (now, seq))
                    continue
                if seq is not None and FETCH in item.event.metadata:
                    self._write_record(connection, seq, item.event.metadata)
                expires_at = now + database.retention_of(item.event.source)
                connection.execute(_DELIVERED, (item.status.value, expires_at, seq))
                if seq is not None and connection.changes():
                    connection.execute(_DUE, (seq, expires_at))
                    store.send(item, seq, [database.queues.ids[name] for name in item.queues])
        database.arrivals.at(database.queues.ids[name] for item in routed for name in item.queues)

    def defer(self, event_id: str, *, until: datetime, reason: str) -> None:
        """Count a failed attempt."""
        with self._database.write() as connection:
            seq = self._database.find_event(connection, event_id)
            connection.execute(_DEFER, (micros(until), reason, seq))

    def fail(self, event_id: str, *, reason: str) -> None:
        """Set the event to failed and count the attempt."""
        with self._database.write() as connection:
            connection.execute(_FAIL, (reason, self._database.find_event(connection, event_id)))

    def awaiting(self, *, due_at: datetime, limit: int) -> list[StoredEvent]:
        """The events that wait for their record and are due; before each, those that have waited longer for the same record."""
        found: dict[str, StoredEvent] = {}
        with self._database.read() as connection:
            for *row, seq in rows(connection, _AWAITING, (micros(due_at), limit)):
                due = read_event(tuple(row), self._database.sealing)
                event = due.event
                place = (event.source, event.metadata[FETCH], micros(event.received_at), seq, limit)
                for *earlier, _ in rows(connection, _EARLIER, place):
                    stored = read_event(tuple(earlier), self._database.sealing)
                    found.setdefault(stored.event.id, stored)
                found.setdefault(event.id, due)
        return list(found.values())

    def postpone(self, stored: StoredEvent, *, until: datetime, reason: str | None = None) -> None:
        """Let the event's record be fetched at ``until``; with a ``reason`` the attempt is counted."""
        with self._database.write() as connection:
            seq = self._database.find_event(connection, stored.event.id)
            since = stored.attempt.since or stored.event.received_at
            connection.execute(_POSTPONE, (reason, micros(since), micros(until), seq))

    def oldest(self) -> datetime | None:
        """When the event that has waited longest entered the outbox."""
        with self._database.read() as connection:
            (oldest,) = the(connection, _OLDEST)
            return None if oldest is None else from_micros(oldest)

    def _write_record(self, connection: apsw.Connection, seq: int, metadata: Mapping[str, str]) -> None:
        """Store the metadata with the fetched record, and let the event be found by the record's reference."""
        reference = metadata.get(TRANSACTION_REFERENCE)
        connection.execute(_RECORDED, (orjson.dumps(dict(metadata)).decode(), reference, seq))
        if reference is not None and connection.changes():
            self._database.event_index.refer(connection, seq, reference)
