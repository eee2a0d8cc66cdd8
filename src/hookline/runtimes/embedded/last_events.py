"""When each source's newest event was received, across restarts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from hookline.ports.event_store import EventStore
    from hookline.runtimes.embedded.answer_counts import AnswerCounts

__all__ = ["LastEvents"]


class LastEvents:
    """Knows it from the running server, and from the store for sources that have been silent since the start. For any thread."""

    def __init__(self, counts: AnswerCounts, events: EventStore, sources: Callable[[], Iterable[str]]) -> None:
        """``sources`` are the names of those in force. The store is asked once for each."""
        self._counts = counts
        self._events = events
        self._sources = sources
        self._stored: dict[str, datetime | None] = {}

    def read(self) -> Mapping[str, datetime]:
        """By the names of the sources that have had an event. Raises UnavailableError."""
        found: dict[str, datetime] = {}
        for name in self._sources():
            at = self._counts.last_events.get(name) or self._newest(name)
            if at is not None:
                found[name] = at
        return found

    def _newest(self, source: str) -> datetime | None:
        if source not in self._stored:
            newest = self._events.find(EventFilter(source=source), limit=1)
            self._stored[source] = newest[0].event.received_at if newest else None
        return self._stored[source]
