"""Accepts new connections from a listening socket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

__all__ = ["Acceptor"]

_MOST_PER_TURN = 1024
"""Connections accepted before the loop does other work: about as many as the backlog holds."""

_HANDSHAKE_SECONDS = 10.0
_MOST_HANDSHAKES = 256
"""Connections that may be in their TLS handshake at the same time: each uses a file and is not counted as a connection yet."""

_PAUSE = 0.1  # seconds without an attempt when the system has no more files


class Acceptor:
    """Accepts all waiting connections in each iteration of the event loop.

    uvloop's own server accepts one in each iteration (libuv since 1.45). An iteration is long when a thousand connections are busy, so that
    new ones would not be accepted until the load ends.
    """

    def __init__(
        self,
        listener: socket.socket,
        make: Callable[[], asyncio.Protocol],
        *,
        on_no_files: Callable[[], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """With ``tls`` each connection begins with a handshake."""
        self._listener = listener
        self._make = make
        self._on_no_files = on_no_files
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[object]] = set()
        self._later: asyncio.TimerHandle | None = None
        self._descriptor = listener.fileno()
        listener.setblocking(False)
        self._begin()

    def close(self) -> None:
        """Accept no more connections; the owner of the socket closes it."""
        self._loop.remove_reader(self._descriptor)
        if self._later is not None:
            self._later.cancel()

    async def wait_closed(self) -> None:
        """Wait until every accepted connection has its protocol object."""
        if self._opening:
            await asyncio.wait(self._opening)

    def _begin(self) -> None:
        self._later = None
        self._loop.add_reader(self._descriptor, self._take_all)

    def _take_all(self) -> None:
        for _ in range(_MOST_PER_TURN):
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:  # the client closed it while it waited
                continue
            except OSError:  # no file or no memory: accept(2) would fail again immediately
                self._rest()
                return
            self._open(connection)

    def _open(self, connection: socket.socket) -> None:
        if self._tls is not None and len(self._opening) >= _MOST_HANDSHAKES:
            connection.close()
            return
        patience = None if self._tls is None else _HANDSHAKE_SECONDS
        opened = self._loop.connect_accepted_socket(
            self._make, connection, ssl=self._tls, ssl_handshake_timeout=patience
        )
        task = self._loop.create_task(opened)
        self._opening.add(task)
        task.add_done_callback(self._opened)

    def _opened(self, task: asyncio.Task[object]) -> None:
        self._opening.discard(task)
        if not task.cancelled():
            task.exception()  # a connection that was closed meanwhile is not a fault

    def _rest(self) -> None:
        self._loop.remove_reader(self._descriptor)
        self._on_no_files()
        self._later = self._loop.call_later(_PAUSE, self._begin)
