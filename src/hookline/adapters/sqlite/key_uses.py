"""Stores in SQLite when access keys were used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros, micros
from hookline.adapters.sqlite.query import rows
from hookline.ports.key_uses import KeyUse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteKeyUses"]

_NOTE = """
INSERT INTO access_keys (id, first_seen_at, last_used_at) VALUES (?, ?, ?)
ON CONFLICT (id) DO UPDATE SET last_used_at = max(coalesce(last_used_at, 0), excluded.last_used_at)
WHERE excluded.last_used_at IS NOT NULL
"""
_KNOWN = "SELECT id, first_seen_at, last_used_at FROM access_keys"


class SqliteKeyUses:
    """KeyUses over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, uses: Mapping[str, datetime | None], *, at: datetime) -> None:
        """Store the latest use of each key."""
        values = [(key_id, micros(at), None if used is None else micros(used)) for key_id, used in uses.items()]
        with self._database.write() as connection:
            connection.executemany(_NOTE, values)

    def known(self) -> Mapping[str, KeyUse]:
        """The latest use of every key that was noted."""
        with self._database.read() as connection:
            return {
                key_id: KeyUse(
                    first_seen_at=from_micros(first), last_used_at=None if last is None else from_micros(last)
                )
                for key_id, first, last in rows(connection, _KNOWN, ())
            }
