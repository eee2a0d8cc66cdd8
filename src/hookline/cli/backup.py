"""``hookline backup``."""

from __future__ import annotations

import signal
import sys
from dataclasses import asdict
from pathlib import Path

import click

from hookline.cli.error_codes import CommandFailedError
from hookline.cli.options import data_dir_option, example, json_option
from hookline.cli.output import print_json
from hookline.cli.terminal import safe
from hookline.runtimes.embedded.wiring.commands import back_up_home

__all__ = ["backup"]


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


@click.command(
    epilog=example("hookline backup hookline-backup.db", "hookline backup --data-dir data --force hookline-backup.db")
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_dir_option
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@json_option
def backup(*, file: Path, data_dir: Path, force: bool, as_json: bool) -> None:
    """Copy the database to FILE, with or without a server running, and check the copy.

    FILE appears only when the copy has been read back: SQLite's integrity check, the counts, and the SHA-256 of up to
    about a thousand bodies, spread over all events.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)  # so that the unfinished copy is removed
    try:
        report = back_up_home(data_dir, file, replace=force)
    except FileExistsError as error:
        raise click.UsageError(f"{error}; nothing was written") from None
    if report.faults:
        detail = "the copy is not sound: " + "; ".join(report.faults)
        raise CommandFailedError("backup_unsound", detail)
    if as_json:
        print_json({"file": str(file), **{key: value for key, value in asdict(report).items() if key != "faults"}})
        return
    click.echo(
        f"{safe(str(file))}: {report.size} bytes, {report.events} events, {report.messages} messages; "
        f"sound, {report.bodies_checked} bodies compared with their SHA-256"
    )
