"""A first-come lock between the threads of one process."""

from __future__ import annotations

import time
from collections import deque
from threading import Lock

from hookline.adapters.sqlite.wait_deadline import WaitDeadline

__all__ = ["FifoLock"]

_SLICE = 0.1  # seconds until a waiter looks whether all waiting has ended


class FifoLock:
    """A lock that is given in the order of asking, and may be released by another thread than the one that took it.

    SQLite lets one connection write at a time and makes the others poll. Under load a polling writer starves; a queue
    of waiters does not.
    """

    def __init__(self, deadline: WaitDeadline | None = None) -> None:
        self._deadline = deadline or WaitDeadline()
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    def try_acquire(self) -> bool:
        """Take the lock if it is free and nobody waits for it; whether it was taken."""
        with self._guard:
            if self._taken:
                return False
            self._taken = True
            return True

    def acquire(self, *, timeout: float) -> bool:
        """Wait for the lock, at most ``timeout`` seconds and until all waiting ends; whether it was taken."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        until = time.monotonic() + timeout
        while (left := self._deadline.left(until - time.monotonic())) > 0:
            if mine.acquire(timeout=min(_SLICE, left)):
                return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it was handed over at the last moment

    def release(self) -> None:
        """Give the lock to the thread that has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
