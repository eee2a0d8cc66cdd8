"""Stores in SQLite the secrets that senders bring in handshakes: as safe as the file, which only its owner may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros, micros
from hookline.adapters.sqlite.query import first, rows
from hookline.domain.handshake import Armed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row
    from hookline.domain.handshake import Caller

__all__ = ["SqliteHandshakeSecrets", "secret_about"]

_ARM = "INSERT OR REPLACE INTO armed (source, secret, until, token_digest, networks) VALUES (?, ?, ?, ?, ?)"
_ARMED = "SELECT source, secret, until, token_digest, networks FROM armed WHERE until > ? ORDER BY source"
_EXPECTED = """
SELECT source, secret, until, token_digest, networks FROM armed
WHERE source = ? AND until > ? AND NOT EXISTS (SELECT 1 FROM arrived WHERE name = armed.secret)
"""
_DISARM = "DELETE FROM armed WHERE source = ?"
_ARRIVED = "SELECT name, at FROM arrived ORDER BY name"
_REVEAL = "SELECT value, sealed FROM arrived WHERE name = ?"
_KEEP = "INSERT INTO arrived (name, source, at, value, sealed) VALUES (?, ?, ?, ?, ?)"


class SqliteHandshakeSecrets:
    """HandshakeSecrets over one database. Times are the time of day, which an operator's command and the server share."""

    def __init__(self, database: Database, *, on_kept: Callable[[str, bytes], None] | None = None) -> None:
        """``on_kept`` is called with the name of each secret after it is stored."""
        self._database = database
        self._on_kept = on_kept

    def arm(self, expected: Armed) -> None:
        """Arm a source: expect its secret until a time."""
        values = expected.source, expected.secret, micros(expected.until), expected.token_digest
        with self._database.write() as connection:
            connection.execute(_ARM, (*values, " ".join(expected.networks)))

    def armed(self, sources: Collection[str]) -> list[Armed]:
        """The sources that are armed now."""
        with self._database.read() as connection:
            found = [_read(row) for row in rows(connection, _ARMED, (self._now(),))]
        return [one for one in found if one.source in sources]

    def kept_at(self, names: Collection[str]) -> dict[str, datetime]:
        """When each secret arrived."""
        with self._database.read() as connection:
            found = {name: from_micros(at) for name, at in rows(connection, _ARRIVED)}
        return {name: at for name, at in found.items() if name in names}

    def reveal(self, name: str) -> bytes | None:
        """The secret."""
        with self._database.read() as connection:
            row = first(connection, _REVEAL, (name,))
        if row is None:
            return None
        value, is_sealed = row
        return self._database.sealing.open(value, secret_about(name)) if is_sealed else bytes(value)

    def keep(self, source: str, names: Sequence[str], value: bytes, caller: Caller) -> str | None:
        """Store the first secret that arrives in time, and disarm the source in the same transaction."""
        now = self._now()
        with self._database.write() as connection:
            row = first(connection, _EXPECTED, (source, now))
            expected = None if row is None else _read(row)
            if expected is None or expected.secret not in names or not expected.admits(caller):
                return None
            name = expected.secret
            connection.execute(_DISARM, (source,))
            sealing = self._database.sealing
            is_sealed = sealing.is_used and sealing.begin(connection)
            kept = sealing.seal(value, secret_about(name)) if is_sealed else value
            connection.execute(_KEEP, (name, source, now, kept, is_sealed))
        if self._on_kept is not None:
            self._on_kept(name, value)
        return name

    def _now(self) -> int:
        return micros(self._database.clock.now())


def secret_about(name: str) -> bytes:
    """The text that binds a sealed secret to its name."""
    return b"secret\0%b" % name.encode()


def _read(row: Row) -> Armed:
    source, secret, until, token_digest, networks = row
    return Armed(
        source=source,
        secret=secret,
        until=from_micros(until),
        token_digest=bytes(token_digest),
        networks=tuple(networks.split()),
    )
