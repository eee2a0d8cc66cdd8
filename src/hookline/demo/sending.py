"""``hookline send``: which deliveries its options mean, and what is shown of their answers."""

from __future__ import annotations

import time
from typing import IO, TYPE_CHECKING

from hookline.config import load
from hookline.demo import as_real as real
from hookline.demo.errors import CannotSendError
from hookline.demo.load import Load, send_many, send_one, target_url
from hookline.demo.numbering import IdPlace
from hookline.demo.sender import Sender, source_of
from hookline.pipeline.shown import Fields, Lines, Shown
from hookline.providers import PROVIDERS
from hookline.record import record
from hookline.runtimes.embedded.settings import environment_values, signing_secret
from hookline.runtimes.env_file import env_file_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import timedelta
    from pathlib import Path

    from hookline.config import Config
    from hookline.domain.source import Source
    from hookline.pipeline.shown import Growing

__all__ = ["Sending", "sent"]


@record
class Sending:
    """What to send, as the options of the command name it. Raises CannotSendError for options that exclude each other."""

    source: str
    file: IO[bytes] | None
    kind: str | None
    url: str | None
    config_path: Path
    env_file: Path | None
    headers: Mapping[str, str]
    count: int
    duplicates: bool
    tamper: bool
    stale: bool
    private_key_env: str | None
    rate: float | None
    concurrency: int
    as_real: bool
    outage: timedelta
    fast: bool
    dry_run: bool

    def __post_init__(self) -> None:
        if not self.as_real and (self.outage or self.fast or self.dry_run):
            raise CannotSendError("--outage, --fast and --dry-run are for --as-real")
        if self.as_real and (self.count > 1 or self.duplicates or self.rate):
            raise CannotSendError("--as-real follows one event")

    def read_key(self) -> Callable[[], bytes] | None:
        """What reads the private key, if one is named."""
        name = self.private_key_env
        return None if name is None else lambda: environment_values([name])[name]


def sent(sending: Sending, progress: Callable[[int], AbstractContextManager[Callable[[], None]]]) -> Shown | Growing:
    """Send it, and show the answer, the counts, or each try. Raises CannotSendError."""
    config = load(sending.config_path)
    source = source_of(config, sending.source)
    if sending.dry_run:
        provider = PROVIDERS[source.scheme]
        return real.followed(provider, real.planned(provider, sending.outage), is_stepped=False)
    sender, target = _sender(sending, config, source), target_url(sending.url, config.server, source.path)
    body = sending.file.read() if sending.file is not None else None
    if sending.as_real:
        return _as_real(sending, sender, body, target)
    if sending.count == 1 and not sending.duplicates:
        return _once(sender, body, target)
    return _many(sending, sender, body, target, progress)


def _sender(sending: Sending, config: Config, source: Source) -> Sender:
    return Sender(
        source=source,
        scheme=config.schemes[source.name],
        secret=signing_secret(config, source, env_file_beside(sending.config_path, sending.env_file)),
        place=IdPlace.of(source, sending.config_path),
        headers=sending.headers,
        kind=sending.kind,
        tamper=sending.tamper,
        stale=sending.stale,
    ).with_private_key(sending.read_key())


def _as_real(sending: Sending, sender: Sender, body: bytes | None, target: str) -> Growing:
    make, deadline = sender.repeated(body), real.deadline_of(sender.provider)
    tries = real.as_real(
        sender.provider,
        lambda after: send_one(target, make(after), deadline=deadline),
        outage=sending.outage,
        wait=(lambda _: None) if sending.fast else time.sleep,
    )
    return real.followed(sender.provider, tries, is_stepped=sending.fast)


def _once(sender: Sender, body: bytes | None, target: str) -> Shown:
    """Send one, and show its event id and outcome, or on standard error what went wrong."""
    answer = send_one(target, sender.one(body))
    document = answer.as_document()
    if not answer.is_success:
        return Shown(document=document, notes=[*answer.explained(target)], failed=True)
    said = " ".join(filter(None, (answer.text("event_id"), answer.outcome)))
    return Shown(document=document, parts=[Lines(lines=[said])])


def _many(
    sending: Sending,
    sender: Sender,
    body: bytes | None,
    target: str,
    progress: Callable[[int], AbstractContextManager[Callable[[], None]]],
) -> Shown:
    """Send them, and show how many of each, how fast, and how long answers took.

    Of two copies the second is sent after the answer to the first, which is accepted: the second one is its duplicate.
    """
    make, count = sender.many(body, duplicates=sending.duplicates), sending.count
    load = Load(
        count=max(count, 2), rate=sending.rate, concurrency=1 if count == 1 else min(sending.concurrency, count)
    )
    with progress(load.count) as advance:
        tally, seconds = send_many(target, make, load, advance)
    stopped = "" if tally.total == load.count else f" of {load.count}"
    said = f"{tally.total}{stopped} sent in {seconds:.2f} s, {tally.rate(seconds):,.0f} requests/s"
    return Shown(
        document={"asked": load.count, **tally.timed_document(seconds)},
        parts=[said, Fields(pairs=[*tally.rows()])],
        interrupted=tally.total < load.count,
        failed=not tally.all_taken,
    )
