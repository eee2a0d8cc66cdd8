"""``hookline serve``."""

from __future__ import annotations

from typing import Any  # Any: the options are arguments of the server

import click

from hookline.cli.options import config_option, data_dir_option, env_file_option, example, json_option
from hookline.cli.values import PORT, read_by
from hookline.runtimes.direct.serve import serve as run_server
from hookline.runtimes.embedded.settings import LOG_FORMATS, given_keys

__all__ = ["serve"]


@click.command(epilog=example("hookline serve", "hookline serve --config hookline.toml --port 0 --log-format json"))
@config_option
@data_dir_option
@click.option(
    "--host",
    metavar="ADDRESS",
    help="The address to receive webhooks on. [default: host under [server], else 127.0.0.1]",
)
@click.option(
    "--port", type=PORT, help="The port for webhooks; 0 takes any free one. [default: port under [server], else 8080]"
)
@click.option(
    "--admin-host",
    metavar="ADDRESS",
    help="The address of the admin port. Callers on other machines need an [[access]] key. "
    "[default: admin_host under [server], else 127.0.0.1]",
)
@click.option(
    "--admin-port",
    type=PORT,
    help="The port for health and queues; 0 takes any free one. [default: admin_port under [server], else 8081]",
)
@env_file_option
@click.option(
    "--log-format",
    type=click.Choice(LOG_FORMATS),
    default="auto",
    show_default=True,
    help="auto is pretty on a terminal, and JSON otherwise.",
)
@json_option
@click.option(
    "--public-key",
    "public_keys",
    callback=read_by(given_keys),
    metavar="SCHEME=FILE",
    multiple=True,
    help="A public key of the scheme's sender, used instead of a fetched one: to try out PayPal, SNS, eBay or Plaid. May be repeated.",
)
def serve(*, as_json: bool, log_format: str, **options: Any) -> None:
    """Receive webhooks until SIGTERM or Ctrl-C; every accepted event is on disk when the command ends.

    SIGHUP reads the configuration and the env file again. --json is the same as --log-format json.
    """
    run_server(log_format="json" if as_json else log_format, **options)
