"""What a test orders from the emulator itself, under a path that no service has."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emulator import snapshots
from emulator.patches.clock import CLOCK
from emulator.patches.faults import FAULTS, Fault
from emulator.patches.gateway_headers import SENT
from emulator.patches.move_tasks import TASKS, move

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Scope = dict[str, Any]
    Receive = Callable[[], Awaitable[dict[str, Any]]]
    Send = Callable[[dict[str, Any]], Awaitable[None]]
    Application = Callable[..., Awaitable[None]]

__all__ = ["controlled"]

_RESET = "/_ministack/reset"


def controlled(application: Application) -> Application:
    """``application`` behind the paths of ``_ORDERS``; a reset also forgets what was ordered."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        SENT.set(scope.get("headers", ()))
        if path == _RESET:
            _calm({})
        order = _ORDERS.get(path)
        if order is None:
            await application(scope, receive, send)
            return
        order(json.loads(await _body(receive)))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return served


async def _body(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _set_clock(order: dict[str, Any]) -> None:
    CLOCK.set(order["seconds"])


def _fail(order: dict[str, Any]) -> None:
    FAULTS.append(Fault(**order))


def _heal(_: dict[str, Any]) -> None:
    FAULTS.clear()


def _move(order: dict[str, Any]) -> None:
    move(order["limit"])


def _keep(order: dict[str, Any]) -> None:
    snapshots.keep(order["name"])


def _restore(order: dict[str, Any]) -> None:
    snapshots.restore(order["name"])


def _calm(_: dict[str, Any]) -> None:
    FAULTS.clear()
    TASKS.clear()
    CLOCK.set(None)


_ORDERS: dict[str, Callable[[dict[str, Any]], None]] = {
    "/_hookline/clock": _set_clock,
    "/_hookline/fail": _fail,
    "/_hookline/heal": _heal,
    "/_hookline/keep": _keep,
    "/_hookline/move": _move,
    "/_hookline/restore": _restore,
}
