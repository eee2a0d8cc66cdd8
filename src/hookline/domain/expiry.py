"""The time that decides what has expired; it can be held while the clock is in doubt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Holdable"]


class Holdable(ABC):
    """The part that every local clock shares: a second time for expiry, which is used while the clock is not trusted."""

    _held: tuple[datetime, datetime] | None = None
    """The held time of expiry, and the steady time at which it was set."""

    @abstractmethod
    def steady(self) -> datetime:
        """A time that never goes backwards."""

    @property
    def held_at(self) -> datetime | None:
        """The held time of expiry; None while the clock is trusted."""
        return None if self._held is None else self._held[0]

    def hold(self, at: datetime | None) -> None:
        """Count the time of expiry from ``at`` on instead of by the clock; None trusts the clock again."""
        self._held = None if at is None else (at, self.steady())

    def expiry(self) -> datetime:
        """The time by which stored items expire: the steady time, or the held time plus the time that has passed since it was set."""
        steady, held = self.steady(), self._held
        return steady if held is None else held[0] + (steady - held[1])
