"""Finds out whether the clock is in doubt, and stores the doubt and an operator's confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros, micros
from hookline.adapters.sqlite.event_rows import HELD, WAITING
from hookline.adapters.sqlite.query import first
from hookline.domain.clock_doubt import in_doubt

if TYPE_CHECKING:
    from datetime import datetime

    import apsw

    from hookline.adapters.sqlite.database import Database
    from hookline.ports.clock import Clock

__all__ = ["SqliteClockDoubt", "end_future_waits", "hold_clock"]

_LAST_EVENT = "SELECT received_at FROM events WHERE seq = (SELECT max(seq) FROM events)"
_LAST_MESSAGE = "SELECT sent_at FROM messages WHERE id = (SELECT max(id) FROM messages)"
_LAST_REJECTED = "SELECT received_at FROM rejected WHERE id = (SELECT max(id) FROM rejected)"
_CLOCK = "SELECT suspected_from, confirmed_at FROM clock WHERE id = 1"
_SUSPECT = "INSERT INTO clock (id, suspected_from) VALUES (1, ?1) ON CONFLICT DO UPDATE SET suspected_from = ?1"
_END_LEASES = """
UPDATE messages SET visible_at = ?1 WHERE id IN (
    SELECT m.id FROM queues CROSS JOIN messages m INDEXED BY messages_taken
    ON m.queue = queues.id AND m.visible_at > 0 AND m.visible_at > ?1 + ?2
)
"""
_END_GROUPS = """
UPDATE fifo_groups SET free_at = ?1 WHERE (queue, name) IN (
    SELECT g.queue, g.name FROM queues CROSS JOIN fifo_groups g INDEXED BY fifo_groups_free
    ON g.queue = queues.id AND g.free_at > ?1 + ?2
)
"""
_END_PAUSES = f"""
UPDATE events INDEXED BY events_not_routed SET since = min(since, ?1), next_at = NULL
WHERE status = '{WAITING}' AND status <> 'routed' AND since < {HELD} AND (since > ?1 OR next_at > ?1 + ?2)
"""  # noqa: S608 -- a constant of this package
_CONFIRM = """
INSERT INTO clock (id, confirmed_at) VALUES (1, ?1) ON CONFLICT DO UPDATE SET suspected_from = NULL, confirmed_at = ?1
"""


def hold_clock(clock: Clock, connection: apsw.Connection) -> None:
    """Hold the clock's time of expiry at the newest stored time if the time of day is far later, as after a start with a wrong clock."""
    newest = _newest(connection)
    clock.hold(newest if newest is not None and in_doubt(clock.now(), newest) else None)


def end_future_waits(connection: apsw.Connection, now: int) -> None:
    """Shorten waiting times that a wrong clock had set: no lease is longer than SQS allows, no pause longer than an hour."""
    hour = 3600 * 1_000_000
    connection.execute(_END_LEASES, (now, 12 * hour))
    if connection.changes() > 0:
        connection.execute(_END_GROUPS, (now, 12 * hour))
    connection.execute(_END_PAUSES, (now, hour))


def _newest(connection: apsw.Connection) -> datetime | None:
    """The newest stored time that can be trusted: rows after the beginning of a doubt have the doubtful clock's time."""
    suspected, confirmed = first(connection, _CLOCK) or (None, None)
    if suspected is not None:
        return from_micros(suspected)
    found = [first(connection, _LAST_EVENT), first(connection, _LAST_MESSAGE), first(connection, _LAST_REJECTED)]
    times = [row[0] for row in found if row is not None] + ([confirmed] if confirmed is not None else [])
    return from_micros(max(times)) if times else None


class SqliteClockDoubt:
    """The doubt about the clock in one database: stored there, so that it survives a restart, and a command can end it during a run."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def held_at(self) -> datetime | None:
        """The stored time at which the clock is held; None where the clock is not in doubt."""
        return self._database.clock.held_at

    def remember(self) -> None:
        """Store the doubt about the clock, because this process writes rows with times of that clock."""
        held = self.held_at()
        if held is not None:
            with self._database.write() as connection:
                connection.execute(_SUSPECT, (micros(held),))

    def is_confirmed(self) -> bool:
        """Whether an operator has ended the doubt since it was stored."""
        with self._database.read() as connection:
            row = first(connection, _CLOCK)
        return row is not None and row[0] is None and row[1] is not None

    def confirm(self) -> None:
        """End the doubt: the time of day is correct, and events expire by it, within a minute also in a running server."""
        clock = self._database.clock
        with self._database.write() as connection:
            connection.execute(_CONFIRM, (micros(clock.now()),))
        clock.hold(None)
