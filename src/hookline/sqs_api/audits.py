"""Writes audit entries for clients' actions on a whole queue."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from hookline.pipeline.audited import Note, Run, audited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from hookline.domain.access import Principal
    from hookline.ports.audit import AuditLog

__all__ = ["Audits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audits:
    """Writes a client's action, with its key's id, before any change and again at the end. Without a log it writes nothing."""

    log: AuditLog | None
    now: Callable[[], datetime]

    @contextmanager
    def noted(self, action: str, queue: str, principal: Principal, **details: str) -> Iterator[Note]:
        """Write ``action`` on ``queue`` before and after the block that does it. Raises UnavailableError before any change."""
        if self.log is None:
            yield Note()
            return
        run = Run(id=str(uuid4()), actor=principal.actor, at=self.now())
        with audited(self.log, run.entry(action, queue, **details)) as note:
            yield note
