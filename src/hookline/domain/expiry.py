"""The time by which stored things expire, which can be held while the clock is in doubt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Holdable"]


class Holdable(ABC):
    """What every local clock adds to its steady time: another time of expiry, for as long as the clock is not believed."""

    _held: tuple[datetime, datetime] | None = None
    """Where the time of expiry was held, and the steady time at that moment."""

    @abstractmethod
    def steady(self) -> datetime:
        """The time that never steps back."""

    @property
    def held_at(self) -> datetime | None:
        """Where the time of expiry is held, None while the clock is believed."""
        return None if self._held is None else self._held[0]

    def hold(self, at: datetime | None) -> None:
        """Let the time of expiry go on from ``at`` instead, or believe the clock (None)."""
        self._held = None if at is None else (at, self.steady())

    def expiry(self) -> datetime:
        """The time by which stored things expire: where it is held, what has passed since is added."""
        steady, held = self.steady(), self._held
        return steady if held is None else held[0] + (steady - held[1])
