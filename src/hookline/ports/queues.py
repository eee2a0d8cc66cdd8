"""Queues with the semantics of SQS: standard queues, and FIFO queues in high throughput mode."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta

    from hookline.domain.message import Delivery, Message

__all__ = [
    "Depth",
    "Movable",
    "MovableQueues",
    "PeekableQueues",
    "QueueDates",
    "QueueMoves",
    "Queues",
    "ReceiptResult",
    "Sent",
    "WatchableQueues",
]


@record
class Depth:
    """How many messages wait, how many are in consumers' hands, and how many are delayed: sent, and not to be received yet.

    ``oldest_age`` is the oldest's age in seconds: None for an empty queue, and where the backend cannot tell.
    """

    visible: int
    in_flight: int
    oldest_age: float | None = None
    delayed: int = 0


@record
class QueueDates:
    """When a queue was first declared, and when its settings last changed."""

    created_at: datetime
    modified_at: datetime


@record
class Sent:
    """A message that stands on a queue; only on a FIFO queue has it a sequence number."""

    message_id: str
    sequence_number: str | None = None


class ReceiptResult(Enum):
    """What a receipt did."""

    DONE = "done"
    VISIBLE = "visible"
    """Nothing: its message is visible again, and cannot be extended; nor can it be deleted from a FIFO queue."""
    TOO_LONG = "too long"
    """Nothing: its message would be hidden for more than twelve hours after it was received."""
    GONE = "gone"
    """Nothing: its message was deleted, has expired, was moved, or was received again with a new receipt."""
    UNKNOWN = "unknown"
    """Nothing: this queue never gave it out."""


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

    def send(self, queue: str, messages: Sequence[Message]) -> list[Sent]:
        """Put messages on ``queue``, durable when this returns; what each became, in order.

        On a FIFO queue each goes to the end of its group, unless a message of the group was sent with the same deduplication id in the
        last five minutes: then nothing is sent, and the answer is what that message became.
        """
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

        A FIFO queue gives the messages of a group in the order they were sent, as many as fit; while one of a group is in flight, it gives
        no other of that group, and goes on with other groups.
        """
        ...

    def delete(self, queue: str, receipts: Sequence[str]) -> list[ReceiptResult]:
        """Remove what was consumed: DONE, GONE or UNKNOWN for each receipt. SQS answers DONE for GONE.

        On a FIFO queue VISIBLE, and the message stays, when its time was over: the messages behind it may be under way already.
        """
        ...

    def extend(self, queue: str, receipts: Sequence[str], *, visibility_timeout: timedelta) -> list[ReceiptResult]:
        """Make messages in flight visible again after ``visibility_timeout`` from now (zero: at once).

        No message is hidden for more than ``LONGEST_VISIBILITY_TIMEOUT`` after its receive: TOO_LONG.
        """
        ...

    def failed(self, queue: str, receipt: str, *, reason: str) -> bool:
        """Note why a message in a consumer's hands could not be processed: it goes along to the dead-letter queue, for a person to see.

        Only the last reason is kept. False when the message is no longer the consumer's, and where the backend keeps no reason, as SQS.
        """
        ...

    def depth(self, queue: str) -> Depth:
        """How many messages stand on ``queue``, as exactly as the backend knows."""
        ...

    def purge(self, queue: str) -> int | None:
        """Remove every message that stands on ``queue`` now, in flight or not; how many, None where the backend does not say."""
        ...


class WatchableQueues(Queues, Protocol):
    """Queues as the SQS API serves them.

    They report when messages come, so that a consumer need not look again and again. SQS does this inside ``receive``.
    """

    def dates(self, queue: str) -> QueueDates:
        """Since when ``queue`` is there, and since when as it is."""
        ...

    def watching(self, queue: str, arrived: Callable[[], None]) -> AbstractContextManager[None]:
        """Call ``arrived``, on any thread, whenever this process has put messages on ``queue`` or made some visible, until the block ends.

        What another process sends, and what time makes visible, is not reported.
        """
        ...

    def together(self) -> AbstractContextManager[None]:
        """A block in which ``receive`` without waiting, ``delete``, ``extend`` and ``failed`` may count together, once the block has ended.

        That costs less than each by itself. When the backend fails in one of them, the block ends in UnavailableError, and none of them
        has changed anything. Each thread has a block of its own.
        """
        ...


class PeekableQueues(Queues, Protocol):
    """Queues that a person may look at. SQS has no such thing: a look there is a receive."""

    def peek(self, queue: str, *, limit: int = 10) -> list[Delivery]:
        """The oldest messages, visible or in flight, without receiving them; their receipts are empty."""
        ...

    def holding(self, event_id: str) -> frozenset[str]:
        """The queues on which a message of this event stands, visible or not, by their names."""
        ...


class QueueMoves(Protocol):
    """Moving messages to a declared queue, where each is as if never received.

    The embedded home keeps a message's id and age. On SQS a moved message is a new one, and one that is moved while this process is killed
    may stand on both queues. The messages of a group of a FIFO queue go in their order, and none of them while one is in flight.
    """

    def movable(self, queue: str, to: str) -> Movable:
        """What ``move`` would do now."""
        ...

    def move(self, queue: str, to: str, *, limit: int) -> int:
        """Move up to ``limit`` messages, durable when this returns; how many went. What is in flight or too old for ``to`` stays.

        Raises a fault only where none went.
        """
        ...


class MovableQueues(PeekableQueues, QueueMoves, Protocol):
    """Queues that a person may look at, and whose messages can be moved."""
