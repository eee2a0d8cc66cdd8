"""An open loop: each request has its time, and is sent then whether or not earlier ones were answered.

A request that finds every connection busy waits, and its clock runs: a server that stops for a moment is seen by all that were due
meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from bench.faults import BenchError
from bench.wire import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.traffic import Signed
    from bench.wire import Response, Wire

__all__ = ["Answered", "at_part", "send_open_loop"]

_CONNECTIONS = 32
_ACCEPTED = 202


class Answered(NamedTuple):
    """An event's id, when its request was due, and when its answer was there."""

    id: str
    due: float
    at: float

    @property
    def milliseconds(self) -> float:
        """From due to answered."""
        return (self.at - self.due) * 1000


async def send_open_loop(
    url: str, requests: Iterable[Signed], *, rate: int, is_over: Callable[[], bool] = lambda: False
) -> list[Answered]:
    """Send ``rate`` requests a second until there are no more or ``is_over``. Raises BenchError unless every answer is 202."""
    wires = [await connect(url) for _ in range(_CONNECTIONS)]
    try:
        return await _Sender(wires).send(requests, rate, is_over)
    finally:
        for wire in wires:
            wire.close()


def at_part(ordered: Sequence[float], part: float) -> float:
    """The value that ``part`` of all do not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class _Sender:
    """Over connections that carry one request at a time, in turn: the server closes one that is idle for long."""

    def __init__(self, wires: Sequence[Wire]) -> None:
        self._idle = deque(wires)
        self._late: deque[tuple[Signed, float]] = deque()
        self._answered: list[Answered] = []
        self._refused: list[int] = []
        self._left = 0
        self._ended = asyncio.Event()

    async def send(self, requests: Iterable[Signed], rate: int, is_over: Callable[[], bool]) -> list[Answered]:
        start = perf_counter()
        for number, request in enumerate(requests):
            due = start + number / rate
            if (early := due - perf_counter()) > 0:
                await asyncio.sleep(early)
            if self._refused or is_over():
                break
            self._left += 1
            if self._idle:
                self._put(self._idle.popleft(), request, due)
            else:
                self._late.append((request, due))
        while self._left and not self._refused:
            self._ended.clear()
            await self._ended.wait()
        if self._refused:
            raise BenchError(f"a request was not accepted but answered {self._refused[0] or 'by hanging up'}")
        return self._answered

    def _put(self, wire: Wire, request: Signed, due: float) -> None:
        wire.call(request.wire).add_done_callback(lambda answer: self._take(wire, request, due, answer))

    def _take(self, wire: Wire, request: Signed, due: float, answer: asyncio.Future[Response]) -> None:
        self._answered.append(Answered(request.id, due, perf_counter()))
        status = 0 if answer.exception() else answer.result().status
        self._left -= 1
        if status != _ACCEPTED:
            self._refused.append(status)
        if self._refused or self._left == 0:
            self._ended.set()
        if self._late:
            self._put(wire, *self._late.popleft())
        else:
            self._idle.append(wire)
