"""One thread for consumers' actions: SQLite allows one writer, so more threads would only wait for each other."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar  # Any: results have any type

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

__all__ = ["QueueThread"]

P = ParamSpec("P")
T = TypeVar("T")

_DEADLINE = 10.0
"""Seconds after which an unfinished call is answered with a timeout: a hanging disk may block its thread without an end."""

_IDLE = 5.0
"""Seconds without work after which the thread ends; the next call starts another one."""

_TICK = 0.1
"""Seconds between two checks whether the client closed the connection: few calls take this long."""

_MOST = 16
"""The most calls in one transaction: other writers wait for the transaction."""

_Work: TypeAlias = "tuple[Callable[[], Any], asyncio.Future[Any]]"
_Outcome: TypeAlias = "tuple[asyncio.Future[Any], Any, Exception | None]"


class QueueThread:
    """Runs functions one after the other, in the order of the calls. Waiting functions share one transaction.

    Only one event loop may use it.
    """

    def __init__(self, together: Callable[[], AbstractContextManager[None]], *, deadline: float = _DEADLINE) -> None:
        """``together`` is from WatchableQueues. ``deadline`` is how many seconds a caller waits at most."""
        self._together = together
        self._deadline = deadline
        self._work: SimpleQueue[_Work] = SimpleQueue()
        self._guard = Lock()
        self._runs = False

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of the function, or its exception.

        Raises UnavailableError at the deadline: a function that has not begun by then never runs, and one that is not committed by then
        is rolled back.
        """
        with self._begun(partial(function, *args, **kwargs)) as future:
            return await future

    async def run_for(
        self, gone: Callable[[], Awaitable[bool]], function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As ``run``, for a client that may disconnect: when it is ``gone``, the function does not run any more, or is rolled back."""
        with self._begun(partial(function, *args, **kwargs)) as future:
            while not (await asyncio.wait((future,), timeout=_TICK))[0]:
                if await gone():
                    raise UnavailableError("storage_unavailable", "the client closed the connection")
            return future.result()

    @contextmanager
    def _begun(self, function: Callable[[], T]) -> Iterator[asyncio.Future[T]]:
        """A block with the function's future result, which is cancelled if the block ends earlier."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._take(function, future)
        alarm = loop.call_later(self._deadline, self._end, future)
        try:
            yield future
        finally:
            alarm.cancel()
            future.cancel()

    def _take(self, function: Callable[[], Any], future: asyncio.Future[Any]) -> None:
        with self._guard:
            if not self._runs:
                try:
                    Thread(target=self._serve, name="hookline-queues", daemon=True).start()
                except RuntimeError as error:  # the system has no more threads now
                    raise UnavailableError("storage_unavailable", f"no thread for it: {error}") from error
                self._runs = True
            self._work.put((function, future))

    def _serve(self) -> None:
        while gathered := self._gathered():
            outcomes = self._outcomes(gathered)
            with suppress(RuntimeError):  # the loop has closed: the server has stopped
                gathered[0][1].get_loop().call_soon_threadsafe(_settle, outcomes)

    def _gathered(self) -> list[_Work]:
        """The waiting functions, at least one; empty when the thread has to end."""
        try:
            gathered = [self._work.get(timeout=_IDLE)]
        except Empty:
            with self._guard:
                self._runs = not self._work.empty()
                return [self._work.get()] if self._runs else []
        while len(gathered) < _MOST and not self._work.empty():
            gathered.append(self._work.get())
        return gathered

    def _outcomes(self, gathered: Sequence[_Work]) -> list[_Outcome]:
        if len(gathered) > 1:
            with suppress(Exception), self._together():
                return _all_well([_outcome(*work) for work in gathered if not work[1].done()])
        # There is only one, or the shared transaction failed. Each is written separately, because only one of them may be at fault.
        return [self._by_itself(*work) for work in gathered if not work[1].done()]

    def _by_itself(self, function: Callable[[], Any], future: asyncio.Future[Any]) -> _Outcome:
        error: Exception | None = None
        try:
            with self._together():
                _, result, error = _outcome(function, future)
                _all_well([(future, result, error)])
        except Exception as fault:  # noqa: BLE001 -- whatever it is, the caller hears it
            return future, None, error or fault
        return future, result, error

    def _end(self, future: asyncio.Future[Any]) -> None:
        if not future.done():
            future.set_exception(
                UnavailableError("storage_unavailable", f"the storage did not answer within {self._deadline:g} seconds")
            )


def _outcome(function: Callable[[], Any], future: asyncio.Future[Any]) -> _Outcome:
    try:
        return future, function(), None
    except Exception as error:  # noqa: BLE001 -- whatever it is, the caller hears it
        return future, None, error


def _all_well(outcomes: list[_Outcome]) -> list[_Outcome]:
    """The results, or UnavailableError when one of the functions must be rolled back, and with it all of them.

    Either the storage failed, or a caller does not wait any more: messages received for it would be hidden from other consumers.
    """
    for future, _, error in outcomes:
        if isinstance(error, UnavailableError):
            raise error
        if future.done():
            raise UnavailableError("storage_unavailable", "it took too long, or the caller closed the connection")
    return outcomes


def _settle(outcomes: Sequence[_Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
