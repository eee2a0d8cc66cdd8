"""Who waits for messages in this process, and wants to know when some come."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Arrivals"]


class Arrivals:
    """Calls to make when messages have come to a queue, by the queue's id.

    ``awaited`` is empty while nobody waits: a writer looks at it first, so that a commit for nobody costs nothing more.
    """

    def __init__(self) -> None:
        self.awaited: dict[int, list[Callable[[], None]]] = {}
        self._guard = Lock()

    @contextmanager
    def watching(self, queue: int, arrived: Callable[[], None]) -> Iterator[None]:
        """Call ``arrived`` at each arrival until the block ends."""
        with self._guard:
            self.awaited[queue] = [*self.awaited.get(queue, ()), arrived]
        try:
            yield
        finally:
            with self._guard:
                left = [one for one in self.awaited[queue] if one is not arrived]
                if left:
                    self.awaited[queue] = left
                else:
                    del self.awaited[queue]

    def at(self, queues: Iterable[int]) -> None:
        """Messages on these queues are visible now: what put them there has been committed."""
        if not self.awaited:
            return
        for queue in set(queues):
            for arrived in self.awaited.get(queue, ()):
                arrived()
