"""``hookline audit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import example, limit_option
from hookline.cli.output import shows
from hookline.cli.over_network import looks_at_url
from hookline.cli.targets import where_options
from hookline.pipeline.documents import audit_document, audit_row
from hookline.pipeline.shown import listed
from hookline.runtimes.aws_lambda.wiring.commands import open_audit
from hookline.runtimes.remote import looks

if TYPE_CHECKING:
    from hookline.cli.targets import Where
    from hookline.pipeline.shown import Shown

__all__ = ["audit"]


@click.command(epilog=example("hookline audit --limit 50", "hookline audit --target aws:prod --json"))
@shows
@where_options
@limit_option(20)
@click.option("--before", metavar="ID", help="Go on after a page that ended with this entry.")
@looks_at_url(looks.list_audit)
def audit(*, place: Where, limit: int, before: str | None) -> Shown:
    """List who replayed, moved or removed what, when and why, the newest first.

    An action without a number has not ended, or was killed.
    """
    with place.open(lambda home: home.audit, open_audit) as log:
        found = log.newest(limit=limit, before=before)
    columns = ("id", "at", "action", "subject", "by", "affected", "reason")
    return listed(columns, map(audit_row, found), map(audit_document, found))
