"""Stores events in SQLite."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros
from hookline.adapters.sqlite.event_index import SEALED
from hookline.adapters.sqlite.event_listing import newest, place_of
from hookline.adapters.sqlite.event_rows import COLUMNS, LIVE, read_event, read_set_aside
from hookline.adapters.sqlite.query import first, rows, the
from hookline.adapters.sqlite.replays import reopen_event
from hookline.adapters.sqlite.routed_store import StoreEvents
from hookline.domain.event import Status
from hookline.domain.route import RoutedEvent
from hookline.ports.event_store import SecretUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.sqlite.database import Database
    from hookline.domain.event import Event, Outcome
    from hookline.domain.replay import ReplayMark
    from hookline.ports.event_store import EventFilter, StoredEvent

__all__ = ["SqliteEventStore"]

_GET = f"SELECT {COLUMNS} FROM events WHERE seq = :seq AND {LIVE}"  # noqa: S608 -- constants of this package
_CARRIED = f"""
SELECT {COLUMNS} FROM events WHERE seq = :seq
    AND ({LIVE} OR EXISTS (SELECT 1 FROM messages INDEXED BY messages_by_event WHERE event = :seq))
"""  # noqa: S608 -- as above
_SET_ASIDE = """
SELECT received_at, body_sha256, codec, body FROM set_aside WHERE event = ?
"""
# Few events wait, failed or are unmatched, and few expired ones are still in the table: the others are counted as a total.
_COUNT = f"""
SELECT status, count(*) FROM events WHERE status <> 'routed' GROUP BY status
UNION ALL SELECT 'all', (SELECT coalesce(sum(events), 0) FROM event_segments) + count(*) FROM events WHERE seq > {SEALED}
"""  # noqa: S608 -- constants of this package
_COUNT_EXPIRED = f"""
SELECT count(*) FILTER (WHERE status = 'routed') AS routed, count(*) FILTER (WHERE status = 'unmatched') AS unmatched
FROM (
    SELECT e.status FROM event_segments AS s INDEXED BY event_segments_due
    CROSS JOIN events AS e ON e.seq >= s.first AND e.seq <= s.last WHERE s.due <= :now AND e.expires_at <= :now
    UNION ALL SELECT status FROM events WHERE seq > {SEALED} AND expires_at <= :now
)
"""  # noqa: S608 -- as above

_SECRET_USES = f"""
SELECT source, metadata ->> '$.secret' AS secret, count(*), max(received_at) FROM events
WHERE {LIVE} AND secret IS NOT NULL GROUP BY source, secret ORDER BY source, secret
"""  # noqa: S608 -- as above


class SqliteEventStore:
    """EventStore over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, events: Sequence[Event]) -> list[Outcome]:
        """Store each event durably unless its id is known."""
        database = self._database
        with database.write() as connection:
            store = StoreEvents(database, connection, database.clock.steady())
            return [store.store(RoutedEvent(event=event, queues=(), status=event.status), ()) for event in events]

    def get(self, event_id: str) -> StoredEvent | None:
        """The event with its second bodies."""
        with self._database.read() as connection:
            seq = self._database.find_event(connection, event_id)
            row = None if seq is None else first(connection, _GET, {"seq": seq, "now": self._database.expiry_now()})
            if seq is None or row is None:
                return None
            sealing = self._database.sealing
            second = sorted(rows(connection, _SET_ASIDE, (seq,)), key=itemgetter(0))
            return read_event(row, sealing, read_set_aside(second, seq, sealing))

    def carried(self, event_id: str) -> Event | None:
        """The event, even if it expired, while a message of it is on a queue: the consumer may still fetch the body."""
        with self._database.read() as connection:
            seq = self._database.find_event(connection, event_id)
            row = None if seq is None else first(connection, _CARRIED, {"seq": seq, "now": self._database.expiry_now()})
            return None if row is None else read_event(row, self._database.sealing, ()).event

    def find(self, wanted: EventFilter, *, limit: int, before: str | None = None) -> list[StoredEvent]:
        """The events, the last received first."""
        with self._database.read() as connection:
            place = None
            if (
                before is not None
                and (place := place_of(connection, self._database.find_event(connection, before))) is None
            ):
                return []
            return newest(
                connection,
                wanted,
                now=self._database.expiry_now(),
                limit=limit,
                before=place,
                sealing=self._database.sealing,
            )

    def reopen(self, event_id: str, mark: ReplayMark | None = None) -> bool:
        """Set an event back to ``received``; it is due immediately."""
        database = self._database
        with database.write() as connection:
            seq = database.find_event(connection, event_id)
            return reopen_event(connection, seq, mark, since=database.now(), now=database.expiry_now())

    def count(self) -> dict[Status, int]:
        """How many events each status has."""
        with self._database.read() as connection:
            found: dict[str, int] = dict(rows(connection, _COUNT))
            counted = the(connection, _COUNT_EXPIRED, {"now": self._database.expiry_now()})
            expired = dict(zip((Status.ROUTED, Status.UNMATCHED), counted, strict=True))
        routed = found.pop("all") - sum(found.values())
        counts = {status: found.get(status.value, 0) for status in Status} | {Status.ROUTED: routed}
        return {status: count - expired.get(status, 0) for status, count in counts.items()}

    def secret_uses(self) -> list[SecretUse]:
        """The uses of each secret by source and the secret's name, from all events."""
        with self._database.read() as connection:
            found = rows(connection, _SECRET_USES, {"now": self._database.expiry_now()})
        return [
            SecretUse(source=source, secret=secret, events=events, last_received_at=from_micros(last))
            for source, secret, events, last in found
        ]
