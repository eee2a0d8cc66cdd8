"""Two HTTP servers in one process: webhooks on the main thread's event loop, the admin port on a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from hookline.errors import Complaint, ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.types import ASGIApp

    from hookline.runtimes.embedded.protocol import BoundedProtocol

__all__ = ["AdminThread", "WebhookServer", "listen"]

_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, opened before anything else is, so that a port in use is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(
            [Complaint(where=f"{host}:{port}", why=f"cannot be listened on: {error.strerror}")]
        ) from error
    return listener


def _config(app: ASGIApp, **options: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        **options,  # type: ignore[arg-type]  # uvicorn's own option names and types
    )


class WebhookServer(uvicorn.Server):
    """uvicorn, with a look at slow connections every second, and with signals left to us so that a stop ends with exit code 0."""

    def __init__(self, app: ASGIApp, *, protocol: type[BoundedProtocol], drain_seconds: float) -> None:
        config = _config(app, http=protocol, loop="uvloop", timeout_graceful_shutdown=max(1, round(drain_seconds)))
        super().__init__(config)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second, from uvicorn's main loop."""
        if counter % 10 == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                connection.check_deadline(now)  # type: ignore[union-attr]  # ours: the protocol class was given above
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT ask for a graceful stop; a second one stops without waiting for connections."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def stop(self) -> None:
        """Stop listening, let what is in flight finish, then return from ``run_on``."""
        self.force_exit = self.should_exit
        self.should_exit = True

    def run_on(
        self, listener: socket.socket, *, before: Callable[[], None], after: Callable[[], Awaitable[None]]
    ) -> None:
        """Serve until a signal; ``before`` and ``after`` run on the event loop."""

        async def main() -> None:
            before()
            await self.serve(sockets=[listener])
            await after()

        with asyncio.Runner(loop_factory=self.config.get_loop_factory()) as runner:
            runner.run(main())


class AdminThread:
    """A uvicorn of its own for the admin port, so that a consumer's long wait never stands between a sender and its answer."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        self._server = uvicorn.Server(_config(app, timeout_graceful_shutdown=2))
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="hookline-admin", daemon=True)

    def start(self) -> None:
        """Start serving."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(timeout=10)

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])
