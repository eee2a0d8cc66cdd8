"""Long polling that holds no thread while it waits."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hookline.sqs_api.wire_errors import REQUEST_THROTTLED, SqsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from hookline.domain.message import Delivery

__all__ = ["Waits"]

_FIRST_PAUSE = 0.025
_LONGEST_PAUSE = 0.1


class Waits:
    """The consumers that wait for messages, at most ``most`` of them, all on one event loop.

    Those on the same queue take turns in the order they came: only the first one looks, so that an empty queue costs ten looks a
    second however many wait. All end within a tenth of a second once ``stopping`` says so.
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
        seconds: float,
        gone: Callable[[], Awaitable[bool]],
    ) -> list[Delivery]:
        """What ``look`` first finds, or nothing after ``seconds``, or as soon as the client is ``gone``."""
        deadline = asyncio.get_running_loop().time() + seconds
        with self._place():
            turn = self._turns[queue]
            if not await _acquired(turn, deadline):
                return []
            try:
                return await self._watch(look, deadline, gone)
            finally:
                turn.release()

    async def _watch(
        self, look: Callable[[], Awaitable[list[Delivery]]], deadline: float, gone: Callable[[], Awaitable[bool]]
    ) -> list[Delivery]:
        pause = _FIRST_PAUSE
        while not (self._stopping() or await gone()):
            if found := await look():
                return found
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            await asyncio.sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)
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


async def _acquired(turn: asyncio.Lock, deadline: float) -> bool:
    # The deadline may cut off the wait for a turn, never a look: what a look had taken would be lost until its timeout.
    try:
        async with asyncio.timeout_at(deadline):
            return await turn.acquire()
    except TimeoutError:
        return False
