"""The time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Clock"]


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The time of day, which may step back when someone sets the clock. For what senders sign and people read."""
        ...

    def steady(self) -> datetime:
        """A time that starts from the time of day and never steps back while the process lives. For leases and retention."""
        ...
