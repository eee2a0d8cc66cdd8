"""``hookline storage``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import data_dir_option, example
from hookline.cli.output import progress_bar, shows
from hookline.cli.over_network import not_at_url
from hookline.cli.values import reason_option
from hookline.runtimes.direct import storage as direct
from hookline.runtimes.operator import fresh_run

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.pipeline.shown import Shown

__all__ = ["storage"]


@click.group(epilog=example("hookline storage confirm-clock"))
def storage() -> None:
    """Maintain the data directory: its clock, and the keys that encrypt its bodies."""


@storage.command(
    name="confirm-clock", epilog=example("hookline storage confirm-clock", "hookline storage confirm-clock --yes")
)
@data_dir_option
@click.option("--yes", is_flag=True, help="Confirm that the date shown is correct, so that events expire by it.")
@reason_option
@shows
@not_at_url("confirm the clock on the machine with the data directory, where you can see whether it is right")
def confirm_clock(*, data_dir: Path, yes: bool, reason: str | None) -> Shown:
    """Confirm that this machine's clock is right, with or without a server running.

    If the clock is more than 24 hours ahead of the newest stored event (it was wrong, or the server was off that long), nothing
    expires until the server has run for 24 hours, or until you confirm the clock. Without --yes the times are only shown.
    """
    return direct.confirm_clock(data_dir, fresh_run(reason) if yes else None)


@storage.command(name="keys", epilog=example("hookline storage keys", "hookline storage keys --json"))
@data_dir_option
@shows
@not_at_url("the keys are those of a file: run it on the machine with the data directory")
def list_keys(*, data_dir: Path) -> Shown:
    """List the keys that encrypt bodies, and how many bodies each of them opens; it reads every row. No key is shown."""
    return direct.list_keys(data_dir)


@storage.command(
    name="reseal",
    epilog=example(
        'hookline storage reseal --reason "a new key"', 'hookline storage reseal --plain --reason "no key any more"'
    ),
)
@data_dir_option
@click.option("--plain", is_flag=True, help="Store all bodies without encryption instead.")
@click.option(
    "--rewrite", is_flag=True, help="Also rewrite a file larger than 256 MiB: senders get 503 for some seconds."
)
@click.option("--reason", required=True, help="The reason, which is stored in the audit log.")
@shows
@not_at_url("it needs the keys, and the file: run it on the machine with the data directory")
def reseal(*, data_dir: Path, reason: str, plain: bool, rewrite: bool) -> Shown:
    """Encrypt all stored bodies with the current key, with or without a server running; then the other keys are not needed.

    Bodies that were stored without encryption are encrypted too, and their old bytes in free pages and in the log are overwritten. You may
    stop the command and run it again. Bodies that do not open stay as they are, and their keys are still needed.
    """
    return direct.reseal(data_dir, fresh_run(reason), plain=plain, rewrite=rewrite, progress=progress_bar)
