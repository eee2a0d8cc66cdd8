"""Lists the queues in memory and their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.memory.queues import MemoryQueues
from hookline.domain.pause import Paused
from hookline.domain.queue import Queue
from hookline.ports.queue_listing import ListedQueue

if TYPE_CHECKING:
    from hookline.adapters.memory.state import MemoryState, StandingQueue

__all__ = ["MemoryQueueListing"]


class MemoryQueueListing:
    """QueueListing over a shared state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._queues = MemoryQueues(state)

    def listed(self) -> list[ListedQueue]:
        """The declared queues, and other queues that have messages."""
        with self._state.locked():
            standing = [one for one in self._state.queues.values() if one.dead_letter is not None]
        found = [self._listed(one, one.dead_letter) for one in standing if one.dead_letter is not None]
        return sorted((one for one in found if one.configured or not one.is_empty), key=lambda one: not one.configured)

    def _listed(self, standing: StandingQueue, dead: StandingQueue) -> ListedQueue:
        queue = Queue(
            name=standing.name,
            max_receives=standing.max_receives,
            visibility_timeout=standing.visibility_timeout,
            retention=standing.retention,
            dead_letter_retention=dead.retention,
            fifo=standing.fifo,
        )
        own, letters = self._queues.depth(queue.name), self._queues.depth(queue.dead_letter_name)
        pauses = self._state.pauses
        return ListedQueue(
            queue=queue,
            own=own,
            dead=letters,
            configured=standing.declared,
            is_paused=(Paused.QUEUE, queue.name) in pauses,
            dead_is_paused=(Paused.QUEUE, queue.dead_letter_name) in pauses,
        )
