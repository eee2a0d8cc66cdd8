"""An application that is created at its first request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hookline.runtimes.embedded.malloc import leave_uncollected

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["LazyApp"]


class LazyApp:
    """An application whose modules are imported at the first request, on another thread, because that takes some time."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: asyncio.Future[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer after the application is created. Only one event loop may call this."""
        if self._made is None or (self._made.done() and self._made.exception() is not None):
            self._made = asyncio.ensure_future(asyncio.to_thread(self._load))
        app = await asyncio.shield(self._made)
        await app(scope, receive, send)

    def _load(self) -> ASGIApp:
        app = self._make()
        leave_uncollected()
        return app
