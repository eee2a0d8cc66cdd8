"""Stores events in memory."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from hookline.adapters.memory.draft import Draft
from hookline.domain.erasure import is_erased
from hookline.domain.event import Status
from hookline.domain.route import RoutedEvent
from hookline.ports.event_store import Attempt, SecretUse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.adapters.memory.state import KeptEvent, MemoryState
    from hookline.domain.event import Event, Outcome
    from hookline.domain.replay import ReplayMark
    from hookline.ports.event_store import EventFilter, StoredEvent

__all__ = ["MemoryEventStore", "is_live", "place_of", "reopen"]


class MemoryEventStore:
    """EventStore over a shared state.

    Every method treats an expired event as unknown, with one exception: while a message of it is still on a queue,
    the event is known to ``add``, so that its message is not put on the queue a second time.
    """

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def add(self, events: Sequence[Event]) -> list[Outcome]:
        """Store each event unless its id is known; an expired event without messages on queues is replaced.

        At most ten different second bodies are stored per event; every conflict is counted. A ``received`` event waits from its
        ``received_at`` on, and is due immediately.
        """
        with self._state.writing():
            draft = Draft(self._state)
            outcomes = [draft.store(RoutedEvent(event=event, queues=(), status=event.status)) for event in events]
            draft.apply()
            return outcomes

    def get(self, event_id: str) -> StoredEvent | None:
        """The event with its second bodies, oldest first."""
        with self._state.locked():
            kept = self._state.events.get(event_id)
            return kept.stored if kept is not None and is_live(self._state, kept) else None

    def find(self, wanted: EventFilter, *, limit: int, before: str | None = None) -> list[StoredEvent]:
        """The events that were received last first, without their second bodies.

        If the event ``before`` is unknown, the list is empty.
        """
        with self._state.locked():
            last = None if before is None else self._state.events.get(before)
            if before is not None and last is None:
                return []
            found = [
                kept
                for kept in self._state.events.values()
                if is_live(self._state, kept) and wanted.takes(kept.stored.event)
            ]
        found.sort(key=place_of, reverse=True)
        older = (kept.stored for kept in found if last is None or place_of(kept) < place_of(last))
        return [replace(stored, set_aside=()) for stored in islice(older, limit)]

    def reopen(self, event_id: str, mark: ReplayMark | None = None) -> bool:
        """Set an event of any status back to ``received``: it waits from now on, is due immediately, and no longer expires."""
        with self._state.writing():
            return reopen(self._state, event_id, mark)

    def count(self) -> dict[Status, int]:
        """How many events each status has, 0 included."""
        counts = dict.fromkeys(Status, 0)
        with self._state.locked():
            for kept in self._state.events.values():
                counts[kept.stored.event.status] += is_live(self._state, kept)
        return counts

    def secret_uses(self) -> list[SecretUse]:
        """The uses of each secret, by source and the secret's name."""
        received: dict[tuple[str, str], list[datetime]] = {}
        with self._state.locked():
            for kept in self._state.events.values():
                event = kept.stored.event
                if is_live(self._state, kept) and "secret" in event.metadata:
                    received.setdefault((event.source, event.metadata["secret"]), []).append(event.received_at)
        return [
            SecretUse(source=source, secret=secret, events=len(moments), last_received_at=max(moments))
            for (source, secret), moments in sorted(received.items())
        ]


def is_live(state: MemoryState, kept: KeptEvent) -> bool:
    """Whether the event has not expired."""
    expires_at = kept.stored.expires_at
    return expires_at is None or expires_at > state.clock.expiry()


def place_of(kept: KeptEvent) -> tuple[datetime, int]:
    """The sort key of the event: by time of receipt, and then in the order in which events were stored."""
    return kept.stored.event.received_at, kept.number


def reopen(state: MemoryState, event_id: str, mark: ReplayMark | None) -> bool:
    """Put the event back in the outbox; False when it is unknown or erased. The caller must hold the writers' turn."""
    kept = state.events.get(event_id)
    if kept is None or not is_live(state, kept) or is_erased(kept.stored.event):
        return False
    stored = replace(
        kept.stored,
        event=replace(kept.stored.event, status=Status.RECEIVED, held=False),
        attempt=Attempt(since=state.clock.steady()),
        expires_at=None,
        replay=mark,
    )
    state.events[event_id] = replace(kept, stored=stored, awaits=False)
    return True
