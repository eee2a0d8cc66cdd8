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
    """Brings stored events to their queues."""

    def pending(self, *, received_before: datetime, due_at: datetime, limit: int) -> list[StoredEvent]:
        """Events in status ``received`` that came before ``received_before`` and whose next attempt is due at ``due_at``, oldest first."""
        ...

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """Put each event's messages on its queues and mark it with its status; durable when this returns.

        What an event's record has that was fetched is stored with it. One whose status is ``received`` waits for its record from now on.
        """
        ...

    def fail(self, event_id: str, *, reason: str) -> None:
        """Give the event up as ``failed``: a person has to look, and may replay it."""
        ...

    def oldest(self) -> datetime | None:
        """When the oldest event that still waits was received; those that wait for their record are not among them."""
        ...


class DeferringOutbox(Outbox, Protocol):
    """The same for the one process that tries again by itself: where there are many, a lease counts the attempt beforehand."""

    def defer(self, event_id: str, *, until: datetime, reason: str) -> None:
        """Count a failed attempt, and do not touch the event until ``until``."""
        ...


class RecordOutbox(Protocol):
    """The outbox as one uses it who fetches the records that events wait for (``Event.metadata``, ``domain.fetch``)."""

    def awaiting(self, *, due_at: datetime, limit: int) -> Sequence[StoredEvent]:
        """Up to ``limit`` events that wait for their record and are due.

        With them come those that have waited for the same thing longer, due or not.
        """
        ...

    def postpone(self, stored: StoredEvent, *, until: datetime, reason: str | None = None) -> None:
        """Let it wait for its record until then, and since ``attempt.since``. A try is counted where there is a ``reason``.

        One that is held, or does not wait at all any more, stays as it is.
        """
        ...

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """As for ``Outbox``."""
        ...

    def fail(self, event_id: str, *, reason: str) -> None:
        """Give the event up as ``failed``."""
        ...


class DirectOutbox(Protocol):
    """The outbox as a router uses it that already has the events."""

    def send_and_mark(self, routed: Sequence[RoutedEvent]) -> None:
        """Put the messages of events that are known to wait on their queues, and mark the events; durable when this returns.

        When it raises, some may have gone: those are marked.
        """
        ...

    def fail(self, event_id: str, *, reason: str) -> None:
        """Give the event up as ``failed``."""
        ...


class OrderedOutbox(Protocol):
    """The outbox as one uses it who brings an event to its queues before its sender is answered."""

    def send_and_mark(self, routed: Sequence[RoutedEvent]) -> None:
        """As for ``DirectOutbox``: for events that were stored a moment ago."""
        ...

    def deliver(self, routed: Sequence[RoutedEvent]) -> None:
        """As for ``Outbox``: an event that no longer waits gets no message."""
        ...


class Lease(Protocol):
    """An event that only its holder may hand on, for a while."""

    @property
    def event_id(self) -> str:
        """The event's id."""
        ...

    @property
    def since(self) -> datetime:
        """When it entered the outbox."""
        ...


class LeasingOutbox(Protocol):
    """The outbox as several recoverers use it, each with events of its own."""

    def lease(self, *, received_before: datetime, due_at: datetime, limit: int) -> Sequence[Lease]:
        """Events that came before ``received_before`` and are due; no other caller gets them for a while."""
        ...

    def fail(self, event_id: str, *, reason: str) -> None:
        """Give the event up as ``failed``."""
        ...

    def oldest(self) -> datetime | None:
        """When the oldest event that still waits was received; None when none waits."""
        ...

    def lease_awaiting(self, *, due_at: datetime, until: datetime, limit: int) -> Sequence[Lease]:
        """Events that wait for their records and are due; no other caller gets them before ``until``."""
        ...

    def awaited(self) -> tuple[int, datetime | None]:
        """How many events wait for their records, as far as they are counted, and since when the longest does."""
        ...
