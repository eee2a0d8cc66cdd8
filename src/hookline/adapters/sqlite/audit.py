"""Stores the audit log in SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from hookline.adapters.sqlite.codec import from_micros, micros
from hookline.adapters.sqlite.query import first, rows
from hookline.ports.audit import AuditEntry

if TYPE_CHECKING:
    from hookline.adapters.sqlite.database import Database
    from hookline.adapters.sqlite.query import Row

__all__ = ["SqliteAuditLog"]

_WRITE = """
INSERT INTO audit (id, at, action, subject, actor, reason, affected, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET at = excluded.at, action = excluded.action, subject = excluded.subject,
    actor = excluded.actor, reason = excluded.reason, affected = excluded.affected, details = excluded.details
"""
_AT = "SELECT at FROM audit WHERE id = ?"
_NEWEST = """
SELECT id, at, action, subject, actor, reason, affected, details FROM audit INDEXED BY audit_by_time
WHERE at <= ?1 AND (at, id) < (?1, ?2) ORDER BY at DESC, id DESC LIMIT ?3
"""
_AFTER_ALL = 2**63 - 1


class SqliteAuditLog:
    """AuditLog over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, entry: AuditEntry) -> None:
        """Store the entry durably."""
        details = orjson.dumps(dict(entry.details)).decode() if entry.details else None
        values = (
            entry.id,
            micros(entry.at),
            entry.action,
            entry.subject,
            entry.actor,
            entry.reason,
            entry.affected,
            details,
        )
        with self._database.write() as connection:
            connection.execute(_WRITE, values)

    def newest(self, *, limit: int, before: str | None = None) -> list[AuditEntry]:
        """The newest entries first, those of the same microsecond by their ids. An unknown ``before`` gives an empty list."""
        with self._database.read() as connection:
            last = (_AFTER_ALL,) if before is None else first(connection, _AT, (before,))
            if last is None:
                return []
            return [_read(row) for row in rows(connection, _NEWEST, (last[0], before or "", limit))]


def _read(row: Row) -> AuditEntry:
    id_, at, action, subject, actor, reason, affected, details = row
    return AuditEntry(
        id=id_,
        at=from_micros(at),
        action=action,
        subject=subject,
        actor=actor,
        reason=reason,
        affected=affected,
        details=orjson.loads(details) if details else {},
    )
