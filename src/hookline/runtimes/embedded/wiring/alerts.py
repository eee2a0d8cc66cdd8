"""Creates the alerts of a server and the test of ``hookline alerts test``."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from hookline.adapters.sqlite import SqliteAlertStates, SqliteEventStore, SqliteQueueListing, SqliteStorageCounts
from hookline.domain.canary import CANARY
from hookline.domain.secret import Secret
from hookline.errors import HooklineError
from hookline.pipeline.alerts import sample_notice
from hookline.pipeline.forward_request import signed_headers
from hookline.runtimes.embedded.alerter import Alerter, AlertWorld
from hookline.runtimes.embedded.last_events import LastEvents

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from hookline.adapters.sqlite import Database
    from hookline.domain.alert import Alert
    from hookline.ports.forward_endpoint import ForwardEndpoint
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.answer_counts import AnswerCounts
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.log import Log

__all__ = ["alerter_of", "post_sample"]

_TIMEOUT: Final = timedelta(seconds=15)


def alerter_of(
    database: Database, folder: Path, current: ActiveConfig, counts: AnswerCounts, health: Health, log: Log
) -> Alerter:
    """The alerts of a server, signed with the secrets of the current configuration."""

    def sources() -> list[str]:
        return [source.name for source in current.loaded.config.sources if source.name != CANARY]

    def read_secrets(names: Sequence[str]) -> Sequence[Secret]:
        return current.loaded.secrets.read(names)  # the present secrets, because a reload replaces them

    world = AlertWorld(
        counts=counts,
        queues=SqliteQueueListing(database),
        storage=SqliteStorageCounts(database),
        last_events=LastEvents(counts, SqliteEventStore(database), sources).read,
        sources=sources,
        health=health,
        states=SqliteAlertStates(database),
        endpoint=_endpoint,
        read_secrets=read_secrets,
        now=database.clock.now,
        place=_place(folder),
        log=log,
    )
    return Alerter(world, current.loaded.config.alerts)


def post_sample(alert: Alert, secrets: Mapping[str, bytes], folder: Path) -> str | None:
    """Post a test message; returns what went wrong, or None."""
    now = datetime.now(UTC)
    notice = sample_notice(now)
    body = notice.body(_place(folder), at=now)
    endpoint = _endpoint(alert)
    try:
        signers = [Secret(name=name, value=secrets[name]) for name in alert.secret_names]
        headers = {"content-type": "application/json", **signed_headers(notice.id, body, signers, at=now)}
        answer = endpoint.post(headers, body)
    except HooklineError as fault:
        return str(fault)
    finally:
        endpoint.close()
    if answer.status in range(200, 300):
        return None
    return (
        f"the endpoint answered {answer.status}: {answer.excerpt}"
        if answer.excerpt
        else f"the endpoint answered {answer.status}"
    )


def _endpoint(alert: Alert) -> ForwardEndpoint:
    from hookline.adapters.local.forward_endpoint import HttpForwardEndpoint  # noqa: PLC0415 -- a server without alerts starts without aiohttp

    return HttpForwardEndpoint(alert.url, timeout=_TIMEOUT, allow_private=alert.allow_private, connections=1)


def _place(folder: Path) -> str:
    """The identity of this hookline: the machine and the data directory."""
    return f"{socket.gethostname()}:{folder.resolve()}"
