"""Finds and delivers waiting events in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.adapters.memory.draft import Draft
from hookline.domain.event import Status
from hookline.domain.fetch import FETCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from hookline.adapters.memory.state import KeptEvent, MemoryState
    from hookline.domain.route import RoutedEvent
    from hookline.ports.event_store import Attempt, StoredEvent

__all__ = ["MemoryOutbox"]


class MemoryOutbox:
    """Outbox over a shared state.

    Only events in status ``received`` are changed: an event that another caller delivered or failed in the meantime stays as it is.
    """

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def pending(self, *, received_before: datetime, due_at: datetime, limit: int) -> list[StoredEvent]:
        """Events that have waited since before ``received_before``, the longest first; those of the same microsecond in stored order.

        Second bodies are left out.
        """
        with self._state.locked():
            found = [
                (since, stored)
                for since, stored in self._waiting()
                if since < received_before and _is_due(stored.attempt, due_at)
            ]
        found.sort(key=lambda pair: pair[0])
        return [replace(stored, set_aside=()) for _, stored in found[:limit]]

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """Put messages on queues, mark the events, and let them expire after their retention: all of this or nothing.

        An event that no longer waits gets no message. An undeclared queue raises NotFoundError.
        """
        with self._state.writing():
            draft = Draft(self._state)
            for item in routed:
                draft.deliver(item)
            draft.apply()

    def defer(self, event_id: str, *, until: datetime, reason: str) -> None:
        """Count a failed attempt; the event is not due before ``until``."""
        self._count_attempt(event_id, Status.RECEIVED, next_at=until, reason=reason)

    def fail(self, event_id: str, *, reason: str) -> None:
        """Set the event to failed and count the attempt."""
        self._count_attempt(event_id, Status.FAILED, next_at=None, reason=reason)

    def awaiting(self, *, due_at: datetime, limit: int) -> list[StoredEvent]:
        """The events in the order in which they are due; before each, those that have waited longer for the same record."""
        with self._state.locked():
            waiting = sorted(self._awaiting(), key=lambda kept: (kept.stored.event.received_at, kept.number))
        due = sorted((kept for kept in waiting if _is_due(kept.stored.attempt, due_at)), key=_due_order)
        found: dict[str, StoredEvent] = {}
        for kept in due[:limit]:
            for earlier in waiting[: waiting.index(kept) + 1]:
                if _wanted(earlier) == _wanted(kept):
                    found.setdefault(earlier.stored.event.id, replace(earlier.stored, set_aside=()))
        return list(found.values())

    def postpone(self, stored: StoredEvent, *, until: datetime, reason: str | None = None) -> None:
        """Let the event's record be fetched at ``until``; with a ``reason`` the attempt is counted."""
        with self._state.writing():
            kept = self._state.events.get(stored.event.id)
            if kept is None or kept.stored.event.status is not Status.RECEIVED or kept.stored.event.held:
                return
            attempt = replace(
                kept.stored.attempt,
                since=stored.attempt.since,
                count=kept.stored.attempt.count + (reason is not None),
                next_at=until,
                reason=reason or kept.stored.attempt.reason,
            )
            waiting = replace(kept.stored, attempt=attempt)
            self._state.events[stored.event.id] = replace(kept, stored=waiting, awaits=True)

    def oldest(self) -> datetime | None:
        """When the event that has waited longest entered the outbox, due or not; None when no event waits."""
        with self._state.locked():
            return min((since for since, _ in self._waiting()), default=None)

    def _awaiting(self) -> Iterator[KeptEvent]:
        return (kept for kept in self._state.events.values() if kept.awaits)

    def _waiting(self) -> Iterator[tuple[datetime, StoredEvent]]:
        for kept in self._state.events.values():
            since = kept.stored.attempt.since
            if (
                kept.stored.event.status is Status.RECEIVED
                and since is not None
                and not (kept.stored.event.held or kept.awaits)
            ):
                yield since, kept.stored

    def _count_attempt(self, event_id: str, status: Status, *, next_at: datetime | None, reason: str) -> None:
        with self._state.writing():
            kept = self._state.events.get(event_id)
            if kept is None or kept.stored.event.status is not Status.RECEIVED:
                return
            stored = kept.stored
            attempt = replace(stored.attempt, count=stored.attempt.count + 1, next_at=next_at, reason=reason)
            event = replace(stored.event, status=status)
            changed = replace(stored, event=event, attempt=attempt)
            self._state.events[event_id] = replace(
                kept, stored=changed, awaits=kept.awaits and status is Status.RECEIVED
            )


def _is_due(attempt: Attempt, due_at: datetime) -> bool:
    return attempt.next_at is None or attempt.next_at <= due_at


def _due_order(kept: KeptEvent) -> tuple[datetime, int]:
    return kept.stored.attempt.next_at or kept.stored.event.received_at, kept.number


def _wanted(kept: KeptEvent) -> tuple[str, str]:
    return kept.stored.event.source, kept.stored.event.metadata[FETCH]
