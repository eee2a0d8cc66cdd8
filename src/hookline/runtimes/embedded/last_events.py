"""Finds when each source's newest event was received, even before a restart."""

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
    """Uses the running server's counts, and the store for sources without an event since the start. Usable from any thread."""

    def __init__(self, counts: AnswerCounts, events: EventStore, sources: Callable[[], Iterable[str]]) -> None:
        """``sources`` returns the names of the current sources. The store is queried once for each."""
        self._counts = counts
        self._events = events
        self._sources = sources
        self._stored: dict[str, datetime | None] = {}

    def read(self) -> Mapping[str, datetime]:
        """The times by the names of the sources that have had an event. Raises UnavailableError."""
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
