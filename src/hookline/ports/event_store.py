"""Where accepted events are kept."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.event import Event, Outcome, Status
    from hookline.errors import HooklineError

__all__ = [
    "Attempt",
    "EventFilter",
    "EventLoader",
    "EventStore",
    "LoadedEvents",
    "SecretUse",
    "SetAside",
    "StoredEvent",
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
class StoredEvent:
    """An event as the store knows it. ``expires_at`` is set once it is delivered; ``conflicts`` counts second bodies."""

    event: Event
    attempt: Attempt
    expires_at: datetime | None
    conflicts: int
    set_aside: tuple[SetAside, ...] = ()


@record
class EventFilter:
    """Which events to list; None means any."""

    status: Status | None = None
    source: str | None = None
    type: str | None = None


@record
class SecretUse:
    """How many events a secret proved for a source, by its name, and when the newest of them was received."""

    source: str
    secret: str
    events: int
    last_received_at: datetime


class EventStore(Protocol):
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

    def get(self, event_id: str) -> StoredEvent | None:
        """The event, with the bodies that were set aside, or None when it is unknown or has expired."""
        ...

    def find(self, wanted: EventFilter, *, limit: int, before: str | None = None) -> list[StoredEvent]:
        """The newest events first, at most ``limit``; ``before`` is the event id that the last page ended with."""
        ...

    def reopen(self, event_id: str) -> bool:
        """Replay: back to ``received``, with no attempt counted and due at once; False when the event is unknown."""
        ...

    def count(self) -> dict[Status, int]:
        """How many events there are of each status."""
        ...

    def secret_uses(self) -> list[SecretUse]:
        """Which secrets proved the events that are kept, by source and name. It may read every event: for a person, not for a request."""
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
