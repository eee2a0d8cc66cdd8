"""``hookline sources``."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, env_file_option, example
from hookline.cli.output import shows
from hookline.cli.over_network import acting, acts_at_url, looking, not_at_url
from hookline.cli.pauses import pause_source, resume_source
from hookline.cli.proposing import try_source
from hookline.cli.targets import where_options
from hookline.cli.values import duration_option, reason_option
from hookline.runtimes.direct import sources as direct
from hookline.runtimes.remote import acts, looks

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.pipeline.shown import Shown
    from hookline.runtimes.opened import Where

__all__ = ["sources"]


def _networks(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The networks, each in its usual spelling."""
    try:
        return tuple(str(ip_network(value, strict=False)) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


@click.group(epilog=example("hookline sources list", "hookline sources arm tasks --for 10m"))
def sources() -> None:
    """Look at sources, pause them, and let a sender bring its secret."""


for command in (pause_source, resume_source, try_source):
    sources.add_command(command)


@sources.command(
    epilog=example(
        "hookline sources arm tasks --for 10m",
        "hookline sources arm tasks --from 203.0.113.0/24 --target aws:prod",
    )
)
@click.argument("name")
@duration_option(
    "--for", "length", usual="10m", longest=timedelta(days=1), what="How long the source expects a secret: at most 1d."
)
@click.option(
    "--from",
    "networks",
    multiple=True,
    metavar="CIDR",
    callback=_networks,
    help="Take the secret only from these addresses; may be repeated.",
)
@click.option("--no-token", is_flag=True, help="Expect the secret at the address without a token: only with --from.")
@reason_option
@config_option
@env_file_option
@acting(direct.arm, acts_at_url(acts.arm))
def arm() -> None:
    """Let the sender of source NAME bring its secret by a handshake, for a limited time. Only the first secret is stored.

    It is stored under the first name in hookline.toml that has no value yet; an existing value is never replaced. Arm the source just
    before you create the webhook at the sender, and give the sender the address that is printed. It contains a token, and only a call
    with this token is believed. Events may be sent to that address too, as long as the webhook exists.
    """


@sources.command(name="list", epilog=example("hookline sources list", "hookline sources list --target aws:prod --json"))
@config_option
@looking(direct.list_sources, looks.list_sources)
def list_sources() -> None:
    """List the sources: path, scheme, methods, pauses, and the secrets that senders are expected to bring or have brought."""


@sources.command(epilog=example("hookline sources token pages", "hookline sources token pages --target aws:prod"))
@click.argument("name")
@config_option
@shows
@where_options
@not_at_url("the control room gives out no secret. Run it on the machine with the data directory, or with --target")
def token(*, name: str, config_path: Path, place: Where) -> Shown:
    """Print the secret that the sender of source NAME has brought. Some senders, such as Notion, want it entered by hand."""
    return direct.show_token(name=name, config_path=config_path, place=place)
