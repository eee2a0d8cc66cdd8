"""``hookline demo``: a real server, every kind of call, and a count of the results."""

from __future__ import annotations

from functools import partial

import click

from hookline.cli.exit_codes import FAILED
from hookline.cli.options import example, json_option
from hookline.cli.output import progress_bar, show
from hookline.demo.play import Audience, play

__all__ = ["demo"]


@click.command(epilog=example("hookline demo", "hookline demo --keep"))
@click.option(
    "--keep",
    is_flag=True,
    help="Keep the server running until Ctrl-C, with something to look at, and print where its control room is.",
)
@click.option(
    "--count", type=click.IntRange(10, 100_000), default=2000, show_default=True, help="How many good transactions."
)
@json_option
def demo(*, keep: bool, count: int, as_json: bool) -> None:
    """Start a real server in a temporary folder, send it good and bad webhooks, and count the result of each.

    The exit code is 0 only when every answer and every queue is exactly as it must be. Nothing is left behind.
    """
    audience = Audience(note=partial(click.echo, err=True), show=partial(show, as_json=as_json), progress=progress_bar)
    if not play(audience, keep=keep, count=count):
        raise click.exceptions.Exit(FAILED)
