"""Removing what has been kept long enough."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Retention"]


class Retention(Protocol):
    """Removes what has expired, in bounded steps. Events that are not delivered never expire."""

    def expire_events(self, *, limit: int) -> int:
        """Remove up to ``limit`` delivered events past their time and off every queue; how many went."""
        ...

    def expire_claims(self, *, limit: int) -> int:
        """Remove up to ``limit`` claims whose time is over; how many went."""
        ...

    def expire_messages(self, *, limit: int) -> int:
        """Remove up to ``limit`` messages that stood on their queues longer than the queues' retention; how many went."""
        ...
