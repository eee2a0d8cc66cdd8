"""Handles dead letters in memory."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.adapters.memory.fifo_groups import is_free, place, remember
from hookline.adapters.memory.queues import delivery_of
from hookline.domain.fifo import redriven
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import NotFoundError
from hookline.ports.dead_letters import Removed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from hookline.adapters.memory.state import MemoryState, StandingMessage, StandingQueue
    from hookline.domain.message import Delivery

__all__ = ["MemoryDeadLetters", "MemoryLettersInHand", "send_again"]


class MemoryDeadLetters:
    """DeadLetters over a shared state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    @contextmanager
    def opened(self, queue: str) -> Iterator[MemoryLettersInHand]:
        """The letters at the time of the call."""
        source = _dead_letter_queue(self._state, queue)
        with self._state.locked():
            there = [message.id for message in source.by_age(self._state.clock.expiry())]
        yield MemoryLettersInHand(self._state, source, there)

    def remove(self, queue: str, event_ids: Collection[str], *, most: int) -> Removed:  # noqa: ARG002 -- one search finds all of them
        """Delete the letters of these events."""
        source = _dead_letter_queue(self._state, queue)
        with self._state.writing():
            meant = [one.id for one in source.messages.values() if one.message.event_id in event_ids]
            for id_ in meant:
                del source.messages[id_]
        return Removed(removed=len(meant), looked_at=len(meant))


class MemoryLettersInHand:
    """The letters of one queue, by their ids."""

    def __init__(self, state: MemoryState, queue: StandingQueue, there: Sequence[str]) -> None:
        self._state = state
        self._queue = queue
        self._left = list(there)
        self.count = len(there)

    @property
    def unseen(self) -> int:
        """Always 0: each letter can be read, also behind other messages of its group."""
        return 0

    def next(self, limit: int) -> list[Delivery]:
        """The next letters in the order of arrival that are not in flight."""
        found: list[Delivery] = []
        with self._state.locked():
            while self._left and len(found) < limit:
                message = self._ready(self._left.pop(0))
                if message is not None:
                    found.append(delivery_of(message, self._queue, receipt=""))
        return found

    def put_back(self, letters: Sequence[Delivery]) -> int:
        """Move the letters in one step."""
        target = self._state.declared_queue(self._queue.name.removesuffix(DEAD_LETTER_SUFFIX))
        with self._state.writing():
            ready = [message for one in letters if (message := self._ready(one.message_id)) is not None]
            for message in ready:
                send_again(self._state, message, self._queue, target)
        return len(ready)

    def _ready(self, id_: str) -> StandingMessage | None:
        message, clock = self._queue.messages.get(id_), self._state.clock
        if message is None or self._queue.is_over(message, clock.expiry()):
            return None
        now = clock.steady()
        if self._queue.fifo is not None and not is_free(self._queue, message, now):
            return None
        return message if message.visible_at is None or message.visible_at <= now else None


def send_again(state: MemoryState, message: StandingMessage, source: StandingQueue, target: StandingQueue) -> None:
    """Put the letter on another queue as a new message, on a FIFO queue at the end of its group and with a new deduplication id."""
    del source.messages[message.id]
    fifo = None if target.fifo is None else redriven(place(message.message), message.id)
    renewed = state.standing(replace(message.message, delay=None, fifo=fifo), event=message.event)
    target.messages[renewed.id] = renewed
    if target.fifo is not None:
        remember(target, renewed)


def _dead_letter_queue(state: MemoryState, name: str) -> StandingQueue:
    queue = state.queue(name)
    if queue.dead_letter is not None:
        raise NotFoundError(f"{name} is not a dead-letter queue")
    return queue
