"""Notes of what clients do to a whole queue."""

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
    """Writes what a client does, with its key's id, before anything changes and again at the end. Without a log it writes nothing."""

    log: AuditLog | None
    now: Callable[[], datetime]

    @contextmanager
    def noted(self, action: str, queue: str, principal: Principal, **details: str) -> Iterator[Note]:
        """Note ``action`` on ``queue`` around a block that does it. Blocks; raises UnavailableError, and then nothing was changed."""
        if self.log is None:
            yield Note()
            return
        run = Run(id=str(uuid4()), actor=principal.actor, at=self.now())
        with audited(self.log, run.entry(action, queue, **details)) as note:
            yield note
