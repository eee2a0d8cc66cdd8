"""``hookline tail``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any  # Any: the options are fields of a Tail

import click

from hookline.cli.options import config_option, example, json_option
from hookline.cli.over_network import at_url
from hookline.cli.targets import where_options
from hookline.cli.terminal import safe
from hookline.runtimes.direct.tail import tail_lines
from hookline.runtimes.remote import looks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hookline.pipeline.tail import TailLine
    from hookline.runtimes.control_room_api import Api

__all__ = ["tail"]


def _say_ready() -> None:
    click.echo("Waiting for events. Ctrl-C ends.", err=True)


def _print(lines: Iterable[TailLine], *, as_json: bool) -> None:
    for line in lines:
        click.echo(json.dumps(line.document) if as_json else safe(line.text))


def _there(api: Api, *, as_json: bool, **given: Any) -> None:
    """With ``--url``: as they arrive there."""
    _say_ready()
    _print(looks.tail_lines(api, **given), as_json=as_json)


@click.command(epilog=example("hookline tail --rejected", "hookline tail --queue payments --target aws:prod --json"))
@where_options
@config_option
@click.option("--source", help="Only events and requests of this source.")
@click.option("--type", help="Only events of this type.")
@click.option("--queue", help="Only events that the routes of hookline.toml send to this queue.")
@click.option(
    "--rejected", is_flag=True, help="Also refused requests: those in the quarantine, on AWS those in the log."
)
@json_option
@at_url(_there)
def tail(*, as_json: bool, **given: Any) -> None:
    """Show events as they arrive, one on each line, until Ctrl-C. It changes nothing, and makes no writer wait.

    On AWS it looks every 2 seconds: 16 queries of the table's index by time, and a read of each new event, about $0.002 an hour and
    $0.13 for a million events; --rejected searches the validator's log, which is free.
    """
    _print(tail_lines(ready=_say_ready, **given), as_json=as_json)
