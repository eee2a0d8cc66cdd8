"""The time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Clock"]


class Clock(Protocol):
    """The time of day, aware and in UTC."""

    def now(self) -> datetime:
        """The time of day, which goes backwards when someone sets the clock back. For times that senders sign and people read."""
        ...

    def steady(self) -> datetime:
        """A time that starts from the time of day and never goes backwards while the process lives. For leases."""
        ...

    def expiry(self) -> datetime:
        """The time by which stored things expire: the steady time, or an earlier one while the clock is in doubt."""
        ...

    @property
    def held_at(self) -> datetime | None:
        """The held time of expiry; None while the clock is trusted."""
        ...

    def hold(self, at: datetime | None) -> None:
        """Count the time of expiry from ``at`` on instead of by the clock; None trusts the clock again."""
        ...
