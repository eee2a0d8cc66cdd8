"""The machine's clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock

from hookline.domain.expiry import Holdable

__all__ = ["FreezableClock", "SystemClock"]

_RUNNING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Counts on through a suspended machine, where the platform can tell (clock_gettime(2))."""


class FreezableClock:
    """The clocks of a process that is frozen between two pieces of work, as a Lambda function is.

    A clock of such a process may stop meanwhile, for hours: a secret that was to be kept for five minutes would be
    good all day. So its steady time is the time of day, which the platform keeps right, but for steps back.
    """

    def __init__(self) -> None:
        self._latest = datetime.now(UTC)
        self._lock = Lock()

    def forget(self) -> None:
        """Believe the time of day of now, whatever it was when this process was saved on another machine."""
        with self._lock:
            self._latest = datetime.now(UTC)

    def now(self) -> datetime:
        """The time of day."""
        return datetime.now(UTC)

    def steady(self) -> datetime:
        """The time of day, or the latest that it has been."""
        with self._lock:
            self._latest = max(self._latest, datetime.now(UTC))
            return self._latest

    @property
    def held_at(self) -> datetime | None:
        """Never held: the platform keeps this clock right."""
        return None

    def hold(self, at: datetime | None) -> None:
        """Nothing to hold: what is stored on AWS expires by the services' own clocks."""

    def expiry(self) -> datetime:
        """The steady time."""
        return self.steady()


class SystemClock(Holdable):
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

    def expiry(self) -> datetime:
        """As every such clock does, but in fewer steps while the clock is believed: each event that is stored asks for it."""
        return self.steady() if self._held is None else super().expiry()
