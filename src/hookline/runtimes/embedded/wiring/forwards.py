"""Creates the forwards of a server, and that of ``hookline forward``, which may receive from a queue on AWS."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.adapters.local import SystemClock
from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.sqlite import SqliteQueues
from hookline.config.forwards import endpoint_url
from hookline.config.units import UnusableError
from hookline.domain.secret import Secret
from hookline.errors import Complaint, ConfigError, OperatorError
from hookline.pipeline.forward_request import check_secrets
from hookline.runtimes.embedded.forwards import Forwards
from hookline.runtimes.embedded.log import Log, LogTelemetry
from hookline.runtimes.forward_attempt import ForwardSource, ForwardWorld
from hookline.runtimes.forwarder import Forwarder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.adapters.sqlite import Database
    from hookline.domain.forward import Forward
    from hookline.domain.message import Delivery
    from hookline.ports.telemetry import Telemetry
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.forward_attempt import ReadSecrets

__all__ = ["forwards_of", "run_forward"]

_LOOK: Final = 0.2  # seconds
_PATIENCE: Final = 8.0  # seconds: a container is killed ten seconds after SIGTERM


def forwards_of(database: Database, current: ActiveConfig, log: Log) -> Forwards:
    """The forwards of a server, which sign with the secrets of the current configuration."""

    def read_secrets(names: Sequence[str]) -> Sequence[Secret]:
        return current.loaded.secrets.read(names)  # the present secrets, because a reload replaces them

    def make(forward: Forward) -> Forwarder:
        queues = SqliteQueues(database)
        source = ForwardSource(queues=queues, watching=queues.watching)
        return _forwarder(forward, source, read_secrets, LogTelemetry(log))

    return Forwards(make, current.loaded.config.forwards)


def run_forward(
    forward: Forward, source: ForwardSource, values: Mapping[str, bytes], *, log_format: str = "auto"
) -> None:
    """Forward until SIGTERM or Ctrl-C; a second one does not wait for messages in flight.

    ``values`` are the known secrets; ``source`` reads the others. Errors of the queue or the secrets are raised before any message is
    sent. Raises OperatorError ``forward_gone`` when the endpoint refuses further messages.
    """
    _check(forward)
    source.queues.depth(forward.queue)
    forward = replace(forward, is_fifo=source.is_fifo)
    read_secrets = _reader(values, source)
    check_secrets(read_secrets(forward.secret_names))
    log = Log.on_stderr(log_format)
    log.start()
    telemetry = source.telemetry or LogTelemetry(log)
    forwarder = _forwarder(forward, source, read_secrets, telemetry)
    try:
        telemetry.record("forwarding", fields={"queue": forward.queue, "to": forward.url.partition("?")[0]})
        _until_stopped(forwarder)
    finally:
        log.stop()
    if forwarder.stop_reason is not None:
        raise OperatorError("forward_gone", f"{forwarder.stop_reason.why}; the messages of {forward.queue} stay on it")


def _check(forward: Forward) -> None:
    """Raise ConfigError for settings that hookline.toml would not accept either."""
    try:
        endpoint_url(forward.url, allow_private=forward.allow_private)
    except UnusableError as fault:
        raise ConfigError([Complaint(where="URL", why=str(fault))]) from None
    if not forward.timeout:
        raise ConfigError([Complaint(where="--timeout", why="must be longer than 0s")])


def _reader(values: Mapping[str, bytes], source: ForwardSource) -> ReadSecrets:
    elsewhere = source.read_secrets or LoadedSecrets({}).read

    def read(names: Sequence[str]) -> list[Secret]:
        return [Secret(name=name, value=values[name]) if name in values else elsewhere((name,))[0] for name in names]

    return read


def _until_stopped(forwarder: Forwarder) -> None:
    asked = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def ask(number: int, _frame: object) -> None:
        signal.signal(number, before[signal.Signals(number)])
        asked.set()

    for number in before:
        signal.signal(number, ask)
    try:
        forwarder.start()
        while not asked.is_set() and not forwarder.wait(_LOOK):
            pass
        forwarder.stop(patience=_PATIENCE)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _forwarder(forward: Forward, source: ForwardSource, read_secrets: ReadSecrets, telemetry: Telemetry) -> Forwarder:
    from hookline.adapters.local.forward_endpoint import HttpForwardEndpoint  # noqa: PLC0415 -- a server without forwards starts without aiohttp

    world = ForwardWorld(
        queues=source.queues,
        endpoint=HttpForwardEndpoint(
            forward.url,
            timeout=forward.timeout,
            allow_private=forward.allow_private,
            connections=forward.concurrency,
        ),
        read_secrets=read_secrets,
        clock=SystemClock(),
        telemetry=telemetry,
        text_of=source.text_of or _body,
        watching=source.watching,
    )
    return Forwarder(forward, world)


def _body(delivery: Delivery) -> str:
    return delivery.body
