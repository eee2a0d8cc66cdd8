"""One thread for the slow work of the login: password hashes, the identity provider, the audit log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SlowWork"]

T = TypeVar("T")

_MOST_WAITING: Final = 8
"""The most waiting jobs of each kind. A hash takes a fifth of a second, so a later caller would wait for seconds: it must retry."""

_NICENESS: Final = 10
_IDLE: Final = 20.0  # seconds after which a thread without work ends


class SlowWork:
    """Does one job at a time with low priority, so that a flood of logins uses at most one processor, and only its idle time.

    Urgent jobs, which are those of browsers that have logged in before, are done first.
    """

    def __init__(self, name: str, *, most: int = _MOST_WAITING) -> None:
        """``most`` jobs of each kind may wait."""
        self._name = name
        self._most = most
        self._guard = threading.Condition()
        self._urgent: deque[Callable[[], object]] = deque()
        self._others: deque[Callable[[], object]] = deque()
        self._is_running = False

    async def run(self, job: Callable[[], T], *, is_urgent: bool = False) -> T:
        """The result of ``job``, or its exception. Raises UnavailableError ``overloaded`` when too many wait."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            if result.cancelled():
                return
            try:
                found: T | Exception = job()
            except Exception as fault:  # noqa: BLE001 -- raised where it is awaited
                found = fault
            with contextlib.suppress(RuntimeError):  # the loop has ended in the meantime
                loop.call_soon_threadsafe(_settle, result, found)

        self.add(work, is_urgent=is_urgent)
        return await result

    def add(self, work: Callable[[], object], *, is_urgent: bool = False) -> None:
        """Do ``work``, which raises nothing, without waiting for it. Raises UnavailableError ``overloaded`` when too many wait."""
        queue = self._urgent if is_urgent else self._others
        with self._guard:
            if len(queue) >= self._most:
                raise UnavailableError("overloaded", "too many logins are running", retry_after=3)
            queue.append(work)
            if not self._is_running:
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
                self._is_running = True
            self._guard.notify()

    def _run(self) -> None:
        _yield_to_others()
        while (work := self._next()) is not None:
            work()

    def _next(self) -> Callable[[], object] | None:
        with self._guard:
            self._guard.wait_for(lambda: self._urgent or self._others, timeout=_IDLE)
            if self._urgent:
                return self._urgent.popleft()
            if self._others:
                return self._others.popleft()
            self._is_running = False
            return None


def _settle(result: asyncio.Future[T], found: T | Exception) -> None:
    if result.done():
        return
    if isinstance(found, Exception):
        result.set_exception(found)
    else:
        result.set_result(found)


def _yield_to_others() -> None:
    """Give this thread a lower priority than the others of this process. On Linux each thread has its own niceness."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
