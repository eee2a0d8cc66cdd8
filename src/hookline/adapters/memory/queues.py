"""Standard and FIFO queues in memory, with the semantics of SQS."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING

from hookline.adapters.memory.fifo_groups import free_groups, known_message, place, remember, sequence_of
from hookline.domain.message import DeadLetter, Delivery
from hookline.domain.pause import Paused
from hookline.domain.queue import LONGEST_VISIBILITY_TIMEOUT
from hookline.domain.receipt import opened, sealed
from hookline.ports.queues import Depth, Movable, ReceiptResult, Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from hookline.adapters.memory.state import MemoryState, StandingMessage, StandingQueue
    from hookline.domain.message import Message
    from hookline.ports.clock import Clock
    from hookline.ports.queues import QueueDates

__all__ = ["MemoryQueues", "delivery_of", "visible_messages"]

_LONGEST_PAUSE = 0.02  # seconds between checks while a receive waits: a message that becomes visible wakes no receiver


class MemoryQueues:
    """Queues over a shared state. Every declared queue exists, with its dead-letter queue.

    A dead letter keeps its id, ``sent_at`` and number of receives, as on SQS; no message leaves a dead-letter queue
    automatically.
    """

    def __init__(self, state: MemoryState) -> None:
        self._state = state

    def send(self, queue: str, messages: Sequence[Message]) -> list[Sent]:
        """Put messages on a queue."""
        target = self._state.declared_queue(queue)
        with self._state.writing():
            return [self._send(target, message) for message in messages]

    def receive(
        self,
        queue: str,
        *,
        max_messages: int = 1,
        visibility_timeout: timedelta | None = None,
        wait: timedelta | None = None,
    ) -> list[Delivery]:
        """Receive up to ``max_messages``, each with a new receipt that replaces its previous one.

        First come messages that were received before and are visible again, the longest visible first; then those never received,
        the oldest first. A dead-letter queue hides for 30 seconds by default. ``wait`` is real time, whatever the clock says.
        """
        source = self._state.queue(queue)
        timeout = source.visibility_timeout if visibility_timeout is None else visibility_timeout
        deadline = time.monotonic() + (wait or timedelta()).total_seconds()
        while True:
            is_paused = (Paused.QUEUE, queue) in self._state.pauses
            if not is_paused and self._has_visible(source) and (taken := self._take(source, max_messages, timeout)):
                return taken
            left = deadline - time.monotonic()
            if left <= 0:
                return []
            self._state.wait_for_change(min(left, _LONGEST_PAUSE))

    def delete(self, queue: str, receipts: Sequence[str]) -> list[ReceiptResult]:
        """Delete consumed messages.

        On a standard queue the latest receipt deletes even after the visibility timeout, if the message was not received again.
        """
        source = self._state.queue(queue)
        with self._state.writing():
            now, over = self._state.clock.steady(), self._state.clock.expiry()
            return [_delete(source, receipt, now, over=over) for receipt in receipts]

    def extend(self, queue: str, receipts: Sequence[str], *, visibility_timeout: timedelta) -> list[ReceiptResult]:
        """Hide messages in flight for ``visibility_timeout`` from now; their receipts stay valid."""
        source = self._state.queue(queue)
        with self._state.writing():
            now = self._state.clock.steady()
            over = self._state.clock.expiry()
            return [_extend(source, receipt, now, now + visibility_timeout, over=over) for receipt in receipts]

    def failed(self, queue: str, receipt: str, *, reason: str) -> bool:
        """Store the reason with the message."""
        source = self._state.queue(queue)
        with self._state.writing():
            message = _received_with(source, receipt, self._state.clock.expiry())
            if isinstance(message, ReceiptResult):
                return False
            source.messages[message.id] = replace(message, last_failure=reason)
            return True

    def depth(self, queue: str) -> Depth:
        """Count the messages on a queue; ages are by the steady time."""
        source = self._state.queue(queue)
        with self._state.locked():
            now = self._state.clock.steady()
            kept = source.kept(self._state.clock.expiry())
        visible = sum(_is_visible(message, now) for message in kept)
        delayed = sum(not message.receipt and not _is_visible(message, now) for message in kept)
        age = max(((now - message.sent_at).total_seconds() for message in kept), default=None)
        return Depth(visible=visible, in_flight=len(kept) - visible - delayed, oldest_age=age, delayed=delayed)

    def dates(self, queue: str) -> QueueDates:
        """When a queue was created, and when its settings last changed."""
        return self._state.queue(queue).dates

    def purge(self, queue: str) -> int:
        """Delete all messages of a queue."""
        source = self._state.queue(queue)
        with self._state.writing():
            removed = len(source.messages)
            source.messages.clear()
        return removed

    def watching(self, queue: str, arrived: Callable[[], None]) -> AbstractContextManager[None]:
        """Call ``arrived`` after every write to any queue; an unnecessary call only costs a check."""
        self._state.queue(queue)
        return self._state.watching(arrived)

    def together(self) -> AbstractContextManager[None]:
        """Do nothing: in memory no failure can happen between two writes."""
        return nullcontext()

    def peek(self, queue: str, *, limit: int = 10) -> list[Delivery]:
        """The oldest messages, without receiving them."""
        source = self._state.queue(queue)
        with self._state.locked():
            kept = source.by_age(self._state.clock.expiry())
        return [delivery_of(message, source, receipt="") for message in kept[:limit]]

    def holding(self, event_id: str) -> frozenset[str]:
        """The places of an event's messages, from a search of every queue."""
        with self._state.locked():
            over = self._state.clock.expiry()
            return frozenset(
                queue.name
                for queue in self._state.queues.values()
                if any(one.event is not None and one.message.event_id == event_id for one in queue.kept(over))
            )

    def movable(self, queue: str, to: str) -> Movable:
        """How many messages ``move`` would move now."""
        source, target = self._state.queue(queue), self._state.declared_queue(to)
        with self._state.locked():
            kept = source.kept(self._state.clock.expiry())
            visible = visible_messages(source, self._state.clock)
        too_old = sum(target.is_over(message, self._state.clock.expiry()) for message in visible)
        return Movable(ready=len(visible) - too_old, in_flight=len(kept) - len(visible), too_old=too_old)

    def move(self, queue: str, to: str, *, limit: int) -> int:
        """Move visible messages, first those that were never received."""
        source, target = self._state.queue(queue), self._state.declared_queue(to)
        with self._state.writing():
            visible = [
                message
                for message in visible_messages(source, self._state.clock)
                if not target.is_over(message, self._state.clock.expiry())
            ]
            if source.fifo is None:
                visible.sort(key=lambda message: message.visible_at is not None)
            for message in visible[:limit]:
                _move(message, source, target)
            return len(visible[:limit])

    def _send(self, queue: StandingQueue, message: Message) -> Sent:
        if queue.fifo is None:
            standing = self._state.standing(replace(message, fifo=None))
            queue.messages[standing.id] = standing
            return Sent(message_id=standing.id)
        known = known_message(queue, place(message), self._state.clock.steady())
        if known is not None:
            return Sent(message_id=known.id, sequence_number=sequence_of(known.id))
        standing = self._state.standing(replace(message, fifo=place(message), delay=None))
        queue.messages[standing.id] = standing
        remember(queue, standing)
        return Sent(message_id=standing.id, sequence_number=sequence_of(standing.id))

    def _has_visible(self, queue: StandingQueue) -> bool:
        """The visible messages, read without a writers' turn."""
        with self._state.locked():
            return bool(visible_messages(queue, self._state.clock))

    def _take(self, queue: StandingQueue, wanted: int, timeout: timedelta) -> list[Delivery]:
        taken: list[Delivery] = []
        with self._state.writing():
            now = self._state.clock.steady()
            for message in visible_messages(queue, self._state.clock):
                if len(taken) == wanted:
                    break
                if queue.dead_letter is not None and message.receives >= queue.max_receives:
                    _bury(message, queue, queue.dead_letter, now)
                else:
                    taken.append(self._receive(queue, message, now, timeout))
        return taken

    def _receive(self, queue: StandingQueue, message: StandingMessage, now: datetime, timeout: timedelta) -> Delivery:
        received = replace(
            message,
            receives=message.receives + 1,
            receipt=sealed(queue.name, f"{message.id}/{self._state.next_number()}"),
            first_received_at=message.first_received_at or now,
            last_received_at=now,
            visible_at=now + timeout,
        )
        queue.messages[message.id] = received
        return delivery_of(received, queue, receipt=received.receipt)


def visible_messages(queue: StandingQueue, clock: Clock) -> list[StandingMessage]:
    """The messages that may be received, in order: those that became visible again are before new ones, so that none waits forever.

    On a FIFO queue these are all messages of the groups without a message in flight.
    """
    now = clock.steady()
    if queue.fifo is not None:
        return list(chain.from_iterable(free_groups(queue, now=now, over=clock.expiry())))
    visible = [message for message in queue.kept(clock.expiry()) if _is_visible(message, now)]
    visible.sort(key=lambda message: (message.visible_at is None, message.visible_at or message.sent_at))
    return visible


def _is_visible(message: StandingMessage, now: datetime) -> bool:
    return message.visible_at is None or message.visible_at <= now


def _delete(queue: StandingQueue, receipt: str, now: datetime, *, over: datetime) -> ReceiptResult:
    message = _received_with(queue, receipt, over)
    if isinstance(message, ReceiptResult):
        return message
    if queue.fifo is not None and _is_visible(message, now):
        return ReceiptResult.VISIBLE
    del queue.messages[message.id]
    return ReceiptResult.DONE


def _extend(queue: StandingQueue, receipt: str, now: datetime, until: datetime, *, over: datetime) -> ReceiptResult:
    message = _received_with(queue, receipt, over)
    if isinstance(message, ReceiptResult):
        return message
    if _is_visible(message, now):
        return ReceiptResult.VISIBLE
    if until > (message.last_received_at or now) + LONGEST_VISIBILITY_TIMEOUT:
        return ReceiptResult.TOO_LONG
    queue.messages[message.id] = replace(message, visible_at=until)
    return ReceiptResult.DONE


def _received_with(queue: StandingQueue, receipt: str, over: datetime) -> StandingMessage | ReceiptResult:
    """The message whose latest receive issued ``receipt``, or the reason why there is none."""
    named = opened(queue.name, receipt)
    if named is None:
        return ReceiptResult.UNKNOWN
    message = queue.messages.get(named.rpartition("/")[0])
    if message is None or message.receipt != receipt or queue.is_over(message, over):
        return ReceiptResult.GONE
    return message


def _bury(message: StandingMessage, queue: StandingQueue, to: StandingQueue, now: datetime) -> None:
    """Move a message that was received too often to the dead-letter queue, with the reason."""
    del queue.messages[message.id]
    dead_letter = DeadLetter(
        queue=queue.name, receives=message.receives, last_received_at=message.last_received_at, moved_at=now
    )
    sent_at = message.sent_at if queue.fifo is None else now  # as on SQS
    to.messages[message.id] = replace(message, sent_at=sent_at, receipt="", visible_at=None, dead_letter=dead_letter)


def _move(message: StandingMessage, queue: StandingQueue, to: StandingQueue) -> None:
    """Move a message to another queue, where it is as a new message that keeps its age."""
    del queue.messages[message.id]
    fifo = None if to.fifo is None else place(message.message)
    to.messages[message.id] = replace(
        message,
        message=replace(message.message, fifo=fifo),
        receives=0,
        receipt="",
        first_received_at=None,
        last_received_at=None,
        visible_at=None,
        dead_letter=None,
        last_failure=None,
    )


def delivery_of(message: StandingMessage, queue: StandingQueue, *, receipt: str) -> Delivery:
    """The message of this queue as a consumer receives it, with this receipt."""
    fifo = None if queue.fifo is None else replace(place(message.message), sequence_number=sequence_of(message.id))
    return Delivery(
        message_id=message.id,
        receipt=receipt,
        event_id=message.message.event_id,
        body=message.message.body,
        attributes=message.message.attributes,
        receives=message.receives,
        sent_at=message.sent_at,
        first_received_at=message.first_received_at,
        last_received_at=message.last_received_at,
        system=message.message.system,
        dead_letter=message.dead_letter,
        last_failure=message.last_failure,
        fifo=fifo,
    )
