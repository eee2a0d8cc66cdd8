"""Stores in SQLite which alerts were reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.codec import from_micros, micros
from hookline.adapters.sqlite.query import rows
from hookline.domain.alert import AlertKind, AlertState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.sqlite.database import Database

__all__ = ["SqliteAlertStates"]

_ALL = """
SELECT alert, kind, subject, since, detail, fired, quiet_since, is_over, began_posted FROM alert_states
ORDER BY alert, kind, subject
"""
_CLEAR = "DELETE FROM alert_states"
_PUT = """
INSERT INTO alert_states (alert, kind, subject, since, detail, fired, quiet_since, is_over, began_posted)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class SqliteAlertStates:
    """AlertStates over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def kept(self) -> list[AlertState]:
        """Every state."""
        with self._database.read() as connection:
            return [
                AlertState(
                    alert=alert,
                    kind=AlertKind(kind),
                    subject=subject,
                    since=from_micros(since),
                    detail=detail,
                    fired=bool(fired),
                    quiet_since=None if quiet_since is None else from_micros(quiet_since),
                    is_over=bool(is_over),
                    began_posted=bool(began_posted),
                )
                for alert, kind, subject, since, detail, fired, quiet_since, is_over, began_posted in rows(
                    connection, _ALL
                )
            ]

    def keep(self, states: Sequence[AlertState]) -> None:
        """Replace all states with these."""
        values = [
            (
                one.alert,
                one.kind.value,
                one.subject,
                micros(one.since),
                one.detail,
                int(one.fired),
                None if one.quiet_since is None else micros(one.quiet_since),
                int(one.is_over),
                int(one.began_posted),
            )
            for one in states
        ]
        with self._database.write_relaxed() as connection:
            connection.execute(_CLEAR)
            connection.executemany(_PUT, values)
