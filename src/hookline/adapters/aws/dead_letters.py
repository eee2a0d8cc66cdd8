"""Handles dead letters on SQS, where reading a letter is a receive, and moving it back is a send and a delete.

The router's failure queue is handled like a dead-letter queue. Lambda puts the record of a failed invocation there; to move it back, the
router is invoked again with the payload of that invocation.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from hookline.adapters.aws.names import ROUTER_FAILURES
from hookline.domain.fifo import FIFO_SUFFIX, deduplication_id
from hookline.domain.message import Message
from hookline.domain.queue import DEAD_LETTER_SUFFIX
from hookline.errors import HooklineError, NotFoundError
from hookline.ports.dead_letters import Removed
from hookline.ports.queues import Sent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from hookline.adapters.aws.queues import SqsQueues
    from hookline.domain.message import Delivery
    from hookline.ports.clock import Clock

__all__ = ["SqsDeadLetters", "SqsLettersInHand", "again"]

_HIDDEN = timedelta(minutes=10)
"""How long a letter that was read stays hidden from other receivers if this process is killed."""

_WAIT = timedelta(seconds=1)
"""A receive with a wait queries all SQS servers; one without a wait may find nothing although the queue has messages."""

_AT_ONCE = 10
_EMPTY_ROUNDS = 2
"""After this many receives in a row without a new letter, all letters have been read."""


class SqsDeadLetters:
    """DeadLetters over the queues of an environment. ``resubmit`` invokes the router again with a payload."""

    def __init__(self, queues: SqsQueues, *, clock: Clock, resubmit: Callable[[bytes], None]) -> None:
        self._queues = queues
        self._clock = clock
        self._resubmit = resubmit

    @contextmanager
    def opened(self, queue: str) -> Iterator[SqsLettersInHand]:
        """The letters that can be read now; SQS does not say when a message died. A letter that died again after a redrive is left out."""
        if queue == ROUTER_FAILURES:
            put = self._put_to_router
        elif queue.endswith(DEAD_LETTER_SUFFIX):
            put = partial(self._put_on_queue, queue.removesuffix(DEAD_LETTER_SUFFIX))
        else:
            raise NotFoundError(f"{queue} is not a dead-letter queue")
        hand = SqsLettersInHand(self._queues, queue, put, clock=self._clock)
        try:
            yield hand
        finally:
            hand.give_back()

    def remove(self, queue: str, event_ids: Collection[str], *, most: int) -> Removed:
        """Receive letters until all or ``most`` were read, and delete the letters of these events."""
        removed = looked_at = 0
        with self.opened(queue) as hand:
            while looked_at < most and (letters := hand.next(min(_AT_ONCE, most - looked_at))):
                looked_at += len(letters)
                removed += hand.drop([one for one in letters if one.event_id in event_ids])
            stopped = looked_at >= most and hand.count > looked_at
        return Removed(removed=removed, looked_at=looked_at, stopped=stopped)

    def _put_on_queue(self, queue: str, letters: Sequence[Delivery]) -> list[Sent | HooklineError]:
        return self._queues.send_each(queue, [again(letter) for letter in letters])

    def _put_to_router(self, letters: Sequence[Delivery]) -> list[Sent | HooklineError]:
        return [self._resubmitted(letter) for letter in letters]

    def _resubmitted(self, letter: Delivery) -> Sent | HooklineError:
        try:
            record = json.loads(letter.body)
            payload = record["requestPayload"]
        except (ValueError, TypeError, KeyError):
            return NotFoundError(
                f"the message {letter.message_id} is not the record of an invocation: it stays on the queue"
            )
        try:
            self._resubmit(json.dumps(payload, separators=(",", ":")).encode())
        except HooklineError as fault:
            return fault
        return Sent(message_id=letter.message_id)


class SqsLettersInHand:
    """The received letters of one queue, hidden from others until they are moved or released; ``gone`` has those that were deleted."""

    def __init__(
        self,
        queues: SqsQueues,
        queue: str,
        put: Callable[[Sequence[Delivery]], list[Sent | HooklineError]],
        *,
        clock: Clock,
    ) -> None:
        self._queues = queues
        self._queue = queue
        self._put = put
        self._started_at = clock.now()
        self._held: dict[str, str] = {}
        self._seen: set[str] = set()
        self._in_order = queues.url(queue).endswith(FIFO_SUFFIX)
        self.count = queues.depth(queue).visible
        self.gone = 0

    @property
    def unseen(self) -> int:
        """On a FIFO queue SQS gives the next letters of a group only after the earlier ones were deleted, at most ten at a time."""
        return max(0, self.count - len(self._seen)) if self._in_order else 0

    def next(self, limit: int) -> list[Delivery]:
        """Receive some letters; empty once the counted number of letters was read, or no new letter arrives."""
        empty = 0
        while empty < _EMPTY_ROUNDS and (left := max(self.count, _AT_ONCE) - len(self._seen)) > 0:
            received = self._queues.receive(
                self._queue, max_messages=min(limit, left, _AT_ONCE), visibility_timeout=_HIDDEN, wait=_WAIT
            )
            fresh = [one for one in received if one.message_id not in self._seen]
            self._held |= {one.message_id: one.receipt for one in received}
            self._seen |= {one.message_id for one in fresh}
            if found := [one for one in fresh if one.sent_at <= self._started_at]:
                return found
            empty += 1
        return []

    def put_back(self, letters: Sequence[Delivery]) -> int:
        """Send the letters, and delete those that were sent. Raises the first fault after all others were handled."""
        held = [one for one in letters if one.message_id in self._held]
        moved, faults = 0, []
        for start in range(0, len(held), _AT_ONCE):
            part = held[start : start + _AT_ONCE]
            sent = list(zip(part, self._put(part), strict=True))
            moved += self.drop([one for one, result in sent if not isinstance(result, HooklineError)])
            faults += [result for _, result in sent if isinstance(result, HooklineError)]
        if faults:
            raise faults[0]
        return moved

    def drop(self, letters: Sequence[Delivery]) -> int:
        """Delete letters; returns how many were deleted."""
        receipts = [self._held.pop(one.message_id) for one in letters]
        if receipts:
            self._queues.delete(self._queue, receipts)
            self.gone += len(receipts)
        return len(receipts)

    def give_back(self) -> None:
        """Make the letters that are still held visible to other receivers immediately."""
        receipts = list(self._held.values())
        self._held.clear()
        if receipts:
            self._queues.extend(self._queue, receipts, visibility_timeout=timedelta(0))


def again(letter: Delivery) -> Message:
    """The message of a letter, to send again.

    On a FIFO queue it goes to the end of its group. Its deduplication id has the event and the letter: a second attempt after a kill sends
    nothing twice, and the queue does not treat the message as a repeat of the original one.
    """
    place = letter.fifo and replace(
        letter.fifo, deduplication_id=deduplication_id(letter.event_id, letter.message_id), sequence_number=None
    )
    return Message(
        event_id=letter.event_id, body=letter.body, attributes=letter.attributes, system=letter.system, fifo=place
    )
