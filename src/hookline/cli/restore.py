"""``hookline restore``."""

from __future__ import annotations

from pathlib import Path

import click

from hookline.cli.backup import refuse_unsound
from hookline.cli.homes import HomeOption
from hookline.cli.options import data_dir_option, example, json_option
from hookline.cli.output import print_json, readable
from hookline.cli.reasons import fresh_run
from hookline.cli.targets import target_option
from hookline.cli.terminal import safe
from hookline.pipeline.restored import bring_back, look_for_lost, restored_document, restored_lines
from hookline.runtimes.aws_lambda.wiring.restoring import open_restored_events
from hookline.runtimes.embedded.wiring.commands import restore_home
from hookline.runtimes.embedded.wiring.restored_copy import copy_document, copy_lines

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
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@target_option
@data_dir_option
@click.option(
    "--replace",
    is_flag=True,
    cls=HomeOption,
    home="embedded",
    why=_MERGED,
    help="Replace the database that is there; its files are kept in a folder beside it.",
)
@click.option(
    "--table", metavar="NAME", cls=HomeOption, home="aws", why=_REPLACED, help="On AWS: the table of the earlier state."
)
@click.option(
    "--yes", is_flag=True, cls=HomeOption, home="aws", why=_REPLACED, help="On AWS: store again what is missing."
)
@click.option("--reason", help="Why: kept in the audit log. Needed with --yes.")
@json_option
def restore(
    *,
    file: Path | None,
    environment: str | None,
    data_dir: Path,
    replace: bool,
    table: str | None,
    yes: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """Make FILE, a copy by `hookline backup`, the database of a data directory that no server uses.

    The copy is checked as `backup` checks it before anything is replaced. What came after the copy was made is not in it.

    On AWS there is no FILE. DynamoDB makes a new table of an earlier state; this command compares it with the table of events, and
    with --yes stores again what is missing now. What is there stays as it is.
    """
    if environment is not None:
        if file is not None or table is None or (yes and not reason):
            raise click.UsageError(
                "on AWS name the table of the earlier state (--table) and no FILE, and with --yes a --reason"
            )
        _bring_back(environment, table, yes=yes, reason=reason, as_json=as_json)
        return
    if file is None:
        raise click.UsageError("name the FILE that `hookline backup` wrote")
    try:
        done = restore_home(file, data_dir, fresh_run(reason), replace=replace)
    except FileExistsError as error:
        raise click.UsageError(f"{error}; nothing was changed. --replace puts it aside") from None
    refuse_unsound(done.report.faults)
    if as_json:
        print_json({"file": str(file), **copy_document(done)})
    else:
        click.echo("\n".join(map(safe, copy_lines(done, str(data_dir), newest=readable(done.newest)))))


def _bring_back(environment: str, table: str, *, yes: bool, reason: str | None, as_json: bool) -> None:
    with open_restored_events(environment, table) as (restored, log):
        found = bring_back(restored, log, fresh_run(reason), name=table) if yes else look_for_lost(restored)
    if as_json:
        print_json(restored_document(found, done=yes))
        return
    click.echo("\n".join(restored_lines(found, done=yes)))
    if not yes:
        click.echo("nothing was changed: add --yes and a --reason to store again what is missing", err=True)
