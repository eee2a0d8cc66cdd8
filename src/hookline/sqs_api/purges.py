"""Limits how often a queue may be purged."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Purges"]

_EVERY = 60.0  # seconds, as on SQS


class Purges:
    """Allows one purge of a queue a minute, so that a repeated call does not delete messages that were sent since."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        """``now`` is a time in seconds that never steps back."""
        self._now = now
        self._last: dict[str, float] = {}
        self._guard = Lock()

    def begin(self, queue: str) -> bool:
        """Whether this purge may begin."""
        now = self._now()
        with self._guard:
            last = self._last.get(queue)
            if last is not None and now - last < _EVERY:
                return False
            self._last[queue] = now
            return True

    def undo(self, queue: str) -> None:
        """Note that this purge has failed, so that it does not count."""
        with self._guard:
            self._last.pop(queue, None)
