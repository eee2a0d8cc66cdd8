"""Pauses reading and writing when the other end of a connection is slow."""

from __future__ import annotations

import asyncio

__all__ = ["FlowControl"]


class FlowControl(asyncio.Protocol):
    """A connection whose reading can be paused, and which knows whether the client reads its answers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport
        self._paused = False
        self._drain: asyncio.Future[None] | None = None
        self._blocked_since: float | None = None
        self._unread_since: float | None = None  # answers wait in the process's buffer, and none was added since

    def pause_writing(self) -> None:
        """Note that the sender does not read its answers."""
        self._blocked_since = self._loop.time()

    def resume_writing(self) -> None:
        """Note that the sender reads again."""
        self._blocked_since = self._unread_since = None
        self._wake_writer()

    def _wake_writer(self) -> None:
        waiter, self._drain = self._drain, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def pause(self) -> None:
        """Stop reading from the socket."""
        if not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Continue reading."""
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def write(self, part: bytes) -> None:
        """Send bytes."""
        self._transport.write(part)

    def abort(self) -> None:
        """Close immediately."""
        self._transport.abort()
