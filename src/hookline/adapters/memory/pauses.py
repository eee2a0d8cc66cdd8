"""Stores the pauses of queues and sources in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.domain.pause import Paused

if TYPE_CHECKING:
    from hookline.adapters.memory.state import MemoryState
    from hookline.domain.pause import Pause

__all__ = ["MemoryPauses"]


class MemoryPauses:
    """Pauses over a shared state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def put(self, pause: Pause) -> None:
        """Store the pause."""
        if pause.kind is Paused.QUEUE:
            self._state.queue(pause.name)
        with self._state.writing():
            self._state.pauses[pause.kind, pause.name] = pause

    def remove(self, kind: Paused, name: str) -> bool:
        """Remove the pause."""
        with self._state.writing():
            return self._state.pauses.pop((kind, name), None) is not None

    def all(self) -> list[Pause]:
        """All pauses, queues first, by name."""
        with self._state.locked():
            return [self._state.pauses[key] for key in sorted(self._state.pauses)]
