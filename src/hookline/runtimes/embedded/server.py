"""Two HTTP servers in one process: webhooks on the main thread's event loop, the admin port on another thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any  # Any: uvicorn uses only methods of an Acceptor, but its type has more

import uvicorn

from hookline.errors import Complaint, ConfigError, UnavailableError
from hookline.runtimes.answers import problem
from hookline.runtimes.embedded.acceptor import Acceptor

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

    from hookline.runtimes.embedded.connections import Connections
    from hookline.runtimes.embedded.log import Log
    from hookline.runtimes.embedded.protocol import BoundedProtocol
    from hookline.runtimes.embedded.signals import Signals

__all__ = ["AdminThread", "OnCrowded", "WebhookServer", "crowding_report", "guarded", "http_url", "listen"]

_BACKLOG = 2048
_LOOK, _STOPPING_LOOK = 1.0, 0.2  # seconds between checks for slow connections

_logger = logging.getLogger("uvicorn.error")  # one of the loggers whose lines the log includes

OnCrowded = Callable[[int, int, int], None]
"""Gets the numbers of open connections, and of those closed for others and refused since the last call."""


def _not_said(_open: int, _closed: int, _refused: int) -> None:
    """Report nothing."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, opened before everything else, so that a port in use is reported immediately."""
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


def http_url(listener: socket.socket, *, scheme: str = "http") -> str:
    """The URL of the socket's address."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _config(app: ASGIApp, **options: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        ws="none",
        loop="uvloop",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        **options,  # type: ignore[arg-type]  # uvicorn's own option names and types
    )


def _ignored() -> None:
    """Do nothing."""


class _BoundedServer(uvicorn.Server):
    """uvicorn with another way of accepting connections, and with a check for slow ones every second, also while it stops."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        protocol: type[BoundedProtocol],
        drain_seconds: float,
        on_crowded: OnCrowded = _not_said,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(_config(app, http=protocol, timeout_graceful_shutdown=max(1, round(drain_seconds))))
        self._protocol = protocol
        self._on_crowded = on_crowded
        self._tls = tls
        self._looking: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections from each of ``sockets``."""
        connections = self._protocol.connections
        acceptors: list[Any] = [
            Acceptor(listener, self._make, on_no_files=connections.make_room, tls=self._tls)
            for listener in sockets or ()
        ]
        self.servers = acceptors
        self._looking = asyncio.get_running_loop().create_task(self._look())
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop as uvicorn does: idle connections immediately, arriving requests at their deadline, others after their answers."""
        self._protocol.connections.is_closing = True
        await super().shutdown(sockets)
        if self._looking is not None:
            self._looking.cancel()

    @property
    def connections(self) -> Connections:
        """The open connections."""
        return self._protocol.connections

    def _make(self) -> BoundedProtocol:
        return self._protocol(self.config, self.server_state, {})

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(_STOPPING_LOOK if self.should_exit else _LOOK)
            try:
                self._look_once(asyncio.get_running_loop().time())
            except Exception:  # without this check no deadline would be applied any more
                _logger.exception("checking for slow connections failed")

    def _look_once(self, now: float) -> None:
        for connection in list(self.server_state.connections):
            connection.check_deadline(now)  # type: ignore[union-attr]  # ours: the protocol class was given above
        self._protocol.connections.report(now, self._on_crowded)


class WebhookServer(_BoundedServer):
    """The server for senders. Signals are handled here and not by uvicorn, so that a stop ends with exit code 0."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        protocol: type[BoundedProtocol],
        drain_seconds: float,
        signals: Signals,
        on_stop: Callable[[], None] = _ignored,
        on_crowded: OnCrowded = _not_said,
    ) -> None:
        super().__init__(app, protocol=protocol, drain_seconds=drain_seconds, on_crowded=on_crowded)
        self._signals = signals
        self._on_stop = on_stop
        self._reload: Callable[[], None] = _ignored

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A signal to stop causes a graceful stop; a second one stops without waiting for connections. SIGHUP reloads."""
        with self._signals.handled_by(asyncio.get_running_loop(), stop=self.stop, reload=self._reload):
            yield

    def stop(self) -> None:
        """Stop listening, let requests in flight finish, then return from ``run_on``."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._on_stop()

    def run_on(
        self,
        listener: socket.socket,
        *,
        before: Callable[[], None],
        after: Callable[[], Awaitable[None]],
        reload: Callable[[], None] = _ignored,
    ) -> None:
        """Serve until a signal to stop; ``before``, ``after`` and ``reload``, for SIGHUP, run on the event loop."""
        self._reload = reload

        async def main() -> None:
            before()
            await self.serve(sockets=[listener])
            await after()

        with asyncio.Runner(loop_factory=self.config.get_loop_factory()) as runner:
            runner.run(main())


class AdminThread:
    """A separate server for the admin port, so that a consumer's long wait never delays a sender's answer."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        *,
        protocol: type[BoundedProtocol],
        on_crowded: OnCrowded = _not_said,
        tls: ssl.SSLContext | None = None,
        name: str = "hookline-admin",
    ) -> None:
        app = guarded(app if tls is None else _over_tls(app))
        self._server = _BoundedServer(app, protocol=protocol, drain_seconds=2, on_crowded=on_crowded, tls=tls)
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def connections(self) -> Connections:
        """The open connections."""
        return self._server.connections

    def start(self) -> None:
        """Start serving."""
        self._thread.start()

    def stop(self, *, patience: float = 10.0) -> None:
        """Stop serving. Wait for the thread at most ``patience`` seconds."""
        self._server.should_exit = True
        self._thread.join(timeout=patience)

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])


def _over_tls(app: ASGIApp) -> ASGIApp:
    """The application, with the scope changed to say that it is called over TLS."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "scheme": "https"}, receive, send)

    return answer


def guarded(app: ASGIApp) -> ASGIApp:
    """The application, with an answer and a log line for its exceptions: the protocol itself would wait for an answer."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception as fault:
            _logger.exception("answering a request failed")
            failed = problem(UnavailableError("internal_fault", repr(fault)))
            await send({"type": "http.response.start", "status": failed.status, "headers": failed.headers})
            await send({"type": "http.response.body", "body": failed.body})

    return answer


def crowding_report(log: Log, port: str) -> OnCrowded:
    """A function that logs that a port has too many connections, and how many were closed and refused."""

    def report(open_: int, closed: int, refused: int) -> None:
        text = "too many connections: those idle longest are closed, and new ones are refused while all are busy"
        log.say("warning", text, port=port, open=open_, closed=closed, refused=refused)

    return report
