"""Operators' actions with an audit record: it is written before an action begins, and again at its end with the number of messages."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.errors import UnavailableError
from hookline.ports.audit import AuditEntry
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hookline.ports.audit import AuditLog

__all__ = ["Note", "Run", "audited"]


@record
class Run:
    """One run of an action: a new id, who runs it, when, and why."""

    id: str
    actor: str
    at: datetime
    reason: str | None = None

    def entry(self, action: str, subject: str, **details: str) -> AuditEntry:
        """The audit record for the beginning of the action."""
        return AuditEntry(
            id=self.id,
            at=self.at,
            action=action,
            subject=subject,
            actor=self.actor,
            reason=self.reason,
            details=details,
        )


class Note:
    """A running action; ``affected`` is the number of messages it has changed so far."""

    affected: int = 0


@contextmanager
def audited(log: AuditLog, entry: AuditEntry) -> Iterator[Note]:
    """Write the audit record, and write it again when the block ends, even with an error.

    Raises UnavailableError before the block begins if the record cannot be written: then nothing was changed.
    """
    note = Note()
    log.write(entry)
    try:
        yield note
    except BaseException:
        with suppress(UnavailableError):
            log.write(replace(entry, affected=note.affected))
        raise
    log.write(replace(entry, affected=note.affected))
