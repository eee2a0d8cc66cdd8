"""Clocks of the local machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from threading import Lock

from hookline.domain.expiry import Holdable

__all__ = ["FreezableClock", "SystemClock"]

_RUNNING = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""A clock that also counts the time in which the machine is suspended, where the platform has one (clock_gettime(2))."""


class FreezableClock:
    """The clocks of a process that is frozen between two invocations, as a Lambda function is.

    The monotonic clock of such a process may stop while it is frozen, for hours: a secret that is cached for five minutes would
    be used all day. So the steady time is the time of day, which the platform keeps correct, without its steps back.
    """

    def __init__(self) -> None:
        self._latest = datetime.now(UTC)
        self._lock = Lock()

    def forget(self) -> None:
        """Use the current time of day, whatever it was when this process was saved on another machine."""
        with self._lock:
            self._latest = datetime.now(UTC)

    def now(self) -> datetime:
        """The time of day."""
        return datetime.now(UTC)

    def steady(self) -> datetime:
        """The time of day, or the latest earlier value if the clock stepped back."""
        with self._lock:
            self._latest = max(self._latest, datetime.now(UTC))
            return self._latest

    @property
    def held_at(self) -> datetime | None:
        """False: the platform keeps this clock correct, so that it is never held."""
        return None

    def hold(self, at: datetime | None) -> None:
        """Do nothing: items on AWS expire by the services' own clocks."""

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
        """The time of day at the start plus the time that has passed since."""
        return self._started_at + timedelta(microseconds=(time.clock_gettime_ns(_RUNNING) - self._started_ns) // 1000)

    def expiry(self) -> datetime:
        """As in the base class, but faster while the clock is trusted, because it is called for each stored event."""
        return self.steady() if self._held is None else super().expiry()
