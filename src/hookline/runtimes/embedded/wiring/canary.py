"""Creates the canary of a server: it posts events to the webhook port and receives them from their queue."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hookline.adapters.sqlite import SqliteQueues
from hookline.domain.canary import CANARY
from hookline.runtimes.embedded.canary import CanaryKeeper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.adapters.sqlite import Database
    from hookline.config import Config
    from hookline.domain.canary import Canary, CanaryRun
    from hookline.domain.queue import Queue
    from hookline.domain.request import Request
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.log import Log

__all__ = ["CanarySecret", "canary_of", "for_consumers"]

_PAUSE: Final = 0.05
"""Seconds between two receives: the message is on the queue when its sender is answered, unless there is a fault."""
_HIDDEN: Final = timedelta(seconds=5)
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- not bound, but called


class CanarySecret:
    """The secret that the canary's events are signed with: created when the server starts, and only in its memory."""

    def __init__(self) -> None:
        self.value = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}".encode()

    def joined(self, config: Config, values: Mapping[str, bytes]) -> tuple[Config, Mapping[str, bytes]]:
        """The configuration and secrets, with the canary's source and secret added where the project has one. Raises ConfigError."""
        if config.canary is None:
            return config, values
        from hookline.config.canary import CANARY_SECRET, with_canary  # noqa: PLC0415 -- a server without a canary starts without it

        return with_canary(config), {**values, CANARY_SECRET: self.value}


def for_consumers(queues: Sequence[Queue]) -> list[Queue]:
    """The queues without the canary's queue, because no consumer may receive its messages."""
    return [queue for queue in queues if queue.name != CANARY]


def canary_of(
    database: Database, current: ActiveConfig, url: str, secret: CanarySecret, health: Health, log: Log
) -> CanaryKeeper:
    """The canary of a server that listens at ``url``; it writes its state to ``health``."""

    def fly(canary: Canary) -> CanaryRun | None:
        from hookline.adapters.local.asking import post  # noqa: PLC0415 -- a server without a canary starts without it
        from hookline.runtimes.canary_flight import CanaryWorld, fly  # noqa: PLC0415

        def sent(call: Request, seconds: float) -> tuple[int, str | None]:
            heard = post(f"{_callable(url)}{call.path}", call.body, dict(call.headers.items()), seconds=seconds)
            code = heard.document.get("code")
            return heard.status, None if code is None else str(code)

        world = CanaryWorld(
            post=sent,
            queues=SqliteQueues(database),
            now=database.clock.now,
            monotonic=monotonic,
            pause=lambda: keeper.pause(_PAUSE),
            fresh_id=lambda: f"minute_{secrets.token_hex(8)}",
            look=None,
            hidden=_HIDDEN,
        )
        return fly(world, canary, secret.value)

    keeper = CanaryKeeper(fly, current.loaded.config.canary, now=database.clock.now, log=log)
    health.canary = keeper.report
    return keeper


def _callable(url: str) -> str:
    """The URL at which the server calls itself: with a local address instead of the address for all interfaces."""
    host = urlsplit(url).hostname or ""
    return url.replace(host, _EVERYWHERE.get(host, host), 1)
