"""``hookline audit``."""

from __future__ import annotations

import click

from hookline.cli.options import example, limit_option
from hookline.cli.over_network import looking
from hookline.runtimes.direct.audit import list_audit
from hookline.runtimes.remote import looks

__all__ = ["audit"]


@click.command(epilog=example("hookline audit --limit 50", "hookline audit --target aws:prod --json"))
@limit_option(20)
@click.option("--before", metavar="ID", help="Continue after a page that ended with this entry.")
@looking(list_audit, looks.list_audit)
def audit() -> None:
    """List who replayed, moved or removed what, when and why, the newest first.

    An action without a number has not ended, or was killed.
    """
