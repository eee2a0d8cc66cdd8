"""Opens erasures in an embedded hookline's data, for the control room and for commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite import SqliteAuditLog, SqliteErasures, SqliteQuarantine
from hookline.domain.quarantine import QuarantineBounds
from hookline.pipeline.erasure import Erasure
from hookline.pipeline.unreachable import ON_THIS_MACHINE

if TYPE_CHECKING:
    from hookline.adapters.sqlite import Database

__all__ = ["erasure_in"]


def erasure_in(database: Database) -> Erasure:
    """Erasures in this database; a server may have it open too."""
    erasures = SqliteErasures(database)
    return Erasure(
        erasures=erasures,
        cleaning=erasures,
        quarantine=SqliteQuarantine(database, QuarantineBounds()),
        audit=SqliteAuditLog(database),
        unreachable=ON_THIS_MACHINE,
    )
