"""Where accepted events are kept."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from hookline.domain.transaction import TRANSACTION_REFERENCE, amount_of, plain_amount
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.event import Event, Outcome, Status
    from hookline.domain.replay import ReplayMark
    from hookline.errors import HooklineError

__all__ = [
    "Attempt",
    "EventFilter",
    "EventLoader",
    "EventStore",
    "LoadedEvents",
    "PutOnQueues",
    "SecretUse",
    "SetAside",
    "StoredEvent",
    "StoredEvents",
]


@record
class Attempt:
    """How routing has gone so far: when the event entered the outbox, tries that failed, when the next is due, what the last one said."""

    since: datetime | None = None
    count: int = 0
    next_at: datetime | None = None
    reason: str | None = None


@record
class SetAside:
    """A second body that came under a known delivery id: kept for a person to look at."""

    received_at: datetime
    body: bytes
    body_sha256: bytes


@record
class PutOnQueues:
    """When the messages of an event were put on their queues, the last time that they were."""

    at: datetime
    queues: tuple[str, ...]


@record
class StoredEvent:
    """An event as the store knows it. ``expires_at`` is set once it is delivered; ``conflicts`` counts second bodies.

    ``replay`` is the last replay's mark. ``put`` is None where nobody wrote it down: where the queues say themselves what stands on them,
    and of events that an earlier version delivered.
    """

    event: Event
    attempt: Attempt
    expires_at: datetime | None
    conflicts: int
    set_aside: tuple[SetAside, ...] = ()
    replay: ReplayMark | None = None
    put: PutOnQueues | None = None


@record
class EventFilter:
    """Which events to list; None means any.

    ``since`` (inclusive) and ``until`` (exclusive) are about the moment of receipt. ``reference`` and ``amount`` are a transaction's;
    of an event that no mapper reads, the amount is the member ``amount`` of its body, which AWS looks at only with ``since``.
    It may be written with other zeros at its end. ``id_part`` stands anywhere in the id, ``text`` anywhere in the body, in UTF-8.
    """

    status: Status | None = None
    source: str | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    reference: str | None = None
    amount: str | None = None
    id_part: str | None = None
    text: str | None = None

    def takes(self, event: Event) -> bool:
        """Whether ``event`` is meant."""
        return (
            self.status in (None, event.status)
            and self.source in (None, event.source)
            and self.type in (None, event.type)
            and (self.since is None or event.received_at >= self.since)
            and (self.until is None or event.received_at < self.until)
            and self._takes_content(event)
        )

    def _takes_content(self, event: Event) -> bool:
        return (
            self.reference in (None, event.metadata.get(TRANSACTION_REFERENCE))
            and (
                self.amount is None or plain_amount(self.amount) == plain_amount(amount_of(event.metadata, event.body))
            )
            and (self.id_part is None or self.id_part in event.id)
            and (self.text is None or self.text.encode() in event.body)
        )


@record
class SecretUse:
    """How many events a secret proved for a source, by its name, and when the newest of them was received."""

    source: str
    secret: str
    events: int
    last_received_at: datetime


class StoredEvents(Protocol):
    """The accepted events, to be looked at."""

    def get(self, event_id: str) -> StoredEvent | None:
        """The event, with the bodies that were set aside, or None when it is unknown or has expired."""
        ...

    def find(self, wanted: EventFilter, *, limit: int, before: str | None = None) -> list[StoredEvent]:
        """The events that were received last come first, at most ``limit``; ``before`` is the event id that the last page ended with.

        Of those that were received at one moment, the one that was stored last comes first.
        """
        ...

    def count(self) -> dict[Status, int]:
        """How many events there are of each status."""
        ...

    def secret_uses(self) -> list[SecretUse]:
        """Which secrets proved the events that are kept, by source and name. It may read every event: for a person, not for a request."""
        ...


class EventStore(StoredEvents, Protocol):
    """Keeps accepted events, each once."""

    def add(self, events: Sequence[Event]) -> list[Outcome]:
        """Store each event unless its id is known, durable when this returns; one outcome per event, in order.

        Known with the same body is ``duplicate``; known with another is ``conflict``, and that body is set aside. Two
        of the same id in one call are judged one after the other. An event of an unknown id is compared with those that hold what it
        claims (``Event.claims``, ``domain.verdict.judged``): it may be a duplicate or a conflict of one of them, whose second body it then
        is, ``reused`` where that one is gone, or ``repeated``: stored, and marked in its metadata. What is new holds its claims from
        then on, for as long as each says. Raises UnavailableError when nothing was stored.
        """
        ...

    def reopen(self, event_id: str, mark: ReplayMark | None = None) -> bool:
        """Replay: back to ``received``, with no attempt counted and due at once; False when the event is unknown or erased.

        ``mark`` takes the place of an older replay's.
        """
        ...


@record
class LoadedEvents:
    """Stored events, in the order they were asked for, and by id what keeps others from being read. An unknown id is in neither."""

    events: Sequence[StoredEvent]
    faults: Mapping[str, HooklineError] = field(default_factory=dict)

    def all(self) -> list[StoredEvent]:
        """The events, where there is no fault; else the first fault is raised."""
        for fault in self.faults.values():
            raise fault
        return list(self.events)


class EventLoader(Protocol):
    """Reads events for a router."""

    def load(self, event_ids: Sequence[str]) -> LoadedEvents:
        """Many events at once; one that is unknown is left out."""
        ...
