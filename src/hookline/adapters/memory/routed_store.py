"""Stores events together with their messages, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.memory.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.memory.state import MemoryState
    from hookline.domain.event import Outcome
    from hookline.domain.route import RoutedEvent

__all__ = ["MemoryBatch", "MemoryRoutedStore"]


class MemoryBatch:
    """Staged events, which are invisible until ``commit``. The batch holds the writers' turn until it ends."""

    def __init__(self, state: MemoryState, draft: Draft, outcomes: Sequence[Outcome]) -> None:
        self._state = state
        self._draft = draft
        self.outcomes = outcomes

    def commit(self) -> None:
        """Make the events visible to all readers."""
        with self._state.locked():
            self._draft.apply()
        self._state.end()

    def rollback(self) -> None:
        """Discard the events."""
        self._state.end()


class MemoryRoutedStore:
    """RoutedStore over a shared state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def stage(self, routed: Sequence[RoutedEvent], *, wait: bool = True) -> MemoryBatch | None:
        """Decide the outcome of each event, add one message for each of its queues, and keep the writers' turn.

        An event without queues and with status ``received`` waits in the outbox from its ``received_at`` on, due immediately. An
        undeclared queue raises NotFoundError, and then nothing is staged.
        """
        if not self._state.begin(wait=wait):
            return None
        try:
            with self._state.locked():
                draft = Draft(self._state)
                outcomes = [draft.store(item) for item in routed]
                draft.write_messages()
        except BaseException:
            self._state.end()
            raise
        return MemoryBatch(self._state, draft, outcomes)
