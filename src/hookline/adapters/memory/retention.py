"""Removes expired events, claims and messages from memory."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hookline.adapters.memory.state import MemoryState, StandingQueue

__all__ = ["MemoryRetention"]


class MemoryRetention:
    """Retention over a shared state, by the steady time."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def expire_events(self, *, limit: int) -> int:
        """Remove expired delivered events, the longest expired first, unless a message made from them is still on a queue.

        A message that was sent as text does not belong to an event.
        """
        with self._state.writing():
            now = self._state.clock.expiry()
            standing = self._state.events_on_queues()
            expired: list[tuple[datetime, str]] = []
            for event_id, kept in self._state.events.items():
                expires_at = kept.stored.expires_at
                if expires_at is not None and expires_at <= now and kept.number not in standing:
                    expired.append((expires_at, event_id))
            expired.sort(key=lambda pair: pair[0])
            for _, event_id in expired[:limit]:
                del self._state.events[event_id]
            return len(expired[:limit])

    def expire_claims(self, *, limit: int) -> int:
        """Remove expired claims, the longest expired first."""
        with self._state.writing():
            now = self._state.clock.expiry()
            over = sorted((kept.until, key) for key, kept in self._state.claims.items() if kept.until <= now)
            for _, key in over[:limit]:
                del self._state.claims[key]
            return len(over[:limit])

    def expire_messages(self, *, limit: int) -> int:
        """Remove messages that were on their queue for its retention, queue by queue; other methods ignore them even before."""
        with self._state.writing():
            now = self._state.clock.expiry()
            queues = self._state.queues.values()
            over = (
                (queue, id_)
                for queue in queues
                for id_ in sorted(queue.messages)
                if queue.is_over(queue.messages[id_], now)
            )
            removed = list(islice(over, limit))
            _forget_known(queues, self._state.clock.steady())
            for queue, id_ in removed:
                del queue.messages[id_]
            return len(removed)


def _forget_known(queues: Iterable[StandingQueue], now: datetime) -> None:
    """Forget the deduplication ids of more than five minutes ago."""
    for queue in queues:
        for key in [key for key, known in queue.known.items() if known.until <= now]:
            del queue.known[key]
