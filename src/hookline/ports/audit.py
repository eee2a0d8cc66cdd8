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
    until the action has ended, and stays None when the action was killed. ``details`` says more in names and texts, such as a replay's id.
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
    """Keeps what destructive actions write; nothing in it expires."""

    def write(self, entry: AuditEntry) -> None:
        """Keep the entry, durable when this returns, in place of one with the same id.

        An action writes its entry before it changes anything, and again with ``affected`` at its end.
        """
        ...

    def newest(self, *, limit: int, before: str | None = None) -> Sequence[AuditEntry]:
        """The newest entries first, at most ``limit``; ``before`` is the id that the last page ended with."""
        ...
