"""The threads of the control room: pages wait for the storage there, so that neither consumers nor senders wait for a page."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar  # Any: results have any type

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Worker"]

P = ParamSpec("P")
T = TypeVar("T")

_THREADS: Final = 2
"""Two threads: one answers while the other searches. More threads would take time from those that serve senders."""

_DEADLINE: Final = 30.0
"""Seconds after which a caller gets an error because it took too long; the thread continues until its function ends."""

_MOST_WAITING: Final = 100
_IDLE: Final = 5.0


class Worker:
    """Runs functions on at most two threads, in the order of the calls. Threads end when there is no work."""

    def __init__(self, *, threads: int = _THREADS, deadline: float = _DEADLINE) -> None:
        """``deadline`` is how many seconds a caller waits at most."""
        self._most = threads
        self._deadline = deadline
        self._work: SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]]] = SimpleQueue()
        self._guard = Lock()
        self._running = self._pending = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of the function, or its exception. Raises UnavailableError at the deadline, and where too many already wait."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._take(partial(function, *args, **kwargs), future)
        try:
            return await asyncio.wait_for(future, self._deadline)
        except TimeoutError:
            raise UnavailableError("deadline_reached", f"no answer within {self._deadline:g} seconds") from None

    def _take(self, function: Callable[[], Any], future: asyncio.Future[Any]) -> None:
        with self._guard:
            if self._pending >= _MOST_WAITING:
                raise UnavailableError(
                    "overloaded", "too many requests for the control room wait already", retry_after=1
                )
            self._pending += 1
            self._work.put((function, future))
            if self._running < min(self._most, self._pending):
                self._running += 1
                Thread(target=self._serve, name="hookline-room", daemon=True).start()

    def _serve(self) -> None:
        while (taken := self._next()) is not None:
            function, future = taken
            try:
                if not future.done():
                    _settle(future, *_outcome(function))
            finally:
                with self._guard:
                    self._pending -= 1

    def _next(self) -> tuple[Callable[[], Any], asyncio.Future[Any]] | None:
        """The next call; None when the thread has to end."""
        with suppress(Empty):
            return self._work.get(timeout=_IDLE)
        with self._guard:
            if not self._work.empty():
                return self._work.get()
            self._running -= 1
            return None


def _outcome(function: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    try:
        return function(), None
    except Exception as error:  # noqa: BLE001 -- whatever it is, the caller hears it
        return None, error


def _settle(future: asyncio.Future[Any], result: object, error: BaseException | None) -> None:
    def settle() -> None:
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    with suppress(RuntimeError):  # the loop has closed: the server has stopped
        future.get_loop().call_soon_threadsafe(settle)
