"""The machine's clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

__all__ = ["SystemClock"]

_RUNNING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts on through a suspended machine, where the platform can tell (clock_gettime(2))."""


class SystemClock:
    """The time of day, and a steady time that was the time of day when this object was made."""

    def __init__(self) -> None:
        self._started_at = datetime.now(UTC)
        self._started_ns = time.clock_gettime_ns(_RUNNING)

    def now(self) -> datetime:
        """The time of day."""
        return datetime.now(UTC)

    def steady(self) -> datetime:
        """The time of day at the start, and what has passed since."""
        return self._started_at + timedelta(microseconds=(time.clock_gettime_ns(_RUNNING) - self._started_ns) // 1000)
