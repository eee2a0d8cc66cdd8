"""``hookline restore``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any  # Any: the options are the fields of a Restore

import click

from hookline.cli.homes import HomeOption
from hookline.cli.options import data_dir_option, example
from hookline.cli.output import shows
from hookline.cli.targets import target_option
from hookline.cli.values import FILE
from hookline.runtimes.direct.restore import Restore
from hookline.runtimes.direct.restore import restore as restore_from

if TYPE_CHECKING:
    from hookline.pipeline.shown import Shown

__all__ = ["restore"]

_MERGED = "what is missing is stored again there, and nothing is replaced"
_REPLACED = "a copy is a file there, which becomes the database as a whole"


@click.command(
    epilog=example(
        "hookline restore hookline-backup.db --data-dir data",
        "hookline restore /mnt/backups/NEWEST.db --replace",
        "hookline restore --target aws:prod --table transaction-events-prod-restored --yes --reason 'deleted by mistake'",
    )
)
@click.argument("file", type=FILE, required=False)
@target_option
@data_dir_option
@click.option(
    "--replace",
    is_flag=True,
    cls=HomeOption,
    home="embedded",
    why=_MERGED,
    help="Replace the existing database; its files are moved to a folder next to it.",
)
@click.option(
    "--table", metavar="NAME", cls=HomeOption, home="aws", why=_REPLACED, help="On AWS: the table of the earlier state."
)
@click.option(
    "--yes", is_flag=True, cls=HomeOption, home="aws", why=_REPLACED, help="On AWS: store the missing events again."
)
@click.option("--reason", help="The reason, which is stored in the audit log. Needed with --yes.")
@shows
def restore(**options: Any) -> Shown:
    """Restore FILE, a copy by `hookline backup`, as the database of a data directory. No server may be using the directory.

    Before anything is replaced, the copy is checked as `hookline backup` checks it.
    Events that arrived after the copy was made are not in it.

    On AWS there is no FILE. DynamoDB creates a new table of an earlier state; this command compares it with the table of events, and
    with --yes stores again what is missing now. Existing records stay as they are.
    """
    return restore_from(Restore(**options))
