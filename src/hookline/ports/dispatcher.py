"""Asking the router to route stored events now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.event import Event

__all__ = ["Dispatcher"]


class Dispatcher(Protocol):
    """Passes events to the router and returns without waiting for it. Events that it cannot pass wait in the outbox: none is lost."""

    def dispatch(self, event: Event) -> None:
        """Pass on an event that was stored a moment ago. Raises UnavailableError when the router did not accept it."""
        ...

    def dispatch_stored(self, event_ids: Sequence[str]) -> None:
        """Pass on events by their ids; the router reads them from the store.

        Raises UnavailableError when the router did not accept them.
        """
        ...
