"""The events that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros, micros
from hookline.adapters.sqlite.event_rows import COLUMNS, HELD, WAITING, read_event
from hookline.adapters.sqlite.query import rows, the
from hookline.adapters.sqlite.routed_store import StoreEvents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.adapters.sqlite.database import Database
    from hookline.domain.route import RoutedEvent
    from hookline.ports.event_store import StoredEvent

__all__ = ["SqliteOutbox"]

# The index of what is not routed serves only statements that say so in the index's own words.
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
UPDATE events SET status = 'failed', attempts = attempts + 1, next_at = NULL, reason = ?
WHERE seq = ? AND status = '{WAITING}'
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
        """Waiting events whose time has come, oldest first."""
        with self._database.read() as connection:
            values = (micros(received_before), micros(due_at), limit)
            return [read_event(row) for row in rows(connection, _PENDING, values)]

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """Messages on queues and the new status, as one; an event that no longer waits is not touched."""
        database = self._database
        with database.write() as connection:
            now = database.now()
            store = StoreEvents(database, connection, database.clock.steady())
            expires_at = now + database.event_retention
            for item in routed:
                seq = database.find_event(connection, item.event.id)
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
        """Give the event up."""
        with self._database.write() as connection:
            connection.execute(_FAIL, (reason, self._database.find_event(connection, event_id)))

    def oldest(self) -> datetime | None:
        """Since when the oldest waits."""
        with self._database.read() as connection:
            (oldest,) = the(connection, _OLDEST)
            return None if oldest is None else from_micros(oldest)
