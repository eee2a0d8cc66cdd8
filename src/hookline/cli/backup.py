"""``hookline backup``."""

from __future__ import annotations

import signal
import sys
from datetime import timedelta
from typing import Any  # Any: the options are the fields of a Backup

import click

from hookline.cli.exit_codes import reported
from hookline.cli.options import data_dir_option, example, json_option
from hookline.cli.output import show
from hookline.cli.values import FILE, FOLDER, read_by, refused_as_usage
from hookline.config.units import duration
from hookline.runtimes.direct.backup import Backup, back_up, repeat

__all__ = ["backup"]

_every = read_by(duration(timedelta(seconds=1), timedelta(days=7)))


@click.command(
    epilog=example(
        "hookline backup hookline-backup.db",
        "hookline backup --data-dir data --force hookline-backup.db",
        "hookline backup --every 15m --to /mnt/backups",
    )
)
@click.argument("file", type=FILE, required=False)
@data_dir_option
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option(
    "--to",
    "folder",
    type=FOLDER,
    metavar="DIR",
    help="The folder for copies, instead of FILE; the name of each copy is its time.",
)
@click.option(
    "--every",
    metavar="DURATION",
    callback=lambda context, option, text: None if text is None else _every(context, option, text),
    help="With --to: make a copy now and after each DURATION, such as 15m, until SIGTERM or Ctrl-C.",
)
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=96,
    show_default=True,
    help="With --to: how many of the newest copies to keep.",
)
@click.option(
    "--keep-days",
    type=click.IntRange(0),
    default=30,
    show_default=True,
    help="With --to: for how many days to also keep the last copy of each day.",
)
@json_option
def backup(*, as_json: bool, **options: Any) -> None:
    """Copy the database to FILE, with or without a server running, and check the copy.

    FILE appears only after the copy was read back: SQLite's integrity check, the counts, and the SHA-256 of up to
    about a thousand bodies, spread over all events.
    """
    with refused_as_usage():
        wanted = Backup(**options)
        _end_on_signals(well=wanted.every is not None)
        if wanted.every is None:
            show(back_up(wanted), as_json=as_json)
        else:
            repeat(lambda: _reported(wanted, as_json=as_json), wanted.every)


def _end_on_signals(*, well: bool) -> None:
    """Let signals end the command by an exit, which removes the unfinished copy; the exit code is 0 where it ends ``well``."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(0 if well else 128 + number))


def _reported(wanted: Backup, *, as_json: bool) -> None:
    """One copy of many. A failure is reported, and the next copy is made at its time: a full disk may have room again by then."""
    reported(lambda: show(back_up(wanted), as_json=as_json), as_json=as_json)
    sys.stdout.flush()
