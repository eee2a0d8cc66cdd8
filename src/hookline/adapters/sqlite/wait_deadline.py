"""When waiting for others ends for everybody, because the server stops."""

from __future__ import annotations

import math
import time

__all__ = ["WaitDeadline"]


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
