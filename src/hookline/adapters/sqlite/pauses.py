"""Stores the pauses of queues and sources in SQLite, with a copy in memory for frequent checks."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros, micros
from hookline.adapters.sqlite.query import rows
from hookline.domain.pause import Pause, Paused, PauseState

if TYPE_CHECKING:
    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row

__all__ = ["PausedQueues", "SqlitePauses"]

_PUT = """
INSERT INTO pauses (kind, name, state, since, actor, reason) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET state = excluded.state, since = excluded.since, actor = excluded.actor, reason = excluded.reason
"""
_REMOVE = "DELETE FROM pauses WHERE kind = ? AND name = ?"
_ALL = "SELECT kind, name, state, since, actor, reason FROM pauses ORDER BY kind, name"
_QUEUES = "SELECT name FROM pauses WHERE kind = 'queue'"
_LOOK_EVERY = 1.0
"""Seconds between reads of the pauses, which another process may have changed."""


class SqlitePauses:
    """Pauses over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, pause: Pause) -> None:
        """Store the pause."""
        if pause.kind is Paused.QUEUE:
            self._database.queues.get(pause.name)
        values = (pause.kind.value, pause.name, pause.state.value, micros(pause.since), pause.actor, pause.reason)
        with self._database.write() as connection:
            connection.execute(_PUT, values)
        self._database.paused_queues.forget()

    def remove(self, kind: Paused, name: str) -> bool:
        """Remove the pause."""
        with self._database.write() as connection:
            connection.execute(_REMOVE, (kind.value, name))
            removed = connection.changes() > 0
        self._database.paused_queues.forget()
        return removed

    def all(self) -> list[Pause]:
        """All pauses, queues first, by name."""
        with self._database.read() as connection:
            return [_read(row) for row in rows(connection, _ALL)]


class PausedQueues:
    """The names of the paused queues, read at most a second ago: this is called at each receive."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._names: frozenset[str] = frozenset()
        self._look_at = 0.0

    def __contains__(self, name: str) -> bool:
        if monotonic() >= self._look_at:
            self._look_at = monotonic() + _LOOK_EVERY
            with self._database.read() as connection:
                self._names = frozenset(found for (found,) in rows(connection, _QUEUES))
        return name in self._names

    def forget(self) -> None:
        """Read the pauses again at the next call of ``queues``."""
        self._look_at = 0.0


def _read(row: Row) -> Pause:
    kind, name, state, since, actor, reason = row
    return Pause(
        kind=Paused(kind),
        name=name,
        state=PauseState(state),
        since=from_micros(since),
        actor=actor,
        reason=reason,
    )
