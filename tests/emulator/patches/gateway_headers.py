"""A REST API hands its function the headers' names as they were sent, and every value of a repeated one.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html: ``headers`` has the last
value, ``multiValueHeaders`` all. MiniStack lower-cases names and joins repeats by a comma.
"""

from __future__ import annotations

import contextvars
from typing import TYPE_CHECKING, Any

from ministack.services import apigateway_v1 as gateway  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["SENT", "patch"]

SENT: contextvars.ContextVar[Iterable[tuple[bytes, bytes]]] = contextvars.ContextVar("sent", default=())
"""The headers of the request that is being served, unchanged."""


def patch() -> None:
    """Pass the headers on unchanged."""
    gateway._build_lambda_event_v1 = _as_sent(gateway._build_lambda_event_v1)


def _as_sent(build: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def built(*arguments: Any, **named: Any) -> dict[str, Any]:  # passed on
        event = build(*arguments, **named)
        repeated: dict[str, list[str]] = {}
        for name, value in SENT.get():
            repeated.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        event["multiValueHeaders"] = repeated
        event["headers"] = {name: values[-1] for name, values in repeated.items()}
        return event

    return built
