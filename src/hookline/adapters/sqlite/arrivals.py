"""Registers the consumers of this process that wait for messages, and wakes them."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Arrivals"]


class Arrivals:
    """The callbacks to call when messages arrive on a queue, by the queue's id.

    ``awaited`` is empty while no consumer waits. Writers check it first, so that a commit without waiting consumers is not slowed down.
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
        """Call the callbacks of these queues: their messages are committed and visible now."""
        if not self.awaited:
            return
        for queue in set(queues):
            for arrived in self.awaited.get(queue, ()):
                arrived()
