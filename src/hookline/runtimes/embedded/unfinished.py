"""The bodies that are still arriving: how many bytes of them are held at one time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self  # Any: the ASGI specification's messages are dictionaries of whatever

from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

__all__ = ["UnfinishedBodies", "UnfinishedBody", "budget"]

_LARGEST_BODIES = 4  # that always fit


def budget(max_in_flight_bytes: int, largest_body: int) -> int:
    """How many bytes unfinished bodies may have together: half of what whole bodies may have, and room for four of the largest."""
    return max(max_in_flight_bytes // 2, _LARGEST_BODIES * largest_body)


class UnfinishedBodies:
    """Bounds the bytes of all bodies that are still arriving.

    When there is no room left, the body that has been idle longest is dropped: its sender gets 408. A sender that sends is never the
    one that loses, so that many slow senders cannot keep the others out.
    """

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._by_idleness: dict[UnfinishedBody, None] = {}  # the one that has been idle longest comes first

    def resize(self, max_bytes: int) -> None:
        """Have room for ``max_bytes`` from now on."""
        self._max_bytes = max_bytes

    def begin(self) -> UnfinishedBody:
        """A body whose first part is here, to be used in a ``with`` block by the task that reads it."""
        return UnfinishedBody(self)

    def hold(self, body: UnfinishedBody, size: int) -> None:
        """Count ``size`` more bytes of ``body``, and drop others until they fit."""
        self._by_idleness.pop(body, None)
        self._bytes += size
        while self._bytes > self._max_bytes and self._by_idleness:
            next(iter(self._by_idleness)).drop()
        self._by_idleness[body] = None

    def release(self, body: UnfinishedBody, size: int) -> None:
        """Give back all ``size`` bytes of a body that is whole, refused or dropped."""
        if body in self._by_idleness:
            del self._by_idleness[body]
            self._bytes -= size

    @property
    def size(self) -> int:
        """How many bytes are held."""
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
        """Keep a part of the body. An empty one changes nothing: it frees no room to drop a body without bytes."""
        if part:
            self._content += part
            self._bodies.hold(self, len(part))

    async def next_message(
        self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]]
    ) -> MutableMapping[str, Any]:
        """What the sender sends next. Raises Rejected when the body was dropped meanwhile."""
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
        """Give the room to others, and wake the task that waits for more of this body."""
        self._bodies.release(self, len(self._content))
        self._content.clear()
        self._dropped = True
        if self._task is not None:
            self._task.cancel()

    def whole(self) -> bytes:
        """The body."""
        return bytes(self._content)
