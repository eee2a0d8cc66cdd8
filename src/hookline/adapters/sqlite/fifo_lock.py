"""A first-come lock between the threads of one process, and when waiting for it ends for everybody."""

from __future__ import annotations

import math
import time
from collections import deque
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FifoLock", "WaitDeadline"]

_SLICE = 0.1  # seconds until a waiter looks whether all waiting has ended


class WaitDeadline:
    """A moment after which no writer waits any more, also those that wait already. Any thread may set it or ask."""

    def __init__(self) -> None:
        self._at = math.inf

    def set_within(self, seconds: float) -> None:
        """Let all waiting end in ``seconds`` seconds, or when it was to end before."""
        self._at = min(self._at, time.monotonic() + seconds)

    def left(self, most: float) -> float:
        """How many seconds may be waited from now, at most ``most``."""
        return max(0.0, min(most, self._at - time.monotonic()))


class FifoLock:
    """A lock that is given in the order of asking, and may be released by another thread than the one that took it.

    SQLite lets one connection write at a time and makes the others poll. Under load a polling writer starves; a queue of waiters does
    not: only its first waits for the lock itself. ``take`` takes the lock without a call of a Python function. Its caller must
    first see that ``waiting`` is empty.
    """

    def __init__(self, deadline: WaitDeadline | None = None, *, user: str = "a writer") -> None:
        """``user`` is who has the lock, for the error of ``held``."""
        self._deadline = deadline or WaitDeadline()
        self._user = user
        self._guard = Lock()
        self.waiting: deque[Lock] = deque()
        lock = Lock()
        self.take, self.release, self.locked = lock.acquire, lock.release, lock.locked

    def try_acquire(self) -> bool:
        """Take the lock if it is free and nobody waits for it; whether it was taken."""
        return not self.waiting and self.take(blocking=False)

    def acquire(self, *, timeout: float) -> bool:
        """Wait for the lock, at most ``timeout`` seconds and until all waiting ends; whether it was taken."""
        mine = Lock()  # released when its thread becomes the first
        with self._guard:
            if self.try_acquire():
                return True
            if self.waiting:
                mine.acquire()
            self.waiting.append(mine)
        until = time.monotonic() + timeout
        taken = self._wait(mine.acquire, until) and self._wait(self.take, until)
        with self._guard:
            was_first = self.waiting[0] is mine
            self.waiting.remove(mine)
            if was_first and self.waiting:
                self.waiting[0].release()
        return taken

    @contextmanager
    def held(self, *, timeout: float) -> Iterator[None]:
        """Keep other threads from the lock. Raises UnavailableError when one of them has it for longer than ``timeout`` seconds."""
        if not self.acquire(timeout=timeout):
            raise UnavailableError("storage_unavailable", f"{self._user} waits for the disk")
        try:
            yield
        finally:
            self.release()

    def _wait(self, take: Callable[..., bool], until: float) -> bool:
        while (left := self._deadline.left(until - time.monotonic())) > 0:
            if take(timeout=min(_SLICE, left)):
                return True
        return False
