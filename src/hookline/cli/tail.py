"""``hookline tail``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any  # Any: the options are fields of a Tail

import click

from hookline.cli.options import config_option, example, json_option
from hookline.cli.over_network import at_url
from hookline.cli.targets import where_options
from hookline.cli.terminal import safe
from hookline.config import load
from hookline.config.canary import with_wanted_canary
from hookline.pipeline.route import router_of
from hookline.pipeline.tail import Tail
from hookline.runtimes.aws_lambda.wiring.commands import open_watch
from hookline.runtimes.follow import follow
from hookline.runtimes.remote.looks import tail_lines

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.cli.targets import Where
    from hookline.runtimes.control_room_api import Api

__all__ = ["tail"]

_WAITING = "Waiting for events. Ctrl-C ends."


def _there(api: Api, *, as_json: bool, **given: Any) -> None:
    """With ``--url``: as they come there."""
    click.echo(_WAITING, err=True)
    for text, document in tail_lines(api, **given):
        click.echo(json.dumps(document) if as_json else safe(text))


@click.command(epilog=example("hookline tail --rejected", "hookline tail --queue payments --target aws:prod --json"))
@where_options
@config_option
@click.option("--source", help="Only events and requests of this source.")
@click.option("--type", help="Only events of this type.")
@click.option("--queue", help="Only events that the routes of hookline.toml send to this queue.")
@click.option(
    "--rejected", is_flag=True, help="Refused requests too: those in the quarantine, on AWS those in the log."
)
@json_option
@at_url(_there)
def tail(*, place: Where, config_path: Path, as_json: bool, **options: Any) -> None:
    """Show events as they come, a line each, until Ctrl-C. Nothing changes, and no writer waits.

    On AWS it looks every 2 seconds: 16 queries of the table's index by time, and a read of each new event, about $0.002 an hour and
    $0.13 for a million events; --rejected searches the validator's log, which is free.
    """
    config = load(config_path)
    if options["queue"] is not None:
        config.queue(options["queue"])
    with place.open(lambda home: home.watch, open_watch) as watch:
        watched = Tail(watch=watch, router=router_of(with_wanted_canary(config)), **options)
        watched.look()
        click.echo(_WAITING, err=True)
        follow(
            watched.look,
            lambda line: click.echo(json.dumps(line.document) if as_json else safe(line.text)),
            every=0.25 if place.environment is None else 2,
        )
