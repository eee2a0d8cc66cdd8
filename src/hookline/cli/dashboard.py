"""``hookline dashboard``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any  # Any: the options are those of the room

import click

from hookline.cli.options import config_option, example, json_option
from hookline.cli.output import show
from hookline.cli.targets import target_option
from hookline.cli.values import PORT
from hookline.config import load
from hookline.runtimes.direct.dashboard import serve_deployed_room

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["dashboard"]


@click.command(epilog=example("hookline dashboard --target aws:prod", "hookline dashboard --target aws:prod --port 0"))
@target_option
@click.option("--port", type=PORT, default=8090, show_default=True, help="The port on 127.0.0.1; 0 takes any free one.")
@click.option(
    "--api-endpoint",
    metavar="URL",
    help="The API's URL: the stack's output api_endpoint. [default: looked up in API Gateway]",
)
@config_option
@json_option
def dashboard(*, environment: str | None, config_path: Path, as_json: bool, **options: Any) -> None:
    """Open the control room of an environment on AWS: on this machine only, with your own AWS credentials, until Ctrl-C.

    Open the printed address in a browser. It contains a token, and other users of this machine get no answer without it.
    """
    if environment is None:
        raise click.UsageError(
            "name the environment (--target aws:ENV); the embedded home has its control room on the admin port of `hookline serve`"
        )
    serve_deployed_room(environment, load(config_path), announce=partial(show, as_json=as_json), **options)
