"""Asking the router to route stored events now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.domain.event import Event

__all__ = ["Dispatcher"]


class Dispatcher(Protocol):
    """Hands events to the router and returns at once. What it cannot hand over waits in the outbox: nothing is lost."""

    def dispatch(self, event: Event) -> None:
        """Hand over an event that was stored a moment ago. Raises UnavailableError when nobody took it."""
        ...

    def dispatch_stored(self, event_ids: Sequence[str]) -> None:
        """Hand over events by their ids, to be read from the store. Raises UnavailableError when nobody took them."""
        ...
