"""Long polling that uses no thread while it waits."""

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
"""Seconds between two checks whether the server stops or the client closed the connection; these checks read no storage."""

_LOOK_EVERY = 0.5
"""Seconds between two checks of a queue without new messages: another process may have sent one, or a timeout may have passed."""


class Waits:
    """The waiting consumers, at most ``most``, all on one event loop.

    Consumers of the same queue take turns in the order of arrival: only the first one checks it, immediately after this process has put a
    message there, otherwise twice a second. All waits end within a tenth of a second after ``stopping`` returns True.
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
        """The first result of ``look`` that is not empty; empty after ``seconds``, or as soon as the client is ``gone``.

        ``watching`` makes a block in which its argument is called, on any thread, whenever messages arrive.
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
    """Remembers whether messages have arrived since the last check."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._come = asyncio.Event()

    def note(self) -> None:
        """Note that messages have arrived. Usable from any thread."""
        with suppress(RuntimeError):  # the loop has closed: the server has stopped
            self._loop.call_soon_threadsafe(self._come.set)

    def taken(self) -> bool:
        """Whether messages have arrived since the last call."""
        come = self._come.is_set()
        self._come.clear()
        return come

    async def within(self, seconds: float) -> None:
        """Wait until messages arrive, at most this many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._come.wait()


async def _acquired(turn: asyncio.Lock, deadline: float) -> bool:
    # The deadline may end the wait for a turn, but never a receive: its messages would be hidden until their timeout.
    try:
        async with asyncio.timeout_at(deadline):
            return await turn.acquire()
    except TimeoutError:
        return False
