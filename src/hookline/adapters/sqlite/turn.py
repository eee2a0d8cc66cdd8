"""Whose turn it is to write: a first-come lock between the threads of one process."""

from __future__ import annotations

import time
from collections import deque
from threading import Lock

from hookline.adapters.sqlite.ending import Ending

__all__ = ["Turn"]

_SLICE = 0.1  # seconds until a waiter looks whether all waiting has ended


class Turn:
    """A lock that is handed on in the order of asking, and may be released by another thread than took it.

    SQLite lets one connection write at a time and makes the others poll. Under load a polling writer starves; a queue
    of waiters does not.
    """

    def __init__(self, ending: Ending | None = None) -> None:
        self._ending = ending or Ending()
        self._guard = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()

    def take_if_free(self) -> bool:
        """Take the turn if nobody has it or waits for it."""
        with self._guard:
            if self._taken:
                return False
            self._taken = True
            return True

    def take(self, *, timeout: float) -> bool:
        """Wait for the turn, at most ``timeout`` seconds and until all waiting ends; whether it was got."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        until = time.monotonic() + timeout
        while (left := self._ending.left(until - time.monotonic())) > 0:
            if mine.acquire(timeout=min(_SLICE, left)):
                return True
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it was handed over at the last moment

    def release(self) -> None:
        """Hand the turn to the one that has waited longest."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
