"""A clock that moves only when a test moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

__all__ = ["MemoryClock"]


class MemoryClock:
    """A clock for tests: both its times begin at ``start``, which is aware and in UTC."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._steady = start
        self._held: tuple[datetime, datetime] | None = None

    def now(self) -> datetime:
        """The time of day."""
        return self._now

    def steady(self) -> datetime:
        """The time that never steps back."""
        return self._steady

    def advance(self, duration: timedelta) -> None:
        """Let time pass."""
        self._now += duration
        self._steady += duration

    def step_back(self, duration: timedelta) -> None:
        """Set the time of day back, as an operator or a time server may; the steady time does not notice."""
        self._now -= duration

    @property
    def held_at(self) -> datetime | None:
        """Where the time of expiry is held, None while the clock is believed."""
        return None if self._held is None else self._held[0]

    def hold(self, at: datetime | None) -> None:
        """Let the time of expiry go on from ``at`` instead, or believe the clock (None)."""
        self._held = None if at is None else (at, self.steady())

    def expiry(self) -> datetime:
        """The time by which stored things expire: where it is held, what has passed since is added."""
        steady = self.steady()
        if self._held is None:
            return steady
        at, since = self._held
        return at + (steady - since)
