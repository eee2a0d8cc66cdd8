"""``hookline send``: a body, signed as its real sender signs it, posted once or many times."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, TYPE_CHECKING

import click

from hookline.cli.exit_codes import FAILED, INTERRUPTED
from hookline.cli.options import config_option, env_file_beside, env_file_option, example, json_option
from hookline.cli.output import print_fields, print_json, progress_bar
from hookline.cli.terminal import safe
from hookline.cli.values import FiniteRange, duration_option, read_by
from hookline.config import load
from hookline.demo import as_real as real
from hookline.demo.errors import CannotSendError
from hookline.demo.load import Load, send_many, send_one, target_url
from hookline.demo.more_headers import more_headers
from hookline.demo.numbering import IdPlace
from hookline.demo.sender import Sender, source_of
from hookline.providers import PROVIDERS
from hookline.runtimes.embedded.settings import environment_values, signing_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from hookline.demo.as_real import Tried
    from hookline.demo.tally import Tally
    from hookline.providers.provider import Provider

__all__ = ["send"]


@click.command(
    epilog=example(
        "hookline send transactions samples/payment.json",
        "hookline send transactions samples/payment.json --count 1000 --rate 200",
        "hookline send stripe --type charge.refunded",
        "hookline send stripe --as-real --outage 1h --fast",
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
    callback=read_by(more_headers),
    metavar="NAME:VALUE",
    help="One more header; may be repeated.",
)
@click.option(
    "--count", type=click.IntRange(1), default=1, show_default=True, help="How many events, each with a fresh id."
)
@click.option("--duplicates", is_flag=True, help="Send the same event every time: twice, or --count times.")
@click.option("--tamper", is_flag=True, help="Change the body after it was signed: it must be refused.")
@click.option("--stale", is_flag=True, help="Sign with a time that is too old: it must be refused.")
@click.option(
    "--private-key-env",
    metavar="NAME",
    help="The environment variable that holds a private key, for senders that sign with one: yours for this test.",
)
@click.option(
    "--rate",
    type=FiniteRange(0, min_open=True),
    help="Start so many a second, even when answers are late; latency counts from the schedule. [default: as fast as answers come]",
)
@click.option(
    "--concurrency", type=click.IntRange(1, 2048), default=32, show_default=True, help="At most so many at once."
)
@click.option("--as-real", is_flag=True, help="Try again as the real sender does, until it would give up.")
@duration_option(
    "--outage",
    usual="0s",
    longest=timedelta(days=30),
    what="With --as-real: send nothing in the first so long, as if nobody answered.",
)
@click.option("--fast", is_flag=True, help="With --as-real: step the clock instead of waiting.")
@click.option("--dry-run", is_flag=True, help="With --as-real: send nothing, only print the tries.")
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
    tamper: bool,
    stale: bool,
    private_key_env: str | None,
    rate: float | None,
    concurrency: int,
    as_real: bool,
    outage: timedelta,
    fast: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Sign FILE (- for standard input) as SOURCE's own sender would, and post it. Without FILE, send the sender's sample.

    SOURCE is the name of a source, or the scheme of the only source that has it.
    The exit code is 0 when every event was taken, 1 when any was not, and 2 when the command or the configuration is wrong.
    """
    config = load(config_path)
    if not as_real and (outage or fast or dry_run):
        raise click.UsageError("--outage, --fast and --dry-run are for --as-real")
    if as_real and (count > 1 or duplicates or rate):
        raise click.UsageError("--as-real follows one event")
    with _usage_errors():
        found = source_of(config, source)
        if dry_run:
            provider = PROVIDERS[found.scheme]
            ctx.exit(_followed(provider, real.planned(provider, outage), is_stepped=False, as_json=as_json))
        sender = Sender(
            source=found,
            scheme=config.schemes[found.name],
            secret=signing_secret(config, found, env_file_beside(config_path, env_file)),
            place=IdPlace.of(found, config_path),
            headers=headers,
            kind=kind,
            tamper=tamper,
            stale=stale,
        ).with_private_key(_reader(private_key_env))
        target = target_url(url, config.server, found.path)
        body = file.read() if file is not None else None
        if as_real:
            make, deadline = sender.repeated(body), real.deadline_of(sender.provider)
            tries = real.as_real(
                sender.provider,
                lambda after: send_one(target, make(after), deadline=deadline),
                outage=outage,
                wait=(lambda _: None) if fast else time.sleep,
            )
            ctx.exit(_followed(sender.provider, tries, is_stepped=fast, as_json=as_json))
        if count == 1 and not duplicates:
            ctx.exit(_sent_once(sender, body, target, as_json=as_json))
        many = sender.many(body, duplicates=duplicates)
    # Two are sent one after the other: the first is accepted, the second is its duplicate.
    amount = Load(count=max(count, 2), rate=rate, concurrency=1 if count == 1 else min(concurrency, count))
    with progress_bar(amount.count) as advance:
        tally, seconds = send_many(target, many, amount, advance)
    _show_tally(tally, seconds, asked=amount.count, as_json=as_json)
    ctx.exit(INTERRUPTED if tally.total < amount.count else 0 if tally.all_taken else FAILED)


@contextmanager
def _usage_errors() -> Iterator[None]:
    try:
        yield
    except CannotSendError as error:
        if error.option:
            raise click.BadParameter(str(error), param_hint=error.option) from None
        raise click.UsageError(str(error)) from None


def _reader(variable: str | None) -> Callable[[], bytes] | None:
    return None if variable is None else lambda: environment_values([variable])[variable]


def _sent_once(sender: Sender, body: bytes | None, url: str, *, as_json: bool) -> int:
    """Send one, and print the event id and its fate on standard output, or on standard error what went wrong."""
    answer = send_one(url, sender.one(body))
    if as_json:
        print_json(answer.as_document())
    elif answer.is_success:
        click.echo(safe(" ".join(filter(None, (answer.text("event_id"), answer.outcome)))))
    else:
        for line in answer.explained(url):
            click.echo(safe(line), err=True)
    return 0 if answer.is_success else FAILED


def _followed(provider: Provider, tries: Iterator[Tried], *, is_stepped: bool, as_json: bool) -> int:
    """Print each try as it is made, and what became of the event."""
    for line in () if as_json else real.notes(provider, is_stepped=is_stepped):
        click.echo(safe(line), err=True)
    story = real.followed(provider, tries, (lambda _: None) if as_json else lambda line: click.echo(safe(line)))
    if as_json:
        print_json(story.as_document())
    return INTERRUPTED if story.is_interrupted else 0 if story.arrived else FAILED


def _show_tally(tally: Tally, seconds: float, *, asked: int, as_json: bool) -> None:
    """How many of each, how fast, and how long answers took."""
    if as_json:
        print_json({"asked": asked, **tally.timed_document(seconds)})
        return
    stopped = "" if tally.total == asked else f" of {asked}"
    click.echo(f"{tally.total}{stopped} sent in {seconds:.2f} s, {tally.rate(seconds):,.0f} requests/s")
    print_fields(tally.rows())
