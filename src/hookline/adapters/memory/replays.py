"""Stores replays in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.adapters.memory.event_store import is_live, place_of, reopen
from hookline.ports.replays import ReplayState, Selected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.memory.state import KeptEvent, MemoryState
    from hookline.domain.replay import ReplayMark
    from hookline.ports.event_store import EventFilter
    from hookline.ports.replays import ReplayRecord

__all__ = ["MemoryReplays"]


class MemoryReplays:
    """Replays over a shared state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._records: dict[str, ReplayRecord] = {}

    def save(self, replay: ReplayRecord) -> None:
        """Store the record."""
        with self._state.writing():
            self._records[replay.id] = replay

    def get(self, replay_id: str) -> ReplayRecord | None:
        """The record of this id."""
        with self._state.locked():
            return self._records.get(replay_id)

    def unfinished(self) -> list[ReplayRecord]:
        """The replays that run or were killed, the newest first."""
        with self._state.locked():
            running = [one for one in self._records.values() if one.state is ReplayState.RUNNING]
        return sorted(running, key=lambda one: (one.begun_at, one.id), reverse=True)

    def select(
        self, wanted: EventFilter, *, limit: int, after: str | None = None, replay_id: str | None = None
    ) -> Selected:
        """Read the next ``limit`` events in the order of receipt; returns those that ``wanted`` selects."""
        with self._state.locked():
            live = [kept for kept in self._state.events.values() if is_live(self._state, kept)]
        live.sort(key=place_of)
        looked_at = [kept for kept in live if after is None or _cursor(kept) > after][:limit]
        found = [replace(kept.stored, set_aside=()) for kept in looked_at if _is_meant(kept, wanted, replay_id)]
        return Selected(events=found, cursor=_cursor(looked_at[-1]) if len(looked_at) == limit else None)

    def reopen(self, event_ids: Sequence[str], mark: ReplayMark) -> list[bool]:
        """Reopen the events that this replay has not reopened before."""
        with self._state.writing():
            return [self._reopen(event_id, mark) for event_id in event_ids]

    def _reopen(self, event_id: str, mark: ReplayMark) -> bool:
        kept = self._state.events.get(event_id)
        if kept is not None and is_live(self._state, kept) and kept.stored.replay == mark:
            return True
        return reopen(self._state, event_id, mark)


def _is_meant(kept: KeptEvent, wanted: EventFilter, replay_id: str | None) -> bool:
    mark = kept.stored.replay
    is_its_own = replay_id is not None and mark is not None and mark.id == replay_id
    return (replace(wanted, status=None) if is_its_own else wanted).takes(kept.stored.event)


def _cursor(kept: KeptEvent) -> str:
    """The event's place as text that sorts in the order of the places."""
    received_at, number = place_of(kept)
    return f"{received_at:%Y%m%d%H%M%S%f} {number:020}"
