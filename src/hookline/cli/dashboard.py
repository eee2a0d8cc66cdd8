"""``hookline dashboard``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, example, json_option
from hookline.cli.targets import target_option
from hookline.config import load
from hookline.dashboard.app import control_room_app
from hookline.dashboard.entrance import Entrance
from hookline.dashboard.sign_in import SignIn
from hookline.runtimes.aws_lambda.wiring.control_room import open_control_room
from hookline.runtimes.embedded.loopback import serve_on_loopback

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["dashboard"]

_USUAL_PORT = 8090


@click.command(epilog=example("hookline dashboard --target aws:prod", "hookline dashboard --target aws:prod --port 0"))
@target_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_USUAL_PORT,
    show_default=True,
    help="The port on 127.0.0.1; 0 takes any free one.",
)
@click.option(
    "--api-endpoint",
    metavar="URL",
    help="The stack's output api_endpoint. [default: as API Gateway names it]",
)
@config_option
@json_option
def dashboard(
    *, environment: str | None, port: int, api_endpoint: str | None, config_path: Path, as_json: bool
) -> None:
    """Open the control room of an environment on AWS: on this machine only, with your own AWS credentials, until Ctrl-C.

    Open the printed address in a browser: without the token in it nobody else on this machine gets an answer.
    """
    if environment is None:
        raise click.UsageError(
            "name the environment (--target aws:ENV); the embedded home has its control room on the admin port of `hookline serve`"
        )
    with open_control_room(environment, load(config_path), api_endpoint=api_endpoint) as room:
        app = Entrance(control_room_app(room), SignIn(), home="AWS", place=environment)
        serve_on_loopback(app, port=port, announce=_announced_as_json if as_json else _announce)


def _announce(url: str) -> None:
    click.echo(f"The control room is open at {url}")
    click.echo("Anyone who has this address acts with your AWS credentials. Ctrl-C closes it.", err=True)


def _announced_as_json(url: str) -> None:
    click.echo(json.dumps({"url": url}))  # one line: the command goes on
