"""Counts unrouted and held events and rejected requests in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.event import Status
from hookline.ports.storage_counts import HeldCount, RejectedCount, StoredCounts

if TYPE_CHECKING:
    from hookline.adapters.memory.quarantine import MemoryQuarantine
    from hookline.adapters.memory.state import MemoryState

__all__ = ["MemoryStorageCounts"]


class MemoryStorageCounts:
    """StorageCounts over a shared state and its quarantine."""

    def __init__(self, state: MemoryState, *, quarantine: MemoryQuarantine) -> None:
        self._state = state
        self._quarantine = quarantine

    def counts(self) -> StoredCounts:
        """All counts, taken at the same time."""
        with self._state.locked():
            stored = [kept.stored for kept in self._state.events.values()]
            received = [kept for kept in self._state.events.values() if kept.stored.event.status is Status.RECEIVED]
            waiting = [kept.stored for kept in received if not (kept.stored.event.held or kept.awaits)]
            since = [one.attempt.since or one.event.received_at for one in waiting]
            return StoredCounts(
                waiting=len(waiting),
                waiting_since=min(since, default=None),
                failed=sum(one.event.status is Status.FAILED for one in stored),
                held=self._held(),
                awaiting=self._awaiting(),
                rejected=self._rejected(),
            )

    def _held(self) -> dict[str, HeldCount]:
        found: dict[str, HeldCount] = {}
        for kept in self._state.events.values():
            event = kept.stored.event
            if event.held:
                before = found.get(event.source, HeldCount(events=0, oldest=event.received_at))
                oldest = min(before.oldest, event.received_at)
                found[event.source] = HeldCount(events=before.events + 1, oldest=oldest)
        return found

    def _awaiting(self) -> dict[str, HeldCount]:
        found: dict[str, HeldCount] = {}
        for kept in self._state.events.values():
            event, since = kept.stored.event, kept.stored.attempt.since
            if kept.awaits and since is not None:
                before = found.get(event.source, HeldCount(events=0, oldest=since))
                found[event.source] = HeldCount(events=before.events + 1, oldest=min(before.oldest, since))
        return found

    def _rejected(self) -> dict[str, RejectedCount]:
        found: dict[str, RejectedCount] = {}
        for number in self._quarantine.ids():
            if (kept := self._quarantine.get(number)) is not None:
                one = kept.rejected
                before = found.get(one.source, RejectedCount(requests=0, size=0))
                found[one.source] = RejectedCount(requests=before.requests + 1, size=before.size + one.size)
        return found
