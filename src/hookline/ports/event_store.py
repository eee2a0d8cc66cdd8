"""The store of accepted events."""

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
    """The state of routing: when the event entered the outbox, failed attempts, when the next one is due, and the last error."""

    since: datetime | None = None
    count: int = 0
    next_at: datetime | None = None
    reason: str | None = None


@record
class SetAside:
    """A second body that arrived under a known delivery id: kept for a person to compare."""

    received_at: datetime
    body: bytes
    body_sha256: bytes


@record
class PutOnQueues:
    """When the messages of an event were last put on their queues."""

    at: datetime
    queues: tuple[str, ...]


@record
class StoredEvent:
    """An event as it is stored. ``expires_at`` is set once the event is delivered; ``conflicts`` counts second bodies.

    ``replay`` is the mark of its last replay. ``put`` is None where it is not recorded: where each queue can be asked for its messages, and
    for events that an earlier version delivered.
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
    """Which events to list; None in a field means any.

    ``since`` (inclusive) and ``until`` (exclusive) compare the time of receipt. ``reference`` and ``amount`` are those of the transaction;
    for an event that no mapper reads, ``amount`` is the member ``amount`` of its body, which AWS compares only together with ``since``.
    Trailing zeros of an amount do not matter. ``id_part`` occurs anywhere in the id, ``text`` anywhere in the body, in UTF-8.
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
        """Whether ``event`` fits all fields."""
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
    """How many events of a source were verified with a secret, by its name, and when the newest of them was received."""

    source: str
    secret: str
    events: int
    last_received_at: datetime


class StoredEvents(Protocol):
    """Read access to the accepted events."""

    def get(self, event_id: str) -> StoredEvent | None:
        """The event with its second bodies, or None when it is unknown or has expired."""
        ...

    def find(self, wanted: EventFilter, *, limit: int, before: str | None = None) -> list[StoredEvent]:
        """At most ``limit`` events, those received last first; ``before`` is the last event id of the page before.

        Of events that were received at the same moment, the one that was stored last comes first.
        """
        ...

    def count(self) -> dict[Status, int]:
        """The number of events in each status."""
        ...

    def secret_uses(self) -> list[SecretUse]:
        """Which secrets have verified the stored events, by source and name.

        It may read every event: use it for an operator's question, not for each request.
        """
        ...


class EventStore(StoredEvents, Protocol):
    """Stores accepted events, each once."""

    def add(self, events: Sequence[Event]) -> list[Outcome]:
        """Store each event unless its id is known, durable when this returns; one outcome for each event, in order.

        An event with a known id is ``duplicate`` if its body is the same, else ``conflict``, and then its body is stored as a second one.
        Two events with the same id in one call are judged one after the other. An event with an unknown id is compared with those that hold
        its claims (``Event.claims``, ``domain.verdict.judged``). It may be a duplicate of one of them, or a conflict, and then its body
        becomes a second body of that event. It is ``reused`` if that event has expired, or ``repeated``: stored, with a mark in its
        metadata. A stored event holds its claims from then on, each for its own time. Raises UnavailableError when nothing was stored.
        """
        ...

    def reopen(self, event_id: str, mark: ReplayMark | None = None) -> bool:
        """Replay: set the status back to ``received``, with no attempts and due immediately; False if the event is unknown or erased.

        ``mark`` replaces the mark of an older replay.
        """
        ...


@record
class LoadedEvents:
    """Stored events, in the order of the ids in the call, and the error of each that could not be read, by id.

    An unknown id is in neither.
    """

    events: Sequence[StoredEvent]
    faults: Mapping[str, HooklineError] = field(default_factory=dict)

    def all(self) -> list[StoredEvent]:
        """The events if there is no error; otherwise the first error is raised."""
        for fault in self.faults.values():
            raise fault
        return list(self.events)


class EventLoader(Protocol):
    """Reads events for a router."""

    def load(self, event_ids: Sequence[str]) -> LoadedEvents:
        """Several events in one call; unknown ones are left out."""
        ...
