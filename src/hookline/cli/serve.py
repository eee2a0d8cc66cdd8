"""``hookline serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, data_dir_option, env_file_beside, env_file_option, example, json_option
from hookline.cli.values import read_by
from hookline.config import load
from hookline.runtimes.embedded.settings import LOG_FORMATS, Settings, given_keys, overridden, read_secrets
from hookline.runtimes.embedded.wiring.serve import serve as run_server

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.runtimes.embedded.reload import Read

__all__ = ["serve"]

_PORT = click.IntRange(0, 65535)


@click.command(epilog=example("hookline serve", "hookline serve --config hookline.toml --port 0 --log-format json"))
@config_option
@data_dir_option
@click.option(
    "--host",
    metavar="ADDRESS",
    help="The address to receive webhooks on. [default: host under [server], else 127.0.0.1]",
)
@click.option(
    "--port", type=_PORT, help="The port for webhooks; 0 takes any free one. [default: port under [server], else 8080]"
)
@click.option(
    "--admin-host",
    metavar="ADDRESS",
    help="The address of the admin port. Others than this machine need an [[access]]. [default: admin_host under [server], else 127.0.0.1]",
)
@click.option(
    "--admin-port",
    type=_PORT,
    help="The port for health and queues; 0 takes any free one. [default: admin_port under [server], else 8081]",
)
@env_file_option
@click.option(
    "--log-format",
    type=click.Choice(LOG_FORMATS),
    default="auto",
    show_default=True,
    help="auto is pretty on a terminal, JSON elsewhere.",
)
@json_option
@click.option(
    "--public-key",
    "public_keys",
    callback=read_by(given_keys),
    metavar="SCHEME=FILE",
    multiple=True,
    help="A public key of the scheme's sender, taken instead of a fetched one: to try out PayPal, SNS, eBay or Plaid. May be repeated.",
)
def serve(
    *,
    config_path: Path,
    data_dir: Path,
    host: str | None,
    port: int | None,
    admin_host: str | None,
    admin_port: int | None,
    env_file: Path | None,
    log_format: str,
    as_json: bool,
    public_keys: dict[str, bytes],
) -> None:
    """Receive webhooks until SIGTERM or Ctrl-C; what was accepted is on disk when the command ends.

    SIGHUP reads the configuration and the env file again. --json is the same as --log-format json.
    """
    settings = Settings(
        data_dir=data_dir,
        server=overridden(load(config_path).server, host=host, port=port, admin_host=admin_host, admin_port=admin_port),
        log_format="json" if as_json else log_format,
        public_keys=public_keys,
        env_file=env_file or config_path.with_name(".env"),
    )

    def read() -> Read:
        config = load(config_path)
        return config, read_secrets(config, env_file_beside(config_path, env_file), serving=True)

    run_server(settings, read)
