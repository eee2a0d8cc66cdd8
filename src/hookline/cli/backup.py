"""``hookline backup``."""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hookline.cli.error_codes import CommandFailedError
from hookline.cli.exit_codes import reported
from hookline.cli.options import data_dir_option, example, json_option
from hookline.cli.output import print_json
from hookline.cli.terminal import safe
from hookline.cli.values import read_by
from hookline.config.units import duration
from hookline.domain.counted import counted
from hookline.runtimes.embedded.wiring.commands import back_up_home, back_up_into_series

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["backup", "refuse_unsound"]

_every = read_by(duration(timedelta(seconds=1), timedelta(days=7)))


@click.command(
    epilog=example(
        "hookline backup hookline-backup.db",
        "hookline backup --data-dir data --force hookline-backup.db",
        "hookline backup --every 15m --to /mnt/backups",
    )
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@data_dir_option
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Instead of FILE: a folder for copies, each named by its time.",
)
@click.option(
    "--every",
    metavar="DURATION",
    callback=lambda context, option, text: None if text is None else _every(context, option, text),
    help="With --to: go on until SIGTERM or Ctrl-C, and copy so often, such as 15m.",
)
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=96,
    show_default=True,
    help="With --to: keep so many of the newest copies.",
)
@click.option(
    "--keep-days",
    type=click.IntRange(0),
    default=30,
    show_default=True,
    help="With --to: keep also the last copy of each of so many days.",
)
@json_option
def backup(
    *,
    file: Path | None,
    data_dir: Path,
    force: bool,
    folder: Path | None,
    every: timedelta | None,
    keep: int,
    keep_days: int,
    as_json: bool,
) -> None:
    """Copy the database to FILE, with or without a server running, and check the copy.

    FILE appears only when the copy has been read back: SQLite's integrity check, the counts, and the SHA-256 of up to
    about a thousand bodies, spread over all events.
    """
    if (file is None) == (folder is None):
        raise click.UsageError("name either FILE or a folder with --to")
    if every is not None and folder is None:
        raise click.UsageError("--every needs a folder: --to DIR")

    def copy() -> None:
        if folder is None:
            assert file is not None  # noqa: S101 -- one of the two is there
            _copy_to(file, data_dir, force=force, as_json=as_json)
        else:
            _copy_into(folder, data_dir, newest=keep, days=keep_days, as_json=as_json)

    ends_well = every is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(
            number, lambda number, _frame: sys.exit(0 if ends_well else 128 + number)
        )  # removes the unfinished copy
    if every is None:
        copy()
    else:
        _again_and_again(copy, every.total_seconds(), as_json=as_json)


def refuse_unsound(faults: Sequence[str]) -> None:
    """Raise CommandFailedError for a copy with faults."""
    if faults:
        raise CommandFailedError("backup_unsound", "the copy is not sound: " + "; ".join(faults))


def _copy_to(file: Path, data_dir: Path, *, force: bool, as_json: bool) -> None:
    try:
        report = back_up_home(data_dir, file, replace=force)
    except FileExistsError as error:
        raise click.UsageError(f"{error}; nothing was written") from None
    refuse_unsound(report.faults)
    _show(file, asdict(report), removed=None, as_json=as_json)


def _copy_into(folder: Path, data_dir: Path, *, newest: int, days: int, as_json: bool) -> None:
    copy, report, removed = back_up_into_series(data_dir, folder, newest=newest, days=days)
    refuse_unsound(report.faults)
    _show(copy.path, asdict(report), removed=removed, as_json=as_json)


def _again_and_again(copy: Callable[[], None], seconds: float, *, as_json: bool) -> None:
    """A copy that fails is reported, and the next one is tried at its time: a full disk may have room again by then."""
    due = time.monotonic()
    while True:
        reported(copy, as_json=as_json)
        sys.stdout.flush()
        due = max(due + seconds, time.monotonic())
        time.sleep(due - time.monotonic())


def _show(file: Path, report: Mapping[str, object], *, removed: int | None, as_json: bool) -> None:
    if as_json:
        document = {"file": str(file), **{key: value for key, value in report.items() if key != "faults"}}
        if removed is None:
            print_json(document)
        else:
            click.echo(json.dumps({**document, "removed": removed}))  # a line each, because there may be many
        return
    names = {"size": "byte", "events": "event", "messages": "message", "bodies_checked": "body"}
    size, events, messages, bodies = (
        counted(int(str(report[name])), thing, "bodies" if thing == "body" else None) for name, thing in names.items()
    )
    unopened = int(str(report["bodies_not_opened"]))
    kept = f", {unopened} sealed with a key that is not here" if unopened else ""
    more = f"; {counted(removed, 'older copy', 'older copies')} removed" if removed else ""
    click.echo(
        f"{safe(str(file))}: {size}, {events}, {messages}; sound, {bodies} compared with their SHA-256{kept}{more}"
    )
