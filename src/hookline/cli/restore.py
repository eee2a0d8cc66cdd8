"""``hookline restore``."""

from __future__ import annotations

from pathlib import Path

import click

from hookline.cli.backup import refuse_unsound
from hookline.cli.homes import not_on_aws
from hookline.cli.options import data_dir_option, example, json_option
from hookline.cli.output import print_json, readable
from hookline.cli.reasons import fresh_run
from hookline.cli.terminal import safe
from hookline.domain.counted import counted
from hookline.runtimes.embedded.wiring.commands import restore_home

__all__ = ["restore"]


@click.command(
    epilog=example(
        "hookline restore hookline-backup.db --data-dir data", "hookline restore /mnt/backups/NEWEST.db --replace"
    )
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_dir_option
@click.option(
    "--replace", is_flag=True, help="Replace the database that is there; its files are kept in a folder beside it."
)
@click.option("--reason", help="Why: kept in the audit log of the restored database.")
@json_option
@not_on_aws(
    "DynamoDB restores the table as it was at a time, to a new one: docs/how-to/back-up.md#on-aws has the commands"
)
def restore(*, file: Path, data_dir: Path, replace: bool, reason: str | None, as_json: bool) -> None:
    """Make FILE, a copy by `hookline backup`, the database of a data directory that no server uses.

    The copy is checked as `backup` checks it before anything is replaced. What came after the copy was made is not in it.
    """
    try:
        done = restore_home(file, data_dir, fresh_run(reason), replace=replace)
    except FileExistsError as error:
        raise click.UsageError(f"{error}; nothing was changed. --replace puts it aside") from None
    refuse_unsound(done.report.faults)
    replaced = None if done.replaced is None else str(done.replaced)
    if as_json:
        newest = done.newest and done.newest.isoformat()
        counts = {"events": done.report.events, "messages": done.report.messages}
        print_json({"file": str(file), **counts, "newest_event": newest, "replaced": replaced})
        return
    click.echo(
        f"{safe(str(data_dir))}: {counted(done.report.events, 'event')}, {counted(done.report.messages, 'message')}; sound"
    )
    if done.newest is not None:
        click.echo(f"newest event: {readable(done.newest)}")
    if replaced is not None:
        click.echo(f"what was there before: {safe(replaced)}")
    click.echo(
        "Events that came after the copy are not in it: let senders deliver them again. Messages that were deleted after it come again."
    )
