"""``hookline verify``: one recorded request, without a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from hookline.cli.options import example, json_option
from hookline.cli.output import print_json
from hookline.cli.terminal import safe
from hookline.config.units import UnusableError, duration
from hookline.domain.source import Secret
from hookline.errors import Complaint, ConfigError, Rejected
from hookline.pipeline.request_file import read_answer, read_request
from hookline.providers import PROVIDERS
from hookline.providers.scheme import NeedsKey, OptionError
from hookline.runtimes.embedded.settings import environment_values
from hookline.runtimes.embedded.wiring.commands import public_keys

if TYPE_CHECKING:
    from hookline.domain.request import Request
    from hookline.domain.source import Verified
    from hookline.providers.provider import Provider
    from hookline.providers.scheme import Scheme

__all__ = ["verify"]

_TOLERANCE = duration(timedelta(seconds=1), timedelta(days=3650))
_HANDSHAKES = {"x-crc": "x"}
"""Recorded handshakes that have a name of their own, each with its sender."""
_HUBSPOT_VERSION = "x-hubspot-signature-version"


class _UnixSeconds(click.ParamType[datetime]):
    """A moment as seconds since 1970, with or without a fraction."""

    name = "UNIX_SECONDS"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment, aware and in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromtimestamp(float(str(value)), UTC)
        except (ValueError, OverflowError, OSError):
            self.fail(f"{value!r} is not a time in seconds since 1970", param, ctx)


class _Option(click.ParamType[tuple[str, str]]):
    """``key=value``."""

    name = "KEY=VALUE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The key and the value."""
        key, equals, text = str(value).partition("=")
        if not key or not equals:
            self.fail(f"{value!r} is not KEY=VALUE", param, ctx)
        return key, text


@click.command(
    epilog=example(
        "hookline verify stripe --secret-env STRIPE_SECRET --request call.json --at 1700000000",
        'hookline verify hmac --secret-env S --request call.json --option header=X-Sig --option "prefix=sha256="',
    )
)
@click.argument("scheme")
@click.option(
    "--secret-env",
    "names",
    multiple=True,
    metavar="NAME",
    help="The environment variable that holds a secret; may be repeated, any one may fit.",
)
@click.option(
    "--request",
    "file",
    type=click.File("rb", lazy=True),
    required=True,
    metavar="FILE",
    help="The request as JSON: method, url, headers, and body or form. - is standard input.",
)
@click.option("--at", type=_UnixSeconds(), help="When the request was received. [default: now]")
@click.option(
    "--option", "options", type=_Option(), multiple=True, help="An option of verify in hookline.toml; may be repeated."
)
@click.option(
    "--key",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    metavar="FILE",
    help="The sender's public key or certificate, for senders whose key is fetched. [default: fetch it]",
)
@json_option
def verify(
    *,
    scheme: str,
    names: tuple[str, ...],
    file: IO[bytes],
    at: datetime | None,
    options: tuple[tuple[str, str], ...],
    key: Path | None,
    as_json: bool,
) -> None:
    """Say whether a request is SCHEME's own: ok, or the reason why not.

    SCHEME is a provider of `hookline providers`. The exit code is 0 for ok, 1 for a request that does not verify, and 2 when the
    command or its file is wrong.
    """
    provider = _provider(_HANDSHAKES.get(scheme, scheme))
    text, where = file.read(), getattr(file, "name", "standard input")
    request, url = read_request(text, name=where, at=at or datetime.now(UTC))
    if scheme in _HANDSHAKES:
        _check_answer(provider, request, names, wanted=read_answer(text, where))
        click.echo("ok")
        return
    built = _built(provider, request, url, dict(options))
    secrets = _secrets(provider, names)
    if isinstance(built, NeedsKey):
        built.check_before_key(request)
        reference = built.wanted_key(request)
        built = built.with_key(public_keys().fetch(reference, secrets) if key is None else key.read_bytes())
    verified = built.verify(request, secrets)
    if as_json:
        print_json({"ok": True, "scheme": provider.name, "secret": verified.secret})
        return
    click.echo(safe(_told(verified)))


def _check_answer(provider: Provider, request: Request, names: tuple[str, ...], *, wanted: str) -> None:
    """Refuse a handshake whose answer would not be the one in the file."""
    for handshake in provider.handshakes:
        if handshake.is_one(request):
            told = handshake.answer(request, _secrets(provider, names))
            if wanted not in json.loads(told.body).values():
                raise Rejected("signature_mismatch", "the answer to this challenge is another one")
            return
    raise Rejected("handshake_invalid", f"this is no handshake of {provider.name}")


def _told(verified: Verified) -> str:
    return f"ok: signed with the secret of {verified.secret}" if verified.secret else "ok"


def _provider(name: str) -> Provider:
    if name in PROVIDERS:
        return PROVIDERS[name]
    raise click.BadParameter(
        f"there is no scheme {name!r}; `hookline providers` lists what there is", param_hint="SCHEME"
    )


def _secrets(provider: Provider, names: tuple[str, ...]) -> list[Secret]:
    """The secrets of the environment. One that is not set is the command's fault; one that is useless fits nothing."""
    if provider.needs_secret and not provider.needs_keys and not names:
        raise click.UsageError(f"{provider.name} needs a secret: name its environment variable with --secret-env")
    return [Secret(name=name, value=value) for name, value in environment_values(names).items()]


def _built(provider: Provider, request: Request, url: str | None, options: dict[str, str]) -> Scheme:
    """The scheme with these options. HubSpot's older versions say in a header which they are, and are taken here by their word."""
    if unknown := options.keys() - provider.options:
        raise click.BadParameter(f"{provider.name} has no option {min(unknown)}", param_hint="--option")
    written: dict[str, object] = dict(options)
    if "tolerance" in options:
        written["tolerance"] = _duration(options["tolerance"])
    if "topics" in options:
        written["topics"] = options["topics"].split(",")
    if "version" in provider.options and (version := request.headers.get(_HUBSPOT_VERSION)):
        written.setdefault("version", version)
    if provider.needs_url and url:
        written["public_url"] = url
    try:
        return provider.build(written)
    except OptionError as fault:
        where = "url" if fault.option == "public_url" else fault.option
        raise ConfigError([Complaint(where=where, why=fault.why)]) from None


def _duration(text: str) -> timedelta:
    try:
        return _TOLERANCE(text)
    except UnusableError as fault:
        raise click.BadParameter(f"tolerance {fault}", param_hint="--option") from None
