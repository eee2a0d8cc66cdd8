"""Dead letters for an operator: read them, move them back to their queue, and remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AbstractContextManager

    from hookline.domain.message import Delivery

__all__ = ["DeadLetters", "LettersInHand", "Removed"]


@record
class Removed:
    """How many dead letters were removed, and how many were read; ``stopped`` if there were more than may be read."""

    removed: int
    looked_at: int
    stopped: bool = False


class LettersInHand(Protocol):
    """The letters that were on one dead-letter queue when it was opened. Later letters are not included."""

    @property
    def count(self) -> int:
        """The number of letters, as exactly as the backend knows."""
        ...

    @property
    def unseen(self) -> int:
        """How many letters ``next`` could not return so far, because others of their groups are ahead of them; 0 if it returns them all."""
        ...

    def next(self, limit: int) -> Sequence[Delivery]:
        """Up to ``limit`` letters, each once, the oldest first where the backend knows their age; none when all were returned.

        Letters that a consumer has received are left out.
        """
        ...

    def put_back(self, letters: Sequence[Delivery]) -> int:
        """Send letters from ``next`` to the queue that they come from, remove them here, and return how many; durable when this returns.

        A letter that somebody else has received or removed meanwhile is left out. On its queue, the letter is a new message that was never
        received; no other queue of its event is changed. If the process is killed, a letter is on one of the two queues or, where the
        backend cannot do both steps as one, on both. Raises NotFoundError where that queue accepts no messages.
        """
        ...


class DeadLetters(Protocol):
    """The dead-letter queues of one home. ``queue`` is the name of a dead-letter queue; any other name raises NotFoundError."""

    def opened(self, queue: str) -> AbstractContextManager[LettersInHand]:
        """A block in which the letters can be read. At its end, every letter that was not put back is on the dead-letter queue again."""
        ...

    def remove(self, queue: str, event_ids: Collection[str], *, most: int) -> Removed:
        """Remove the letters of these events; at most ``most`` letters are read where the backend must read each."""
        ...
