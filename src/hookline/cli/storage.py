"""``hookline storage``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hookline.cli.options import data_dir_option, example, json_option
from hookline.cli.output import print_json, progress_bar, readable, shows
from hookline.cli.over_network import not_at_url
from hookline.cli.reasons import fresh_run
from hookline.cli.terminal import safe
from hookline.domain.counted import counted
from hookline.errors import DamagedError
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.embedded.wiring.commands import confirm_clock as confirm_in
from hookline.runtimes.embedded.wiring.commands import open_home
from hookline.runtimes.embedded.wiring.resealing import key_uses
from hookline.runtimes.embedded.wiring.resealing import reseal as reseal_in

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
@shows
@not_at_url(
    "the clock is that of the machine with the data directory, and is confirmed there, by somebody who can see that it is right"
)
def confirm_clock(*, data_dir: Path, yes: bool, reason: str | None) -> Shown:
    """Confirm that this machine's clock is right, with or without a server running.

    Where the clock is more than 24 hours past what was stored last (it was wrong, or the server was off for so long), nothing
    expires until the server has run for 24 hours, or until this. Without --yes the times are only shown.
    """
    with open_home(data_dir) as home:
        now, held = home.clock.now(), home.clock.held_at
        if yes and held is not None:
            confirm_in(home, fresh_run(reason))
    done = "confirmed: a running server goes by it within a minute"
    said = done if yes else "nothing was changed: add --yes if now is right"
    document = {
        "now": now.isoformat(),
        "newest_stored": held and held.isoformat(),
        "in_doubt": held is not None,
        "confirmed": yes and held is not None,
    }
    doubt = [f"newest stored: {readable(held)}", said] if held else ["the clock is not in doubt: nothing to confirm"]
    return Shown(document=document, parts=[f"now: {readable(now)}", *doubt])


@storage.command(name="keys", epilog=example("hookline storage keys", "hookline storage keys --json"))
@data_dir_option
@shows
@not_at_url("the keys are those of a file: run it on the machine with the data directory")
def list_keys(*, data_dir: Path) -> Shown:
    """List the keys that bodies are sealed with, and how many bodies each opens; every row is looked at. No key is shown."""
    found = [asdict(one) for one in key_uses(data_dir)]
    rows = [
        (one["fingerprint"] or "without encryption", one["name"], "seals" if one["seals"] else "", one["bodies"])
        for one in found
    ]
    return listed(("key", "secret", "", "bodies"), rows, found)


@storage.command(
    name="reseal",
    epilog=example(
        'hookline storage reseal --reason "a new key"', 'hookline storage reseal --plain --reason "no key any more"'
    ),
)
@data_dir_option
@click.option("--plain", is_flag=True, help="Open everything instead, and store it in the clear.")
@click.option(
    "--rewrite", is_flag=True, help="Write a file of more than 256 MiB anew too: senders get 503 for some seconds."
)
@click.option("--reason", required=True, help="Why: kept in the audit log.")
@json_option
@not_at_url("it needs the keys, and the file: run it on the machine with the data directory")
def reseal(*, data_dir: Path, plain: bool, rewrite: bool, reason: str, as_json: bool) -> None:
    """Seal all that is stored with the key that seals now, beside a running server; then the other keys can go.

    What was stored in the clear is sealed, and what is left of it in free pages and in the log is overwritten. It may be stopped and run
    again. Bodies that do not open stay as they are, and so do their keys.
    """
    rows = sum(one.bodies for one in key_uses(data_dir))
    with progress_bar(rows, "sealing") as seen:
        done = reseal_in(data_dir, fresh_run(reason), plain=plain, rewrite=rewrite, seen=seen)
    if as_json:
        print_json(asdict(done))
    else:
        click.echo(f"{counted(done.written, 'body', 'bodies')} written anew")
        for line in (*done.faults, *done.remains):
            click.echo(safe(line), err=True)
    if done.faults:
        raise DamagedError("sealed_body_damaged", f"{counted(len(done.faults), 'body does', 'bodies do')} not open")
