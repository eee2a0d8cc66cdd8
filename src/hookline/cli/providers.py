"""``hookline providers``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any  # Any: the options are passed on

import click

from hookline.cli.options import example
from hookline.cli.output import shows
from hookline.cli.values import duration_option
from hookline.pipeline.provider_lists import show_providers

if TYPE_CHECKING:
    from hookline.pipeline.shown import Shown

__all__ = ["providers"]


@click.command(
    epilog=example(
        "hookline providers",
        "hookline providers show stripe",
        "hookline providers show stripe --toml",
        "hookline providers --outage 1h",
        "hookline providers --json",
    )
)
@click.argument("words", nargs=-1, metavar="[[show] NAME]")
@click.option(
    "--toml",
    "as_toml",
    is_flag=True,
    help="Print a source for hookline.toml that uses a general scheme instead of the sender's name.",
)
@duration_option(
    "--outage",
    usual="0s",
    longest=timedelta(days=30),
    what="Say for each sender whether its own retries deliver an event after an outage of this length.",
)
@shows
def providers(**given: Any) -> Shown:
    """List the senders that are known by name, or show everything about the one called NAME."""
    return show_providers(**given)
