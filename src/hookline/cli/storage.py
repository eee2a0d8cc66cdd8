"""``hookline storage``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import data_dir_option, example, json_option
from hookline.cli.output import print_json, readable
from hookline.cli.reasons import fresh_run
from hookline.cli.remote.option import not_at_url
from hookline.runtimes.embedded.wiring.commands import confirm_clock as confirm_in
from hookline.runtimes.embedded.wiring.commands import open_home

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["storage"]


@click.group(epilog=example("hookline storage confirm-clock"))
def storage() -> None:
    """Look after the data directory."""


@storage.command(
    name="confirm-clock", epilog=example("hookline storage confirm-clock", "hookline storage confirm-clock --yes")
)
@data_dir_option
@click.option("--yes", is_flag=True, help="The date that is shown is right: let things expire by it.")
@click.option("--reason", help="Why: kept in the audit log.")
@json_option
@not_at_url(
    "the clock is that of the machine with the data directory, and is confirmed there, by somebody who can see that it is right"
)
def confirm_clock(*, data_dir: Path, yes: bool, reason: str | None, as_json: bool) -> None:
    """Confirm that this machine's clock is right, with or without a server running.

    Where the clock is more than 24 hours past what was stored last (it was wrong, or the server was off for so long), nothing
    expires until the server has run for 24 hours, or until this. Without --yes the times are only shown.
    """
    with open_home(data_dir) as home:
        now, held = home.clock.now(), home.clock.held_at
        if yes and held is not None:
            confirm_in(home, fresh_run(reason))
    if as_json:
        print_json(
            {
                "now": now.isoformat(),
                "newest_stored": held and held.isoformat(),
                "in_doubt": held is not None,
                "confirmed": yes and held is not None,
            }
        )
        return
    click.echo(f"now: {readable(now)}")
    if held is None:
        click.echo("the clock is not in doubt: nothing to confirm")
        return
    click.echo(f"newest stored: {readable(held)}")
    click.echo(
        "confirmed: a running server goes by it within a minute"
        if yes
        else "nothing was changed: add --yes if now is right"
    )
