"""Actions of operators that the audit log keeps: recorded before they begin, and again at the end with the number of messages."""

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
    """One run of an action: an id that was never used before, who runs it, when and why."""

    id: str
    actor: str
    at: datetime
    reason: str | None = None

    def entry(self, action: str, subject: str, **details: str) -> AuditEntry:
        """What the audit log gets when the action begins."""
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
    """An action under way; ``affected`` is how many messages it has concerned so far."""

    affected: int = 0


@contextmanager
def audited(log: AuditLog, entry: AuditEntry) -> Iterator[Note]:
    """Write the entry, and write it again when the block ends, also when it raises.

    Raises UnavailableError before the block begins when the entry cannot be written: then nothing was changed.
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
