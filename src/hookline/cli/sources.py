"""``hookline sources``."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

import click

from hookline.cli.options import config_option, env_file_beside, env_file_option, example, json_option
from hookline.cli.output import print_result, readable, shows
from hookline.cli.over_network import acts_at_url, looks_at_url, not_at_url
from hookline.cli.pauses import pause_source, resume_source
from hookline.cli.proposing import try_source
from hookline.cli.reasons import fresh_run
from hookline.cli.targets import where_options
from hookline.cli.values import duration_option
from hookline.config import load
from hookline.config.units import duration_text
from hookline.domain.moment import moment_text
from hookline.pipeline.arm import arm as arm_source
from hookline.pipeline.arm import brought_secret, handshake_address, learned_state, learning_source
from hookline.pipeline.documents import source_document, source_row
from hookline.pipeline.shown import Shown, listed
from hookline.runtimes.aws_lambda.wiring.commands import open_arming, open_audited_arming
from hookline.runtimes.aws_lambda.wiring.queues import deployed_pauses
from hookline.runtimes.embedded.settings import find_secrets
from hookline.runtimes.embedded.wiring.commands import paused_sources
from hookline.runtimes.remote import acts, looks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from hookline.cli.targets import Where
    from hookline.domain.handshake import Armed
    from hookline.ports.handshake_secrets import Arming

__all__ = ["sources"]

_TOKEN_BYTES = 24


def _networks(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The networks, each in its usual spelling."""
    try:
        return tuple(str(ip_network(value, strict=False)) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


@click.group(epilog=example("hookline sources list", "hookline sources arm tasks --for 10m"))
def sources() -> None:
    """Look at sources, pause them, and let a sender bring its secret."""


sources.add_command(pause_source)
sources.add_command(resume_source)
sources.add_command(try_source)


@sources.command(
    epilog=example(
        "hookline sources arm tasks --for 10m",
        "hookline sources arm tasks --from 203.0.113.0/24 --target aws:prod",
    )
)
@click.argument("name")
@duration_option(
    "--for", "length", usual="10m", longest=timedelta(days=1), what="How long the source expects a secret: up to 1d."
)
@click.option(
    "--from",
    "networks",
    multiple=True,
    metavar="CIDR",
    callback=_networks,
    help="Take the secret only from these addresses; may be repeated.",
)
@click.option("--no-token", is_flag=True, help="Take it at the plain address: only with --from.")
@click.option("--reason", help="Why: kept in the audit log.")
@where_options
@config_option
@env_file_option
@json_option
@acts_at_url(acts.arm)
def arm(
    *,
    name: str,
    length: timedelta,
    networks: tuple[str, ...],
    no_token: bool,
    reason: str | None,
    place: Where,
    config_path: Path,
    env_file: Path | None,
    as_json: bool,
) -> None:
    """Let the sender of source NAME bring its secret by a handshake, within a time. The first one wins.

    It is kept under the first name in hookline.toml that has no value yet; nothing is ever written over. Arm the source just before
    you make the webhook at the sender, and give the sender the address that is printed: it holds a token, and only a call that has it
    is believed. Events may come to that address too, for as long as the webhook lives.
    """
    if no_token and not networks:
        raise click.UsageError(
            "without a token anyone could bring the secret: say where the sender calls from (--from)"
        )
    config = load(config_path)
    source = learning_source(config, name)
    until = datetime.now(UTC) + length
    token_made = "" if no_token else secrets.token_urlsafe(_TOKEN_BYTES)
    given = find_secrets(config, env_file_beside(config_path, env_file)) if place.environment is None else {}
    with place.open(lambda home: (home.arming, home.audit), open_audited_arming) as (arming, log):
        secret = arm_source(
            arming,
            source,
            log,
            fresh_run(reason),
            given=given,
            until=until,
            token=token_made,
            networks=networks,
        )
    address = handshake_address(source, token_made)
    print_result(
        {"source": name, "secret": secret, "until": moment_text(until), "address": address, "from": networks},
        f"{name} expects its secret for {duration_text(length)}, until {readable(until)}, and will store it as {secret}."
        f" Make the webhook at the sender now, with this address behind your host:\n\n  {address}",
        as_json=as_json,
    )


@sources.command(name="list", epilog=example("hookline sources list", "hookline sources list --target aws:prod --json"))
@config_option
@shows
@where_options
@looks_at_url(looks.list_sources)
def list_sources(*, config_path: Path, place: Where) -> Shown:
    """List the sources: where each listens and by which methods, and what is expected from, or was brought by, its sender."""
    config = load(config_path)
    armed: Mapping[str, Armed] = {}
    arrived: Mapping[str, datetime] = {}
    if config.learning_sources:  # nothing is opened where no sender brings a secret
        with _opened(place) as arming:
            armed, arrived = learned_state(arming, config)
    states = paused_sources(place.data_dir) if place.environment is None else deployed_pauses(place.environment)
    documents = [source_document(source, armed.get(source.name), arrived, states) for source in config.sources]
    rows = [source_row(source, armed.get(source.name), arrived, states) for source in config.sources]
    columns = ("source", "path", "scheme", "methods", "armed until", "brought", "paused")
    return listed(columns, rows, documents)


@sources.command(epilog=example("hookline sources token pages", "hookline sources token pages --target aws:prod"))
@click.argument("name")
@config_option
@shows
@where_options
@not_at_url("the control room gives out no secret. Run it beside the data directory, or with --target")
def token(*, name: str, config_path: Path, place: Where) -> Shown:
    """Print the secret that the sender of source NAME has brought, for a sender that wants it repeated by hand, as Notion does."""
    source = learning_source(load(config_path), name)
    with _opened(place) as arming:
        value = brought_secret(arming, source)
    token_text = value.decode("utf-8", "replace")
    return Shown(document={"source": name, "token": token_text}, parts=[token_text])


def _opened(place: Where) -> AbstractContextManager[Arming]:
    """Where sources are armed."""
    return place.open(lambda home: home.arming, open_arming)
