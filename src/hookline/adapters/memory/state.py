"""The data of the memory backend under one lock, and the turns of its writers."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain, count
from threading import Condition
from typing import TYPE_CHECKING
from uuid import UUID

from hookline.adapters.memory.fifo_groups import leave_groups, place
from hookline.domain.event import Status
from hookline.domain.queue import DEAD_LETTER_VISIBILITY_TIMEOUT
from hookline.domain.retention import retention_by_source
from hookline.errors import NotFoundError, UnavailableError
from hookline.ports.queues import QueueDates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from hookline.adapters.memory.fifo_groups import KnownMessage
    from hookline.domain.fifo import Fifo
    from hookline.domain.message import DeadLetter, Message
    from hookline.domain.pause import Pause, Paused
    from hookline.domain.queue import Queue
    from hookline.domain.retention import EventRetention
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import StoredEvent

__all__ = ["DELIVERED", "KeptClaim", "KeptEvent", "MemoryState", "StandingMessage", "StandingQueue"]

DELIVERED = frozenset({Status.ROUTED, Status.UNMATCHED})
"""The statuses of an event whose messages are on their queues: only such events expire."""

_TURN_TIMEOUT = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvent:
    """A stored event; ``number`` distinguishes it from an expired one with the same id. With ``awaits`` it waits for its record."""

    number: int
    stored: StoredEvent
    awaits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClaim:
    """A claim: the id of the event that holds it, the digest of its body, and its end."""

    event: str
    body_sha256: bytes
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingMessage:
    """A message on a queue. Ids sort in the order of arrival.

    ``event`` is the number of the event it was made from, None for a message that was sent as text.
    ``receipt`` is that of the latest receive; ``visible_at`` is None before the first receive, unless it was sent with a delay.
    ``group`` is the message's group on a FIFO queue.
    """

    id: str
    message: Message
    event: int | None
    sent_at: datetime
    receives: int = 0
    receipt: str = ""
    first_received_at: datetime | None = None
    last_received_at: datetime | None = None
    visible_at: datetime | None = None
    dead_letter: DeadLetter | None = None
    last_failure: str | None = None

    @property
    def group(self) -> str:
        """The group in which messages wait for each other on a FIFO queue."""
        return place(self.message).group


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingQueue:
    """A queue and its messages, by message id. A dead-letter queue has no ``dead_letter``, and its ``max_receives`` is ignored.

    A queue that is not ``declared`` was removed from the configuration and gets no new messages. ``known`` has the recently sent
    messages of a FIFO queue, by group and deduplication id.
    """

    name: str
    visibility_timeout: timedelta
    retention: timedelta
    max_receives: int = 0
    dates: QueueDates
    dead_letter: StandingQueue | None = None
    declared: bool = True
    fifo: Fifo | None = None
    messages: dict[str, StandingMessage] = field(default_factory=dict)
    known: dict[tuple[str, str], KnownMessage] = field(default_factory=dict)

    def kept(self, now: datetime) -> list[StandingMessage]:
        """The messages that have not expired on this queue, in the order of arrival."""
        return [self.messages[id_] for id_ in sorted(self.messages) if not self.is_over(self.messages[id_], now)]

    def by_age(self, now: datetime) -> list[StandingMessage]:
        """The messages that have not expired, the oldest first: on a FIFO dead-letter queue the age begins when a message arrives there."""
        return sorted(self.kept(now), key=lambda message: message.sent_at)

    def is_over(self, message: StandingMessage, now: datetime) -> bool:
        """Whether ``message`` has reached the queue's retention; on a standard dead-letter queue the time on the first queue counts."""
        return message.sent_at + self.retention <= now


class MemoryState:
    """Events and queues in memory.

    Readers always see the last committed data. Writers take turns: a staged batch holds the turn until it ends, and
    a writer that waits for more than ``turn_timeout`` (real time) raises UnavailableError.
    """

    def __init__(
        self,
        clock: Clock,
        queues: Sequence[Queue],
        event_retention: timedelta | EventRetention,
        *,
        turn_timeout: timedelta = _TURN_TIMEOUT,
    ) -> None:
        self.clock = clock
        self.retention = retention_by_source(event_retention)
        self.events: dict[str, KeptEvent] = {}
        self.queues: dict[str, StandingQueue] = {}
        self.claims: dict[bytes, KeptClaim] = {}
        self.pauses: dict[tuple[Paused, str], Pause] = {}
        self._turn_timeout = turn_timeout.total_seconds()
        self._turn_taken = False
        self._changed = Condition()
        self._watchers: tuple[Callable[[], None], ...] = ()
        self._numbers = count(1)
        self.declare(queues)

    def declare(self, queues: Sequence[Queue]) -> None:
        """Declare the queues that get messages; other queues keep their messages until these are consumed, moved or expire."""
        with self.writing():
            known = {name: replace(queue, declared=False) for name, queue in self.queues.items()}
            for queue in queues:
                known |= {standing.name: standing for standing in _standing(queue, known, self.clock.steady())}
            self.queues = known
            for one in known.values():
                if one.fifo is None:
                    leave_groups(one)

    def declared_queue(self, name: str) -> StandingQueue:
        """The declared queue of this name. Raises NotFoundError."""
        queue = self.queue(name)
        if not queue.declared:
            raise NotFoundError(f"there is no queue {name}")
        return queue

    def queue(self, name: str) -> StandingQueue:
        """The queue of this name, declared or not. Raises NotFoundError."""
        queue = self.queues.get(name)
        if queue is None:
            raise NotFoundError(f"there is no queue {name}")
        return queue

    def next_number(self) -> int:
        """A number that was never used before."""
        return next(self._numbers)

    def standing(self, message: Message, *, event: int | None = None) -> StandingMessage:
        """``message`` as a queue stores it; its id has the form of a UUID, as SQS clients expect."""
        now = self.clock.steady()
        return StandingMessage(
            id=str(UUID(int=self.next_number())),
            message=message,
            event=event,
            sent_at=now,
            visible_at=now + message.delay if message.delay else None,
        )

    def events_on_queues(self) -> set[int]:
        """The numbers of all events with a message on any queue."""
        messages = chain.from_iterable(queue.messages.values() for queue in self.queues.values())
        return {message.event for message in messages if message.event is not None}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """A block in which no other thread reads or writes."""
        with self._changed:
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A block with the lock and the writers' turn. Raises UnavailableError when the turn is not free in time."""
        self.begin(wait=True)
        try:
            with self._changed:
                yield
        finally:
            self.end()

    def begin(self, *, wait: bool) -> bool:
        """Take the writers' turn, which ``end`` must release, on any thread; False when ``wait`` is False and another writer has it."""
        with self._changed:
            timeout = self._turn_timeout if wait else 0
            if self._changed.wait_for(lambda: not self._turn_taken, timeout):
                self._turn_taken = True
                return True
        if wait:
            raise UnavailableError("storage_unavailable", f"another writer held the lock for {timeout:g} seconds")
        return False

    def end(self) -> None:
        """Release the turn, and wake the threads that wait for it or for a message."""
        with self._changed:
            self._turn_taken = False
            self._changed.notify_all()
        for arrived in self._watchers:
            arrived()

    @contextmanager
    def watching(self, arrived: Callable[[], None]) -> Iterator[None]:
        """Call ``arrived`` after every write until the block ends."""
        with self._changed:
            self._watchers = (*self._watchers, arrived)
        try:
            yield
        finally:
            with self._changed:
                self._watchers = tuple(one for one in self._watchers if one is not arrived)

    def wait_for_change(self, seconds: float) -> None:
        """Return after the next write, or after ``seconds`` of real time."""
        with self._changed:
            self._changed.wait(seconds)


def _standing(queue: Queue, known: Mapping[str, StandingQueue], now: datetime) -> tuple[StandingQueue, StandingQueue]:
    """The queue and its dead-letter queue, with the messages that they already have."""
    dead_letter = StandingQueue(
        name=queue.dead_letter_name,
        visibility_timeout=DEAD_LETTER_VISIBILITY_TIMEOUT,
        retention=queue.dead_letter_retention,
        fifo=queue.fifo,
        dates=QueueDates(created_at=now, modified_at=now),
        messages=_messages(known, queue.dead_letter_name),
        known=_known(known, queue.dead_letter_name),
    )
    standing = StandingQueue(
        name=queue.name,
        visibility_timeout=queue.visibility_timeout,
        retention=queue.retention,
        max_receives=queue.max_receives,
        fifo=queue.fifo,
        dead_letter=dead_letter,
        dates=QueueDates(created_at=now, modified_at=now),
        messages=_messages(known, queue.name),
        known=_known(known, queue.name),
    )
    return _dated(standing, known), _dated(dead_letter, known)


def _dated(queue: StandingQueue, known: Mapping[str, StandingQueue]) -> StandingQueue:
    """The queue with its earlier date of creation, and with its earlier date of change unless its settings differ now."""
    if (before := known.get(queue.name)) is None:
        return queue
    same = _settings(before) == _settings(queue)
    return replace(queue, dates=before.dates if same else replace(queue.dates, created_at=before.dates.created_at))


def _settings(queue: StandingQueue) -> tuple[object, ...]:
    return queue.visibility_timeout, queue.retention, queue.max_receives, queue.fifo


def _messages(known: Mapping[str, StandingQueue], name: str) -> dict[str, StandingMessage]:
    return known[name].messages if name in known else {}


def _known(known: Mapping[str, StandingQueue], name: str) -> dict[tuple[str, str], KnownMessage]:
    return known[name].known if name in known else {}
