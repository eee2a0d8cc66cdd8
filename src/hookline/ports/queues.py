"""Queues with the semantics of SQS standard queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from hookline.domain.message import Delivery, Message

__all__ = ["Depth", "Movable", "MovableQueues", "PeekableQueues", "Queues"]


@record
class Depth:
    """How many messages wait, and how many are in consumers' hands.

    ``oldest_age`` is the oldest's age in seconds: None for an empty queue, and where the backend cannot tell.
    """

    visible: int
    in_flight: int
    oldest_age: float | None = None


@record
class Movable:
    """Messages of a queue that can be moved to another one now, that are in consumers' hands, and that the other would remove at once."""

    ready: int
    in_flight: int
    too_old: int


class Queues(Protocol):
    """Named queues, dead-letter queues among them. Every method raises NotFoundError for a queue that was never declared.

    A queue that is no longer declared can be emptied by every method; only ``send`` raises NotFoundError for it.
    """

    def send(self, queue: str, messages: Sequence[Message]) -> list[str]:
        """Put messages on ``queue``, durable when this returns; their message ids, in order."""
        ...

    def receive(
        self,
        queue: str,
        *,
        max_messages: int = 1,
        visibility_timeout: timedelta | None = None,
        wait: timedelta | None = None,
    ) -> list[Delivery]:
        """Take up to ``max_messages`` that nobody else will see until ``visibility_timeout`` (the queue's own by default) has passed.

        Waits up to ``wait`` for the first one. A message that was received ``max_receives`` times goes to the dead-letter queue instead.
        """
        ...

    def delete(self, queue: str, receipts: Sequence[str]) -> list[bool]:
        """Remove what was consumed; False for a receipt that is unknown or that a later receive has replaced."""
        ...

    def extend(self, queue: str, receipts: Sequence[str], *, visibility_timeout: timedelta) -> list[bool]:
        """Make messages in flight visible again after ``visibility_timeout`` from now (zero: at once); False as in ``delete``."""
        ...

    def failed(self, queue: str, receipt: str, *, reason: str) -> bool:
        """Note why a message in a consumer's hands could not be processed: it goes along to the dead-letter queue, for a person to see.

        Only the last reason is kept. False as in ``delete``, and where the backend has no place for it, as SQS has none.
        """
        ...

    def depth(self, queue: str) -> Depth:
        """How many messages stand on ``queue``, as exactly as the backend knows."""
        ...


class PeekableQueues(Queues, Protocol):
    """Queues that a person may look at. SQS has no such thing: a look there is a receive."""

    def peek(self, queue: str, *, limit: int = 10) -> list[Delivery]:
        """The oldest messages, visible or in flight, without receiving them; their receipts are empty."""
        ...


class MovableQueues(PeekableQueues, Protocol):
    """Queues whose messages can be moved to a declared queue. A moved message keeps its id and age, and counts its receives anew."""

    def movable(self, queue: str, to: str) -> Movable:
        """What ``move`` would do now."""
        ...

    def move(self, queue: str, to: str, *, limit: int) -> int:
        """Move up to ``limit`` messages, durable when this returns; how many went. What is in flight or too old for ``to`` stays."""
        ...
