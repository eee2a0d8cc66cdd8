"""Reads and releases held events in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros
from hookline.adapters.sqlite.event_rows import HELD, WAITING
from hookline.adapters.sqlite.query import first, rows, the

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteHeldEvents"]

# SQLite uses the index only for statements that repeat its condition literally.
_HELD = f"since = {HELD} AND status = '{WAITING}'"
_COUNT = f"SELECT count(*) FROM events INDEXED BY events_held WHERE {_HELD} AND source = ?"  # noqa: S608 -- a constant of this package
_FIRST = f"SELECT id FROM events INDEXED BY events_held WHERE {_HELD} AND source = ? ORDER BY received_at, seq LIMIT ?"  # noqa: S608 -- as above
_OLDEST = f"SELECT received_at FROM events INDEXED BY events_held WHERE {_HELD} AND source = ? ORDER BY received_at, seq LIMIT 1"  # noqa: S608 -- as above
_WAITS = f"SELECT 1 FROM events WHERE seq = ? AND status = '{WAITING}'"  # noqa: S608 -- as above
_RELEASE = f"UPDATE events SET since = ? WHERE seq = ? AND {_HELD}"  # noqa: S608 -- as above


class SqliteHeldEvents:
    """HeldEvents over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, source: str) -> int:
        """How many events of the source are held, by an index that has only held events."""
        with self._database.read() as connection:
            (count,) = the(connection, _COUNT, (source,))
        return int(count)

    def first(self, source: str, *, limit: int) -> list[str]:
        """The first held events, in the order of receipt."""
        with self._database.read() as connection:
            return [id_ for (id_,) in rows(connection, _FIRST, (source, limit))]

    def oldest(self, source: str) -> datetime | None:
        """When the first held event of the source was received."""
        with self._database.read() as connection:
            found = first(connection, _OLDEST, (source,))
        return None if found is None else from_micros(found[0])

    def release(self, event_ids: Sequence[str]) -> list[str]:
        """Move events to the outbox in one transaction; returns the ids of those that were held."""
        released = []
        with self._database.write() as connection:
            now = self._database.now()
            for event_id in event_ids:
                connection.execute(_RELEASE, (now, self._database.find_event(connection, event_id)))
                if connection.changes():
                    released.append(event_id)
        return released

    def waiting(self, event_ids: Sequence[str]) -> int:
        """How many of these events are still ``received``."""
        with self._database.read() as connection:
            numbers = [self._database.find_event(connection, event_id) for event_id in event_ids]
            return sum(first(connection, _WAITS, (seq,)) is not None for seq in numbers)
