"""Creates the canary's function. Only the archives of projects with a ``[canary]`` have this module."""

from __future__ import annotations

import base64
import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.errors import Complaint, ConfigError
from hookline.runtimes.aws_lambda.settings import read_canary
from hookline.runtimes.aws_lambda.wiring.functions import telemetry_of

if TYPE_CHECKING:
    from hookline.domain.request import Request
    from hookline.runtimes.aws_lambda.canary import CanaryFunction

__all__ = ["open_canary"]

_LOOK: Final = timedelta(seconds=1)
"""How long SQS waits for a message. It answers as soon as one arrives."""
_HIDDEN: Final = timedelta(seconds=5)
_PAUSE: Final = 0.2
"""Seconds between two receives: a queue that refuses them answers immediately."""


def open_canary() -> CanaryFunction:
    """The canary. Raises ConfigError when the environment or hookline.toml is not valid."""
    from hookline.adapters.aws.canary_secret import canary_secret
    from hookline.adapters.aws.clients import Clients
    from hookline.adapters.aws.queues import SqsQueues
    from hookline.adapters.local import SystemClock
    from hookline.adapters.local.asking import post
    from hookline.config import load
    from hookline.config.canary import canary_config
    from hookline.runtimes.aws_lambda.canary import CanaryFunction
    from hookline.runtimes.canary_flight import CanaryWorld

    settings = read_canary()
    canary = load(settings.config).canary
    if canary is None:
        raise ConfigError([Complaint(where="canary", why="is not in the hookline.toml of this package")])
    clients, clock = Clients(), SystemClock()

    def sent(call: Request, seconds: float) -> tuple[int, str | None]:
        heard = post(settings.url, call.body, dict(call.headers.items()), seconds=seconds)
        code = heard.document.get("code")
        return heard.status, None if code is None else str(code)

    def pause() -> bool:
        time.sleep(_PAUSE)
        return False

    return CanaryFunction(
        canary=canary,
        world=CanaryWorld(
            post=sent,
            queues=SqsQueues(
                clients.sqs,
                queues=canary_config().queues,
                environment=settings.environment,
                url_prefix=f"{settings.queue_url.rpartition('/')[0]}/",
            ),
            now=clock.now,
            monotonic=time.monotonic,
            pause=pause,
            fresh_id=lambda: f"minute_{secrets.token_hex(8)}",
            look=_LOOK,
            hidden=_HIDDEN,
        ),
        secret=lambda: canary_secret(clients.ssm(), settings.environment, _fresh),
        telemetry=telemetry_of("canary"),
    )


def _fresh() -> str:
    """A random secret."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
