"""Long polling that holds no thread while it waits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from hookline.sqs_api.wire_errors import REQUEST_THROTTLED, SqsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from contextlib import AbstractContextManager

    from hookline.domain.message import Delivery

__all__ = ["Waits"]

_TICK = 0.1
"""Seconds between two questions whether the server stops or the client closed the connection: nothing is read for them."""

_LOOK_EVERY = 0.5
"""Seconds between two looks at a queue that nothing has come to: another process may have sent something, or a timeout has passed."""


class Waits:
    """The consumers that wait for messages, at most ``most`` of them, all on one event loop.

    Those on the same queue take turns in the order they came: only the first one looks, at once when this process has put something there
    and else twice a second, however many wait. All end within a tenth of a second once ``stopping`` says so.
    """

    def __init__(self, *, most: int, stopping: Callable[[], bool]) -> None:
        self._most = most
        self._stopping = stopping
        self._waiting = 0
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def first(
        self,
        queue: str,
        look: Callable[[], Awaitable[list[Delivery]]],
        *,
        watching: Callable[[Callable[[], None]], AbstractContextManager[None]],
        seconds: float,
        gone: Callable[[], Awaitable[bool]],
    ) -> list[Delivery]:
        """What ``look`` first finds, or nothing after ``seconds``, or as soon as the client is ``gone``.

        ``watching`` makes a block in which what it is given is called, on any thread, whenever messages come.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        with self._place():
            turn = self._turns[queue]
            if not await _acquired(turn, deadline):
                return []
            arrival = _Arrival()
            try:
                with watching(arrival.note):
                    return await self._watch(look, arrival, deadline, gone)
            finally:
                turn.release()

    async def _watch(
        self,
        look: Callable[[], Awaitable[list[Delivery]]],
        arrival: _Arrival,
        deadline: float,
        gone: Callable[[], Awaitable[bool]],
    ) -> list[Delivery]:
        clock = asyncio.get_running_loop().time
        look_at = clock()
        while not (self._stopping() or await gone()):
            if arrival.taken() or clock() >= look_at:
                if found := await look():
                    return found
                look_at = clock() + _LOOK_EVERY
            left = deadline - clock()
            if left <= 0:
                break
            await arrival.within(min(_TICK, left))
        return []

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._waiting >= self._most:
            raise SqsError(REQUEST_THROTTLED, f"More than {self._most} consumers are waiting. Try again later.")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


class _Arrival:
    """Whether messages have come since it was asked last."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._come = asyncio.Event()

    def note(self) -> None:
        """Messages have come. May be called on any thread."""
        with suppress(RuntimeError):  # the loop has closed: the server has stopped
            self._loop.call_soon_threadsafe(self._come.set)

    def taken(self) -> bool:
        """Whether messages have come since this was called last."""
        come = self._come.is_set()
        self._come.clear()
        return come

    async def within(self, seconds: float) -> None:
        """Wait until messages come, at most so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._come.wait()


async def _acquired(turn: asyncio.Lock, deadline: float) -> bool:
    # The deadline may cut off the wait for a turn, never a look: what a look had taken would be lost until its timeout.
    try:
        async with asyncio.timeout_at(deadline):
            return await turn.acquire()
    except TimeoutError:
        return False
