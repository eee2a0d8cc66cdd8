"""``hookline audit`` on a data directory or on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.pipeline.documents import audit_document, audit_row
from hookline.pipeline.shown import listed
from hookline.runtimes.aws_lambda.wiring.commands import open_audit

if TYPE_CHECKING:
    from hookline.pipeline.shown import Shown
    from hookline.runtimes.opened import Where

__all__ = ["list_audit"]


def list_audit(*, place: Where, limit: int, before: str | None) -> Shown:
    """``hookline audit``."""
    with place.open(lambda home: home.audit, open_audit) as log:
        found = log.newest(limit=limit, before=before)
    columns = ("id", "at", "action", "subject", "by", "affected", "reason")
    return listed(columns, map(audit_row, found), map(audit_document, found))
