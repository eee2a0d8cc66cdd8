"""A rule: which events go to which queues."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.domain.event import Status
from hookline.record import maker, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Event

__all__ = ["Match", "Route", "RoutedEvent", "new_routed_event"]


class Match(Protocol):
    """Decides whether an event, seen as a CloudEvent, is meant."""

    @property
    def reads(self) -> frozenset[str]:
        """The top-level keys it can look at; without ``data`` among them the body need not be parsed."""
        ...

    def matches(self, event: Mapping[str, object]) -> bool:
        """Whether ``event`` is meant. Never raises."""
        ...


@record
class Route:
    """Events that ``match`` go to every one of ``queues``."""

    match: Match
    queues: tuple[str, ...]


@record
class RoutedEvent:
    """An event and where it goes. ``status`` is ``routed``, or ``unmatched`` when no route wanted it.

    With no queues at all (``received``) it waits in the outbox. ``replay_id`` is the replay that its messages come from.
    ``groups`` has the event's group on each of its queues that is FIFO; on one that it does not have the event is a group of its own.
    """

    event: Event
    queues: tuple[str, ...]
    status: Status = Status.ROUTED
    replay_id: str | None = None
    groups: Mapping[str, str] | None = None


new_routed_event = maker(RoutedEvent)
"""As ``RoutedEvent``, for each request."""
