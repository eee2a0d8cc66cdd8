"""The common deadline of all steps of a stop: containers are killed ten seconds after SIGTERM."""

from __future__ import annotations

import math
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Shutdown"]

_ANSWER_SHARE = 0.75
"""The part of the time in which steps may wait for a lock or the disk: the rest is for senders to read their answers."""

_LEAST = 0.1
"""Seconds that each step has at least: a step without a wait takes less."""


class Shutdown:
    """The time by which a stop has to end. Only the main thread begins the stop; any thread may read it."""

    def __init__(self, timeout: float) -> None:
        """``timeout`` is the time of the whole stop, in seconds."""
        self._timeout = timeout
        self._ends = math.inf
        self._listeners: list[Callable[[float], None]] = []

    def on_begin(self, listener: Callable[[float], None]) -> None:
        """Call ``listener`` at the beginning of the stop, or now if it has begun, with the seconds that it may still wait."""
        self._listeners.append(listener)
        if self._ends < math.inf:
            listener(self.left(_ANSWER_SHARE * self._timeout))

    def begin(self) -> None:
        """Begin the stop. Only the first call has an effect."""
        if self._ends < math.inf:
            return
        self._ends = monotonic() + self._timeout
        for listener in self._listeners:
            listener(_ANSWER_SHARE * self._timeout)

    def left(self, most: float) -> float:
        """How many seconds the next step may take, at most ``most``."""
        return max(_LEAST, min(most, self._ends - monotonic()))
