"""A lock that is given to threads in the order of their requests, and a common deadline for all waiting threads."""

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

_SLICE = 0.1  # seconds between a waiting thread's checks of the common deadline


class WaitDeadline:
    """A time after which no writer waits any more, including the ones that already wait. Usable from any thread."""

    def __init__(self) -> None:
        self._at = math.inf

    def set_within(self, seconds: float) -> None:
        """Let all waiting end in ``seconds`` seconds, or earlier if an earlier end was set before."""
        self._at = min(self._at, time.monotonic() + seconds)

    def left(self, most: float) -> float:
        """How many seconds a thread may wait from now, at most ``most``."""
        return max(0.0, min(most, self._at - time.monotonic()))


class FifoLock:
    """A lock that is given to threads in the order of their requests; a thread other than the owner may release it.

    SQLite lets one connection write at a time, and the others poll. Under load a polling writer may never get its turn; with this lock only
    the first waiting thread waits for SQLite's lock. ``take`` takes the lock without a Python function call, and may only be called
    while ``waiting`` is empty.
    """

    def __init__(self, deadline: WaitDeadline | None = None, *, user: str = "a writer") -> None:
        """``user`` names the owner of the lock, for the error of ``held``."""
        self._deadline = deadline or WaitDeadline()
        self._user = user
        self._guard = Lock()
        self.waiting: deque[Lock] = deque()
        lock = Lock()
        self.take, self.release, self.locked = lock.acquire, lock.release, lock.locked

    def try_acquire(self) -> bool:
        """Take the lock if it is free and no thread waits for it; returns whether it was taken."""
        return not self.waiting and self.take(blocking=False)

    def acquire(self, *, timeout: float) -> bool:
        """Wait for the lock, at most ``timeout`` seconds and until the common deadline; returns whether it was taken."""
        mine = Lock()  # a waiting thread's own lock, released when the thread becomes the first
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
        """A block that holds the lock. Raises UnavailableError when another thread has it for longer than ``timeout`` seconds."""
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
