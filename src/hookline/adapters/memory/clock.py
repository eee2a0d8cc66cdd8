"""A clock that moves only when a test moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.expiry import Holdable

if TYPE_CHECKING:
    from datetime import datetime, timedelta

__all__ = ["MemoryClock"]


class MemoryClock(Holdable):
    """A clock for tests: both its times begin at ``start``, which is aware and in UTC."""

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._steady = start

    def now(self) -> datetime:
        """The time of day."""
        return self._now

    def steady(self) -> datetime:
        """The steady time, which never steps back."""
        return self._steady

    def advance(self, duration: timedelta) -> None:
        """Move both times forward."""
        self._now += duration
        self._steady += duration

    def step_back(self, duration: timedelta) -> None:
        """Set the time of day back, as an operator or a time server may; the steady time does not change."""
        self._now -= duration
