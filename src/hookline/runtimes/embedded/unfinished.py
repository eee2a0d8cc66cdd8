"""Limits the bytes of all bodies that are still arriving."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self  # Any: ASGI messages are dictionaries with values of any type

from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

__all__ = ["UnfinishedBodies", "UnfinishedBody", "budget"]

_LARGEST_BODIES = 4  # bodies that always fit


def budget(max_in_flight_bytes: int, largest_body: int) -> int:
    """The bytes that unfinished bodies may have together: half of the limit for complete bodies, and at least four of the largest."""
    return max(max_in_flight_bytes // 2, _LARGEST_BODIES * largest_body)


class UnfinishedBodies:
    """Limits the bytes of all bodies that are still arriving.

    At the limit, the body that is idle longest is dropped, and its sender gets 408. A body whose sender is sending is never
    dropped: any number of slow senders cannot block the others.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._by_idleness: dict[UnfinishedBody, None] = {}  # the one that is idle longest is first

    def resize(self, max_bytes: int) -> None:
        """Limit the bytes to ``max_bytes`` from now on."""
        self._max_bytes = max_bytes

    def begin(self) -> UnfinishedBody:
        """A new body after its first part arrived, to be used in a ``with`` block by the task that reads it."""
        return UnfinishedBody(self)

    def hold(self, body: UnfinishedBody, size: int) -> None:
        """Count ``size`` more bytes of ``body``, and drop others until they fit."""
        self._by_idleness.pop(body, None)
        self._bytes += size
        while self._bytes > self._max_bytes and self._by_idleness:
            next(iter(self._by_idleness)).drop()
        self._by_idleness[body] = None

    def release(self, body: UnfinishedBody, size: int) -> None:
        """Subtract all ``size`` bytes of a body that is complete, refused or dropped."""
        if body in self._by_idleness:
            del self._by_idleness[body]
            self._bytes -= size

    @property
    def size(self) -> int:
        """The bytes of all unfinished bodies."""
        return self._bytes


class UnfinishedBody:
    """One body that is still arriving."""

    __slots__ = ("_bodies", "_content", "_dropped", "_task")

    def __init__(self, bodies: UnfinishedBodies) -> None:
        self._bodies = bodies
        self._content = bytearray()
        self._dropped = False
        self._task = asyncio.current_task()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._bodies.release(self, len(self._content))

    def add(self, part: bytes) -> None:
        """Add a part of the body. An empty part changes nothing, because dropping a body without bytes would free no memory."""
        if part:
            self._content += part
            self._bodies.hold(self, len(part))

    async def next_message(
        self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]]
    ) -> MutableMapping[str, Any]:
        """The next message of the sender. Raises Rejected when the body was dropped meanwhile."""
        try:
            return await receive()
        except asyncio.CancelledError:
            if not self._dropped or self._task is None:
                raise
            self._task.uncancel()
            raise Rejected(
                "request_timeout", "too many bodies were unfinished, and this one was idle longest"
            ) from None

    def drop(self) -> None:
        """Free the memory for other bodies, and wake the task that waits for more of this body."""
        self._bodies.release(self, len(self._content))
        self._content.clear()
        self._dropped = True
        if self._task is not None:
            self._task.cancel()

    def whole(self) -> bytes:
        """The received body."""
        return bytes(self._content)
