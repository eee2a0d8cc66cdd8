"""``hookline events``."""

from __future__ import annotations

import sys
from functools import partial

import click

from hookline.cli.homes import HomeOption
from hookline.cli.options import example, limit_option
from hookline.cli.output import warn
from hookline.cli.over_network import acting, acts_at_url, looking
from hookline.cli.reasons import reason_options
from hookline.cli.values import search_options
from hookline.runtimes.direct import events as direct
from hookline.runtimes.remote import acts, looks

__all__ = ["events"]


@click.group(epilog=example("hookline events list --status failed", "hookline events show transactions:evt_1"))
def events() -> None:
    """Look at stored events, with or without a server running, here or on AWS."""


@events.command(
    name="list",
    epilog=example("hookline events list --status failed", "hookline events list --since 2h --reference pi_123"),
)
@search_options
@click.option("--reference", help="Only events of the transaction with this reference.")
@click.option("--amount", help="Only events whose transaction has this amount, such as 12.50.")
@click.option("--id", "id_part", metavar="TEXT", help="Only events with this text in their id.")
@click.option("--text", help="Only events with this text in their body; needs --since.")
@limit_option(20)
@click.option("--before", metavar="EVENT_ID", help="Continue after a page that ended with this event.")
@looking(partial(direct.list_events, warn=warn), looks.list_events)
def list_events() -> None:
    """List events, the most recently received first."""


@events.command(
    name="show",
    epilog=example(
        "hookline events show transactions:evt_1", "hookline events show transactions:evt_1 --json | jq -j .body"
    ),
)
@click.argument("event_id")
@looking(direct.show_event, looks.show_event)
def show_event() -> None:
    """Show one event: everything that is known about it, its body, and second bodies that arrived with its id."""


def _from_input(_context: click.Context, _option: click.Parameter, given: str) -> str:
    return sys.stdin.read() if given == "-" else given


@events.command(
    name="erase",
    epilog=example(
        """hookline events erase --where '{"data": {"email": ["a@example.com"]}}' --dry-run""",
        """hookline events erase --where '{"data": {"email": ["a@example.com"]}}' --reason 'request 17'""",
    ),
)
@click.option(
    "--where",
    metavar="PATTERN",
    required=True,
    callback=_from_input,
    help="What to erase: an event pattern (JSON); - reads it from standard input.",
)
@click.option("--undelivered", is_flag=True, help="Also events that are not on a queue yet: no consumer will get them.")
@click.option("--everything", is_flag=True, help="Allow a pattern that matches every event.")
@click.option(
    "--rewrite",
    is_flag=True,
    cls=HomeOption,
    home="embedded",
    why="on AWS there is no database file to rewrite",
    help="Rewrite the file even if it is large; senders get 503 meanwhile.",
)
@reason_options
@acting(direct.erase_events, acts_at_url(acts.erase))
def erase_events() -> None:
    """Erase the content of events permanently: bodies, second bodies, messages, and rejected requests that the pattern matches.

    Id, type, times, status and digests stay, so that a second delivery is recognised and its body is not stored. The plan says what
    cannot be reached. An erasure that was killed is finished by the same command.
    """
