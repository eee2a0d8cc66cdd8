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
    """The numbers of messages that wait, that consumers have received, and that are delayed: sent, but not to be received yet.

    ``oldest_age`` is the oldest message's age in seconds: None for an empty queue, and where the backend does not know it.
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
    """A message on a queue; it has a sequence number only on a FIFO queue."""

    message_id: str
    sequence_number: str | None = None


class ReceiptResult(Enum):
    """The effect of a receipt."""

    DONE = "done"
    VISIBLE = "visible"
    """No effect: its message is visible again and cannot be extended; on a FIFO queue it cannot be deleted either."""
    TOO_LONG = "too long"
    """No effect: its message would be hidden for more than twelve hours after it was received."""
    GONE = "gone"
    """No effect: its message was deleted, has expired, was moved, or was received again with a new receipt."""
    UNKNOWN = "unknown"
    """No effect: this queue never issued it."""


@record
class Movable:
    """Messages of a queue by whether they can be moved to another queue: ready, received by a consumer, or too old for the other queue."""

    ready: int
    in_flight: int
    too_old: int


class Queues(Protocol):
    """Named queues, including dead-letter queues. Every method raises NotFoundError for a queue that was never declared.

    A queue that is no longer declared can still be emptied with every method; only ``send`` raises NotFoundError for it.
    """

    def send(self, queue: str, messages: Sequence[Message]) -> list[Sent]:
        """Put messages on ``queue``, durable when this returns; returns the result for each, in order.

        On a FIFO queue each goes to the end of its group, unless a message of the group was sent with the same deduplication id in the last
        five minutes: then nothing is sent, and the result is that of the earlier message.
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
        """Receive up to ``max_messages``, hidden from all others for ``visibility_timeout`` (by default the queue's own).

        Waits up to ``wait`` for the first message. A message that was already received ``max_receives`` times goes to the dead-letter queue
        instead.

        A FIFO queue delivers the messages of a group in the order they were sent, as many as fit. While one of a group is in flight, it
        delivers no other of that group, but continues with other groups.
        """
        ...

    def delete(self, queue: str, receipts: Sequence[str]) -> list[ReceiptResult]:
        """Delete consumed messages: DONE, GONE or UNKNOWN for each receipt. SQS answers DONE for GONE.

        On a FIFO queue, a message whose time has passed gets VISIBLE and stays, because the messages behind it may already be in flight.
        """
        ...

    def extend(self, queue: str, receipts: Sequence[str], *, visibility_timeout: timedelta) -> list[ReceiptResult]:
        """Make messages in flight visible again ``visibility_timeout`` from now (zero: immediately).

        A message is hidden for at most ``LONGEST_VISIBILITY_TIMEOUT`` after its receive: a longer time gets TOO_LONG.
        """
        ...

    def failed(self, queue: str, receipt: str, *, reason: str) -> bool:
        """Record why a message that a consumer received could not be processed: the reason follows it to the dead-letter queue.

        Only the last reason is kept. False when the message no longer belongs to the consumer, and where the backend cannot store a reason,
        as on SQS.
        """
        ...

    def depth(self, queue: str) -> Depth:
        """The numbers of messages on ``queue``, as exactly as the backend knows."""
        ...

    def purge(self, queue: str) -> int | None:
        """Remove every message on ``queue``, in flight or not; returns how many, None where the backend does not report it."""
        ...


class WatchableQueues(Queues, Protocol):
    """Queues as the SQS API serves them.

    They report arriving messages, so that a consumer does not have to ask again and again. SQS does this inside ``receive``.
    """

    def dates(self, queue: str) -> QueueDates:
        """When ``queue`` was created, and when its settings last changed."""
        ...

    def watching(self, queue: str, arrived: Callable[[], None]) -> AbstractContextManager[None]:
        """Until the block ends, call ``arrived``, on any thread, whenever this process puts messages on ``queue`` or makes some visible.

        Messages that another process sends, and messages that become visible by time, are not reported.
        """
        ...

    def together(self) -> AbstractContextManager[None]:
        """A block whose calls of ``receive`` without waiting, ``delete``, ``extend`` and ``failed`` may take effect together, at its end.

        Together they cost less than separately. When the backend fails in one of them, the block ends with UnavailableError, and none of
        them has changed anything. Each thread needs its own block.
        """
        ...


class PeekableQueues(Queues, Protocol):
    """Queues that a person may look at. SQS has nothing similar: there, looking at a message means to receive it."""

    def peek(self, queue: str, *, limit: int = 10) -> list[Delivery]:
        """The oldest messages, visible or in flight, without receiving them; their receipts are empty."""
        ...

    def holding(self, event_id: str) -> frozenset[str]:
        """The names of the queues that have a message of this event, visible or not."""
        ...


class QueueMoves(Protocol):
    """Moving messages to a declared queue, where they count as never received.

    The embedded home keeps a message's id and age. On SQS a moved message is a new one; if this process is killed during the move, the
    message may be on both queues. The messages of a group of a FIFO queue are moved in their order, and none of them while one is in
    flight.
    """

    def movable(self, queue: str, to: str) -> Movable:
        """The messages that ``move`` would find now."""
        ...

    def move(self, queue: str, to: str, *, limit: int) -> int:
        """Move up to ``limit`` messages, durable when this returns; returns how many were moved.

        Messages that are in flight or too old for ``to`` stay.

        Raises an error only if no message was moved.
        """
        ...


class MovableQueues(PeekableQueues, QueueMoves, Protocol):
    """Queues that a person may look at, and whose messages can be moved."""
