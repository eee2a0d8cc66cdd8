"""Who did what to stored events and messages, when and why."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

__all__ = ["AuditEntry", "AuditLog"]


@record
class AuditEntry:
    """One action of an operator, such as ``replay``, on ``subject``: a queue, a source, or ``events``.

    ``actor`` is ``user@machine``, or ``key:ID`` for a call that an access key signed. ``affected`` counts events or messages: it is None
    until the action has ended, and stays None if the action was killed. ``details`` has further values by name, such as a replay's id.
    """

    id: str
    at: datetime
    action: str
    subject: str
    actor: str
    reason: str | None = None
    affected: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)


class AuditLog(Protocol):
    """Stores the records of destructive actions; they never expire."""

    def write(self, entry: AuditEntry) -> None:
        """Store the entry durably before this returns; an entry with the same id is replaced.

        An action stores its entry before it changes anything, and again with ``affected`` at its end.
        """
        ...

    def newest(self, *, limit: int, before: str | None = None) -> Sequence[AuditEntry]:
        """At most ``limit`` entries, the newest first; ``before`` is the last id of the page before."""
        ...
