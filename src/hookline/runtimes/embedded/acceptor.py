"""Taking new connections from a listening socket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

__all__ = ["Acceptor"]

_MOST_PER_TURN = 1024
"""Connections taken before the loop does something else: about as many as the backlog holds."""

_HANDSHAKE_SECONDS = 10.0
_MOST_HANDSHAKES = 256
"""Connections that may be in their TLS handshake at one time: they hold a file, and no protocol counts them yet."""

_PAUSE = 0.1  # seconds without a try when the system gives no more files


class Acceptor:
    """Takes every connection that waits, in each turn of the loop.

    uvloop's own server takes one a turn (libuv since 1.45). A turn is long when a thousand connections are busy, and new ones were
    not taken until the load ended.
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
        """Take no more; the socket is its owner's to close."""
        self._loop.remove_reader(self._descriptor)
        if self._later is not None:
            self._later.cancel()

    async def wait_closed(self) -> None:
        """Wait until every connection that was taken has its protocol."""
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
            except ConnectionAbortedError:  # it left while it waited
                continue
            except OSError:  # no file or no memory: accept(2) would fail again at once
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
            task.exception()  # a connection that left meanwhile is no fault

    def _rest(self) -> None:
        self._loop.remove_reader(self._descriptor)
        self._on_no_files()
        self._later = self._loop.call_later(_PAUSE, self._begin)
