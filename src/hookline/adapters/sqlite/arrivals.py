"""Secrets that senders brought, in SQLite: as safe as the file, which its owner alone may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros, micros
from hookline.adapters.sqlite.query import first, rows
from hookline.domain.handshake import Armed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteArrivals"]

_ARM = "INSERT OR REPLACE INTO armed (source, secret, until) VALUES (?, ?, ?)"
_ARMED = "SELECT source, secret, until FROM armed WHERE until > ? ORDER BY source"
_EXPECTED = """
SELECT secret FROM armed WHERE source = ? AND until > ? AND NOT EXISTS (SELECT 1 FROM arrived WHERE name = armed.secret)
"""
_KEEP = "INSERT INTO arrived (name, source, at, value) VALUES (?, ?, ?, ?)"


class SqliteArrivals:
    """Arrivals over one database. Time is the time of day: an operator's command and the server have it in common."""

    def __init__(self, database: Database, *, on_kept: Callable[[str, bytes], None] | None = None) -> None:
        """``on_kept`` hears of each secret, by its name, once it is kept."""
        self._database = database
        self._on_kept = on_kept

    def arm(self, source: str, name: str, until: datetime) -> None:
        """Expect a secret for ``source``."""
        with self._database.write() as connection:
            connection.execute(_ARM, (source, name, micros(until)))

    def armed(self, sources: Collection[str]) -> list[Armed]:
        """Those that are armed now."""
        with self._database.read() as connection:
            found = [
                Armed(source=source, secret=secret, until=from_micros(until))
                for source, secret, until in rows(connection, _ARMED, (self._now(),))
            ]
        return [one for one in found if one.source in sources]

    def arrived(self, names: Collection[str]) -> dict[str, datetime]:
        """When each came."""
        with self._database.read() as connection:
            found = {
                name: from_micros(at) for name, at in rows(connection, "SELECT name, at FROM arrived ORDER BY name", ())
            }
        return {name: at for name, at in found.items() if name in names}

    def reveal(self, name: str) -> bytes | None:
        """The secret."""
        with self._database.read() as connection:
            row = first(connection, "SELECT value FROM arrived WHERE name = ?", (name,))
        return None if row is None else bytes(row[0])

    def keep(self, source: str, names: Sequence[str], value: bytes) -> str | None:
        """Keep the first that comes in time, in one transaction with the disarming."""
        now = self._now()
        with self._database.write() as connection:
            row = first(connection, _EXPECTED, (source, now))
            if row is None or row[0] not in names:
                return None
            name: str = row[0]
            connection.execute("DELETE FROM armed WHERE source = ?", (source,))
            connection.execute(_KEEP, (name, source, now, value))
        if self._on_kept is not None:
            self._on_kept(name, value)
        return name

    def _now(self) -> int:
        return micros(self._database.clock.now())
