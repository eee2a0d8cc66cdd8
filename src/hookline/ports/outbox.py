"""Events that are stored but not yet on their queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.route import RoutedEvent
    from hookline.ports.event_store import StoredEvent

__all__ = ["DeferringOutbox", "DirectOutbox", "Lease", "LeasingOutbox", "OrderedOutbox", "Outbox", "RecordOutbox"]


class Outbox(Protocol):
    """Puts stored events on their queues."""

    def pending(self, *, received_before: datetime, due_at: datetime, limit: int) -> list[StoredEvent]:
        """Events in status ``received`` that arrived before ``received_before`` and whose next attempt is due, the oldest first."""
        ...

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """Put each event's messages on its queues and mark it with its status; durable when this returns.

        A fetched record, which is in an event's metadata, is stored with the event. An event whose status is ``received`` waits for its
        record from now on.
        """
        ...

    def fail(self, event_id: str, *, reason: str) -> None:
        """Set the event to ``failed``: an operator has to look, and may replay it."""
        ...

    def oldest(self) -> datetime | None:
        """When the oldest waiting event was received; events that wait for their records do not count."""
        ...


class DeferringOutbox(Outbox, Protocol):
    """The outbox of a single process that tries again itself; where there are several processes, a lease counts the attempt beforehand."""

    def defer(self, event_id: str, *, until: datetime, reason: str) -> None:
        """Count a failed attempt, and leave the event until ``until``."""
        ...


class RecordOutbox(Protocol):
    """The outbox for the process that fetches the records that events wait for (``Event.metadata``, ``domain.fetch``)."""

    def awaiting(self, *, due_at: datetime, limit: int) -> Sequence[StoredEvent]:
        """Up to ``limit`` events that wait for their record and are due.

        Events that have waited longer for the same record are included, due or not.
        """
        ...

    def postpone(self, stored: StoredEvent, *, until: datetime, reason: str | None = None) -> None:
        """Let the event wait for its record until ``until``; it has waited since ``attempt.since``.

        A failed attempt is counted if there is a ``reason``.

        An event that is held, or no longer waits, is not changed.
        """
        ...

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """See ``Outbox.deliver``."""
        ...

    def fail(self, event_id: str, *, reason: str) -> None:
        """Set the event to ``failed``."""
        ...


class DirectOutbox(Protocol):
    """The outbox for a router that already has the events."""

    def send_and_mark(self, routed: Sequence[RoutedEvent]) -> None:
        """Put the messages of events that certainly wait on their queues, and mark the events; durable when this returns.

        When it raises, some may be on their queues: those are marked.
        """
        ...

    def fail(self, event_id: str, *, reason: str) -> None:
        """Set the event to ``failed``."""
        ...


class OrderedOutbox(Protocol):
    """The outbox for a process that puts an event on its queues before it answers the sender."""

    def send_and_mark(self, routed: Sequence[RoutedEvent]) -> None:
        """See ``DirectOutbox``: for events that were stored a moment ago."""
        ...

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """See ``Outbox``: for an event that no longer waits, nothing is sent."""
        ...


class Lease(Protocol):
    """The exclusive right to deliver an event, for a limited time."""

    @property
    def event_id(self) -> str:
        """The event's id."""
        ...

    @property
    def since(self) -> datetime:
        """When the event entered the outbox."""
        ...


class LeasingOutbox(Protocol):
    """The outbox for several recoverers, each of which gets different events."""

    def lease(self, *, received_before: datetime, due_at: datetime, limit: int) -> Sequence[Lease]:
        """Due events that arrived before ``received_before``; no other caller gets them for a while."""
        ...

    def fail(self, event_id: str, *, reason: str) -> None:
        """Set the event to ``failed``."""
        ...

    def oldest(self) -> datetime | None:
        """When the oldest waiting event was received; None when none waits."""
        ...

    def lease_awaiting(self, *, due_at: datetime, until: datetime, limit: int) -> Sequence[Lease]:
        """Due events that wait for their records; no other caller gets them before ``until``."""
        ...

    def awaited(self) -> tuple[int, datetime | None]:
        """How many events wait for their records, up to the limit of the count, and since when the longest has waited."""
        ...
