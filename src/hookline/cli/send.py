"""``hookline send``: a body, signed as its real sender signs it, posted once or many times."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from time import perf_counter
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

import click

from hookline.cli.exit_codes import FAILED, INTERRUPTED
from hookline.cli.options import config_option, env_file_beside, env_file_option, example, json_option
from hookline.cli.send_report import progress_bar, show_answer, show_tally
from hookline.config import load
from hookline.demo.numbering import FixedIdError, IdPlace, fresh_ids, numbered
from hookline.demo.samples import sample_headers, sample_maker
from hookline.demo.tally import Tally
from hookline.demo.traffic import fire, post, session
from hookline.providers import PROVIDERS
from hookline.providers.public_key import PublicKeyInHeader
from hookline.providers.scheme import NeedsKey, Proves
from hookline.providers.signing import signed_request
from hookline.runtimes.embedded.settings import environment_values, read_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from hookline.config import Config, ServerSettings
    from hookline.demo.traffic import Answer
    from hookline.domain.request import Request
    from hookline.domain.source import Source
    from hookline.providers.scheme import Provider, Scheme

__all__ = ["send"]

_NO_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where one listens on all addresses, one is reached on loopback
_DEFAULT_PORT = 8080
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110 section 5.6.2, token


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sender:
    """Who sends: signs each delivery as the real sender would."""

    source: Source
    scheme: Scheme
    secret: bytes
    place: IdPlace
    headers: Mapping[str, str]
    kind: str | None = None
    faults: _Faults

    @property
    def provider(self) -> Provider:
        """What the catalogue says of the sender."""
        return PROVIDERS[self.source.scheme]

    @property
    def moment(self) -> datetime:
        """When a delivery is signed that is made now."""
        return self.faults.moment(self.scheme)

    def request(self, body: bytes, delivery_id: str) -> Request:
        """The delivery, signed now. A header that was given on the command line stands as it was given."""
        given = self.headers.get(self.place.header or "", delivery_id)
        id_header = {self.place.header: given} if self.place.header else {}
        at = self.moment
        tampers_with_secret = self.faults.tamper and self.provider.proves not in {Proves.BODY, Proves.CHECKSUM}
        request = signed_request(
            self.source,
            self.scheme,
            _wrong(self.secret) if tampers_with_secret else self.secret,
            body,
            delivery_id=given,
            at=at,
            headers=sample_headers(self.provider, self.kind, given, at) | id_header | dict(self.headers),
        )
        return replace(request, body=request.body + b" ") if self.faults.tamper and not tampers_with_secret else request


def _wrong(secret: bytes) -> bytes:
    """Another secret of the same form: its last letters are others."""
    return secret[:-2] + (b"00" if secret[-2:] != b"00" else b"11")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Faults:
    """What is made wrong on purpose: to see that it is refused."""

    tamper: bool
    stale: bool

    def moment(self, scheme: Scheme) -> datetime:
        """When the delivery is signed: now, or well before what the source tolerates."""
        now = datetime.now(UTC)
        return now - 2 * _tolerance(scheme) - timedelta(minutes=1) if self.stale else now


def _tolerance(scheme: Scheme) -> timedelta:
    found: timedelta = getattr(scheme, "tolerance", timedelta(0))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Amount:
    """How much is sent, and how fast."""

    count: int
    rate: float | None
    concurrency: int


def _headers(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """``NAME:VALUE`` options as lower-case names and values."""
    headers = {}
    for value in values:
        name, colon, text = value.partition(":")
        if not colon or not _HEADER_NAME.fullmatch(name.strip()) or not (text.isprintable() and text.isascii()):
            raise click.BadParameter(f"{value!r} is not NAME:VALUE in printable ASCII")
        headers[name.strip().lower()] = text.strip()
    return headers


@click.command(
    epilog=example(
        "hookline send transactions samples/payment.json",
        "hookline send transactions samples/payment.json --count 1000 --rate 200",
        "hookline send stripe --type charge.refunded",
    )
)
@click.argument("source")
@click.argument("file", type=click.File("rb", lazy=True), required=False)
@click.option("--type", "kind", help="Send the sender's sample of this type, where there is no FILE.")
@click.option(
    "--url",
    help="Where to: a base, to which the source's path is added, or a full URL. [default: the server of the configuration]",
)
@config_option
@env_file_option
@click.option(
    "--header",
    "headers",
    multiple=True,
    callback=_headers,
    metavar="NAME:VALUE",
    help="One more header; may be repeated.",
)
@click.option(
    "--count", type=click.IntRange(1), default=1, show_default=True, help="How many events, each with a fresh id."
)
@click.option("--duplicates", is_flag=True, help="Send the same event every time.")
@click.option("--duplicate", is_flag=True, help="Send the event twice, with the same id.")
@click.option("--tamper", is_flag=True, help="Change the body after it was signed: it must be refused.")
@click.option("--stale", is_flag=True, help="Sign with a time that is too old: it must be refused.")
@click.option(
    "--private-key-env",
    metavar="NAME",
    help="The environment variable that holds a private key, for senders that sign with one: yours for this test.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    help="Start so many a second, even when answers are late; latency counts from the schedule. [default: as fast as answers come]",
)
@click.option(
    "--concurrency", type=click.IntRange(1, 2048), default=32, show_default=True, help="At most so many at once."
)
@json_option
@click.pass_context
def send(
    ctx: click.Context,
    *,
    source: str,
    file: IO[bytes] | None,
    kind: str | None,
    url: str | None,
    config_path: Path,
    env_file: Path | None,
    headers: dict[str, str],
    count: int,
    duplicates: bool,
    duplicate: bool,
    tamper: bool,
    stale: bool,
    private_key_env: str | None,
    rate: float | None,
    concurrency: int,
    as_json: bool,
) -> None:
    """Sign FILE (- for standard input) as SOURCE's own sender would, and post it. Without FILE, send the sender's sample.

    SOURCE is the name of a source, or the scheme of the only source that has it.
    The exit code is 0 when every event was taken, 1 when any was not, and 2 when the command or the configuration is wrong.
    """
    config = load(config_path)
    sender = _sender(config, source, config_path, env_file, headers)
    sender = replace(
        sender, kind=kind, faults=_faults(sender, tamper=tamper, stale=stale), secret=_signing(sender, private_key_env)
    )
    target = _target(url, config.server, sender.source.path)
    body = file.read() if file is not None else None
    if count == 1 and not duplicate:
        answer = asyncio.run(_once(target, _first(sender, body)))
        show_answer(answer, target, as_json=as_json)
        ctx.exit(0 if answer.is_success else FAILED)
    count = max(count, 2)
    make = _maker(sender, body, duplicates=duplicates or duplicate)
    amount = _Amount(count=count, rate=rate, concurrency=1 if duplicate else min(concurrency, count))
    tally, seconds = _many(target, make, amount)
    show_tally(tally, seconds, asked=count, as_json=as_json)
    ctx.exit(_exit_code(tally, count))


def _exit_code(tally: Tally, asked: int) -> int:
    if tally.total < asked:
        return INTERRUPTED
    return 0 if tally.all_taken else FAILED


def _sender(config: Config, name: str, config_path: Path, env_file: Path | None, headers: Mapping[str, str]) -> _Sender:
    """Signs for the source of this name, with its first secret. Other sources' secrets need not be there."""
    source = _source(config, name)
    signing = replace(config, sources=(replace(source, secret_names=source.secret_names[:1]),))
    secrets = read_secrets(signing, env_file_beside(config_path, env_file))
    return _Sender(
        source=source,
        scheme=config.schemes[source.name],
        secret=next(iter(secrets.values()), b""),
        place=IdPlace.of(source, config_path),
        headers=headers,
        faults=_Faults(tamper=False, stale=False),
    )


def _source(config: Config, name: str) -> Source:
    """The source of this name, or the only one with a scheme of this name."""
    sources = {source.name: source for source in config.sources}
    by_scheme = [source for source in config.sources if source.scheme == name]
    if name in sources:
        return sources[name]
    if len(by_scheme) == 1:
        return by_scheme[0]
    raise click.BadParameter(f"there is no source {name!r}; there are {', '.join(sources)}", param_hint="SOURCE")


def _signing(sender: _Sender, private_key_env: str | None) -> bytes:
    """What the delivery is signed with: the source's secret, or for a sender with a key pair a private key of one's own."""
    if not isinstance(sender.scheme, PublicKeyInHeader | NeedsKey):
        return sender.secret
    if private_key_env is None:
        where = "`hookline serve --public-key`" if sender.provider.needs_keys else "the source"
        raise click.UsageError(
            f"{sender.provider.title} signs with a private key that nobody else has: make a key pair of your own, give the public "
            f"half to {where}, and name the environment variable that holds the private half with --private-key-env"
        )
    key = environment_values([private_key_env])[private_key_env]
    return sender.secret + b"\n" + key if isinstance(sender.scheme, NeedsKey) else key


def _faults(sender: _Sender, *, tamper: bool, stale: bool) -> _Faults:
    if stale and ("tolerance" not in sender.provider.options or not _tolerance(sender.scheme)):
        raise click.UsageError(f"{sender.provider.name} signs no time, so that nothing of it gets too old")
    return _Faults(tamper=tamper, stale=stale)


def _first(sender: _Sender, body: bytes | None) -> Request:
    """The one delivery: the body as it was given, or a fresh sample."""
    delivery_id = next(fresh_ids())
    if body is None:
        body = sample_maker(sender.provider, sender.place, sender.kind)(delivery_id, sender.moment)
    return sender.request(body, delivery_id)


def _target(url: str | None, server: ServerSettings, path: str) -> str:
    """The full URL."""
    base = url or _address(server)
    if not _is_http(base):
        raise click.BadParameter(f"{base!r} is not an http or https URL", param_hint="--url")
    return base if urlsplit(base).path.strip("/") else f"{base.rstrip('/')}{path}"


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or half a bracket
        return False


def _address(server: ServerSettings) -> str:
    host = _NO_ADDRESS.get(server.host, server.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{server.port or _DEFAULT_PORT}"


def _maker(sender: _Sender, body: bytes | None, *, duplicates: bool) -> Callable[[str], Request]:
    """Makes a delivery of each id. Refuses copies that would all be one event, unless they are wanted."""
    same = next(fresh_ids())
    if body is None:
        make = sample_maker(sender.provider, sender.place, sender.kind)
        if not duplicates:
            return lambda delivery_id: sender.request(make(delivery_id, sender.moment), delivery_id)
        body = make(same, sender.moment)
    if duplicates:
        return lambda _: sender.request(body, same)
    try:
        bodies = numbered(body, sender.place, given=sender.headers)
    except FixedIdError as fixed:
        raise click.UsageError(
            f"FILE cannot be sent as different events: {fixed}. With --duplicates the same event is sent every time."
        ) from None
    return lambda delivery_id: sender.request(bodies(delivery_id), delivery_id)


async def _once(url: str, request: Request) -> Answer:
    async with session() as client:
        return await post(client, url, request)


def _many(url: str, make: Callable[[str], Request], amount: _Amount) -> tuple[Tally, float]:
    """The tally and the seconds it took; after Ctrl-C, those of what was answered until then."""
    tally = Tally()
    started = perf_counter()
    with progress_bar(amount.count) as advance:

        def note(answer: Answer) -> None:
            tally.add(answer)
            advance()

        with suppress(KeyboardInterrupt):
            asyncio.run(_fire(url, make, amount, note))
    return tally, perf_counter() - started


async def _fire(url: str, make: Callable[[str], Request], amount: _Amount, note: Callable[[Answer], None]) -> None:
    async with session() as client:

        async def act(delivery_id: str, due: float) -> None:
            note(await post(client, url, make(delivery_id), since=due))

        ids = islice(fresh_ids(), amount.count)
        await fire(ids, act, concurrency=amount.concurrency, rate=amount.rate)
