"""``hookline verify``: one recorded request, without a server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import click

from hookline.cli.options import example, json_option, key_option, recorded_request_option, secret_env_option
from hookline.cli.output import print_json
from hookline.cli.terminal import safe
from hookline.cli.values import read_by
from hookline.config.units import UnusableError
from hookline.domain.secret import Secret
from hookline.pipeline.recorded import check_answer, option_pairs, scheme_for, verify_recorded, written_options
from hookline.pipeline.request_file import read_answer, read_request
from hookline.providers import PROVIDERS
from hookline.runtimes.embedded.settings import environment_values
from hookline.runtimes.embedded.wiring.commands import public_keys

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.providers.provider import Provider

__all__ = ["verify"]

_HANDSHAKES = {"x-crc": "x"}
"""Recorded handshakes that have a name of their own, each with its sender."""


def _moment(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime:
    """Seconds since 1970, with or without a fraction; now where nothing was said."""
    try:
        return datetime.now(UTC) if value is None else datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise click.BadParameter(f"{value!r} is not a time in seconds since 1970") from None


@click.command(
    epilog=example(
        "hookline verify stripe --secret-env STRIPE_SECRET --request call.json --at 1700000000",
        'hookline verify hmac --secret-env S --request call.json --option header=X-Sig --option "prefix=sha256="',
    )
)
@click.argument("scheme")
@secret_env_option(required=False)
@recorded_request_option
@click.option("--at", callback=_moment, metavar="UNIX_SECONDS", help="When the request was received. [default: now]")
@click.option(
    "--option",
    "options",
    callback=read_by(option_pairs),
    metavar="KEY=VALUE",
    multiple=True,
    help="An option of verify in hookline.toml; may be repeated.",
)
@key_option
@json_option
def verify(
    *,
    scheme: str,
    names: tuple[str, ...],
    file: IO[bytes],
    at: datetime,
    options: dict[str, str],
    key: Path | None,
    as_json: bool,
) -> None:
    """Say whether a request is SCHEME's own: ok, or the reason why not.

    It reads no hookline.toml: the scheme, its options and its secrets are given here. To find out why a source of hookline.toml refuses a
    request, use `hookline doctor SOURCE --request FILE`. The requests that a server refused are in `hookline rejected list`.

    SCHEME is a provider of `hookline providers`. The exit code is 0 for ok, 1 for a request that does not verify, and 2 when the
    command or its file is wrong.
    """
    provider = _provider(_HANDSHAKES.get(scheme, scheme))
    text, where = file.read(), getattr(file, "name", "standard input")
    request, url = read_request(text, name=where, at=at)
    if scheme in _HANDSHAKES:
        check_answer(provider, request, lambda: _secrets(provider, names), wanted=read_answer(text, where))
        click.echo("ok")
        return
    built = scheme_for(provider, request, url, _written(provider, options))
    read_key = public_keys().fetch if key is None else lambda *_: key.read_bytes()
    verified = verify_recorded(built, request, _secrets(provider, names, is_fetched="keys_url" in options), read_key)
    if as_json:
        print_json({"ok": True, "scheme": provider.name, "secret": verified.secret})
        return
    click.echo(safe(f"ok: signed with the secret of {verified.secret}" if verified.secret else "ok"))


def _provider(name: str) -> Provider:
    if name in PROVIDERS:
        return PROVIDERS[name]
    raise click.BadParameter(
        f"there is no scheme {name!r}; `hookline providers` lists what there is", param_hint="SCHEME"
    )


def _secrets(provider: Provider, names: tuple[str, ...], *, is_fetched: bool = False) -> list[Secret]:
    """The secrets of the environment. One that is not set is the command's fault; one that is useless fits nothing."""
    if provider.needs_secret and not (provider.needs_keys or is_fetched) and not names:
        raise click.UsageError(f"{provider.name} needs a secret: name its environment variable with --secret-env")
    return [Secret(name=name, value=value) for name, value in environment_values(names).items()]


def _written(provider: Provider, options: dict[str, str]) -> dict[str, object]:
    try:
        return written_options(provider, options)
    except UnusableError as fault:
        raise click.BadParameter(str(fault), param_hint="--option") from None
