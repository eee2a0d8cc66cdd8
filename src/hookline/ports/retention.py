"""Removing items at the end of their retention."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Retention"]


class Retention(Protocol):
    """Removes expired items, in limited steps. Events that are not delivered never expire."""

    def expire_events(self, *, limit: int) -> int:
        """Remove up to ``limit`` delivered events that are past their time and on no queue; returns how many were removed."""
        ...

    def expire_claims(self, *, limit: int) -> int:
        """Remove up to ``limit`` expired claims; returns how many were removed."""
        ...

    def expire_messages(self, *, limit: int) -> int:
        """Remove up to ``limit`` messages that were on their queues longer than the queues' retention; returns how many were removed."""
        ...
