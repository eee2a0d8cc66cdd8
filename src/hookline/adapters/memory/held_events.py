"""Reads and releases held events in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.domain.event import Status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.adapters.memory.state import KeptEvent, MemoryState

__all__ = ["MemoryHeldEvents"]


class MemoryHeldEvents:
    """HeldEvents over a shared state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def count(self, source: str) -> int:
        """How many events of the source are held."""
        with self._state.locked():
            return len(self._held(source))

    def first(self, source: str, *, limit: int) -> list[str]:
        """The first held events, in the order of receipt."""
        with self._state.locked():
            found = sorted(self._held(source), key=lambda kept: (kept.stored.event.received_at, kept.number))
        return [kept.stored.event.id for kept in found[:limit]]

    def oldest(self, source: str) -> datetime | None:
        """When the first held event of the source was received."""
        with self._state.locked():
            return min((kept.stored.event.received_at for kept in self._held(source)), default=None)

    def release(self, event_ids: Sequence[str]) -> list[str]:
        """Move events to the outbox; returns the ids of those that were held."""
        with self._state.writing():
            return [event_id for event_id in event_ids if self._release(event_id)]

    def waiting(self, event_ids: Sequence[str]) -> int:
        """How many of these events are still ``received``."""
        with self._state.locked():
            found = [self._state.events[event_id].stored for event_id in event_ids if event_id in self._state.events]
        return sum(stored.event.status is Status.RECEIVED for stored in found)

    def _release(self, event_id: str) -> bool:
        kept = self._state.events.get(event_id)
        if kept is None or not kept.stored.event.held:
            return False
        attempt = replace(kept.stored.attempt, since=self._state.clock.steady())
        released = replace(kept.stored, event=replace(kept.stored.event, held=False), attempt=attempt)
        self._state.events[event_id] = replace(kept, stored=released)
        return True

    def _held(self, source: str) -> list[KeptEvent]:
        every = self._state.events.values()
        return [kept for kept in every if kept.stored.event.held and kept.stored.event.source == source]
