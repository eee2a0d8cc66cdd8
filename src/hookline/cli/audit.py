"""``hookline audit``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import data_dir_option, example, json_option, limit_option
from hookline.cli.output import print_list
from hookline.cli.over_network import looks_at_url
from hookline.cli.targets import opened, target_option
from hookline.pipeline.documents import audit_document, audit_row
from hookline.runtimes.aws_lambda.wiring.commands import open_audit
from hookline.runtimes.remote import looks

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["audit"]


@click.command(epilog=example("hookline audit --limit 50", "hookline audit --target aws:prod --json"))
@target_option
@data_dir_option
@limit_option(20)
@click.option("--before", metavar="ID", help="Go on after a page that ended with this entry.")
@json_option
@looks_at_url(looks.list_audit)
def audit(*, environment: str | None, data_dir: Path, limit: int, before: str | None, as_json: bool) -> None:
    """List who replayed, moved or removed what, when and why, the newest first.

    An action without a number has not ended, or was killed.
    """
    with opened(data_dir, environment, lambda home: home.audit, open_audit) as log:
        found = log.newest(limit=limit, before=before)
    columns = ("id", "at", "action", "subject", "by", "affected", "reason")
    print_list(columns, map(audit_row, found), map(audit_document, found), as_json=as_json)
