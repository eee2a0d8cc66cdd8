"""The one deadline that everything shares once the server stops: containers are killed ten seconds after SIGTERM."""

from __future__ import annotations

import math
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Shutdown"]

_ANSWER_SHARE = 0.75
"""The share of the time after which nothing waits for a lock or the disk any more: the rest is for senders to read their answers."""

_LEAST = 0.1
"""Seconds that each step has at least: one that does not wait for anything takes less."""


class Shutdown:
    """When the stop has to be over. Only the main thread begins it, any thread may ask."""

    def __init__(self, timeout: float) -> None:
        """``timeout`` is the whole stop's, in seconds."""
        self._timeout = timeout
        self._ends = math.inf
        self._listeners: list[Callable[[float], None]] = []

    def on_begin(self, listener: Callable[[float], None]) -> None:
        """Have ``listener`` called at the begin, or now if it has begun, with the seconds after which it must not wait any more."""
        self._listeners.append(listener)
        if self._ends < math.inf:
            listener(self.left(_ANSWER_SHARE * self._timeout))

    def begin(self) -> None:
        """The server stops from now on. Only the first call counts."""
        if self._ends < math.inf:
            return
        self._ends = monotonic() + self._timeout
        for listener in self._listeners:
            listener(_ANSWER_SHARE * self._timeout)

    def left(self, most: float) -> float:
        """How many seconds the next step may take, at most ``most``."""
        return max(_LEAST, min(most, self._ends - monotonic()))
