"""A REST API says where the connection comes from, whatever the caller writes into ``X-Forwarded-For``.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html: ``sourceIp`` is the address of the
immediate TCP connection. MiniStack believes the header. Every caller of the emulator is on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import apigateway_v1 as gateway  # type: ignore[import-untyped] # MiniStack carries no types

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["patch"]

_THIS_MACHINE = "127.0.0.1"


def patch() -> None:
    """Report the connection's own address."""
    gateway._build_lambda_event_v1 = _from_here(gateway._build_lambda_event_v1)


def _from_here(build: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def built(*arguments: Any, **named: Any) -> dict[str, Any]:  # passed on
        event = build(*arguments, **named)
        event["requestContext"]["identity"]["sourceIp"] = _THIS_MACHINE
        return event

    return built
