"""Lists the queues of the file and their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.adapters.sqlite.queues import SqliteQueues
from hookline.ports.queue_listing import ListedQueue

if TYPE_CHECKING:
    from hookline.adapters.sqlite.database import Database
    from hookline.domain.queue import Queue

__all__ = ["SqliteQueueListing"]


class SqliteQueueListing:
    """QueueListing over one database."""

    def __init__(self, database: Database) -> None:
        self._table = database.queues
        self._queues = SqliteQueues(database)
        self._paused = database.paused_queues
        self._removed = database.removed_messages

    def listed(self) -> list[ListedQueue]:
        """The declared queues, and other queues that have messages."""
        old = [self._listed(queue, configured=False) for queue in self._table.settings(declared=False)]
        declared = [self._listed(queue, configured=True) for queue in self._table.settings()]
        return declared + [one for one in old if not one.is_empty]

    def _listed(self, queue: Queue, *, configured: bool) -> ListedQueue:
        own, dead = self._queues.depth(queue.name), self._queues.depth(queue.dead_letter_name)
        return ListedQueue(
            queue=queue,
            own=own,
            dead=dead,
            configured=configured,
            is_paused=queue.name in self._paused,
            dead_is_paused=queue.dead_letter_name in self._paused,
            removed=self._removed[queue.name] + self._removed[queue.dead_letter_name],
        )
