"""The time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Clock"]


class Clock(Protocol):
    """The time of day, aware and in UTC."""

    def now(self) -> datetime:
        """The time of day, which may step back when someone sets the clock. For what senders sign and people read."""
        ...

    def steady(self) -> datetime:
        """A time that starts from the time of day and never steps back while the process lives. For leases."""
        ...

    def expiry(self) -> datetime:
        """The time by which stored things expire: the steady time, or an earlier one while the clock is in doubt."""
        ...

    @property
    def held_at(self) -> datetime | None:
        """Where the time of expiry is held, None while the clock is believed."""
        ...

    def hold(self, at: datetime | None) -> None:
        """Let the time of expiry go on from ``at`` instead, or believe the clock (None)."""
        ...
