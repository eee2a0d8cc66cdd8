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
    """How many dead letters were removed, after a look at how many; ``stopped`` when more were there than may be looked at."""

    removed: int
    looked_at: int
    stopped: bool = False


class LettersInHand(Protocol):
    """The letters that stood on one dead-letter queue when it was opened. Those that come later are not among them."""

    @property
    def count(self) -> int:
        """How many there were, as exactly as the backend knows."""
        ...

    @property
    def unseen(self) -> int:
        """How many of them ``next`` could not give so far, because others of their groups stand before them; 0 where it gives them all."""
        ...

    def next(self, limit: int) -> Sequence[Delivery]:
        """Up to ``limit`` of them, each once, the oldest first where the backend can tell; none when all were looked at.

        Those in a consumer's hands are left out.
        """
        ...

    def put_back(self, letters: Sequence[Delivery]) -> int:
        """Send letters that ``next`` gave to the queue that they come from, and remove them here; durable when this returns, how many.

        A letter that somebody else has taken or removed meanwhile is left out. There it is a new message, never received, and no other
        queue of its event is touched. Killed anywhere, a letter is on one of the two queues or, where the backend cannot do both as one,
        on both. Raises NotFoundError where that queue takes no messages.
        """
        ...


class DeadLetters(Protocol):
    """The dead-letter queues of one home. ``queue`` is the name of one; NotFoundError for any other."""

    def opened(self, queue: str) -> AbstractContextManager[LettersInHand]:
        """A block in which letters can be looked through. What was not put back stands on the queue again when it ends."""
        ...

    def remove(self, queue: str, event_ids: Collection[str], *, most: int) -> Removed:
        """Remove the letters of these events, looking at no more than ``most`` letters where the backend must look at each."""
        ...
