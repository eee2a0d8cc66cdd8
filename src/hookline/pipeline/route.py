"""Which queues an event goes to."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from hookline.domain.event import Status
from hookline.domain.json_text import parse
from hookline.domain.message import OPTIONAL, is_json_media_type
from hookline.domain.queue import UNROUTED
from hookline.domain.route import RoutedEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.domain.event import Event
    from hookline.domain.route import Route
    from hookline.ports.event_store import StoredEvent

__all__ = ["Router"]

_VIEW: Mapping[str, Callable[[Event], object]] = {
    "specversion": lambda _: "1.0",
    "id": lambda event: event.id,
    "source": lambda event: _source(event.source),
    "type": lambda event: event.type,
    "time": lambda event: event.time,
    "datacontenttype": lambda event: event.content_type,
    "bodysha256": lambda event: event.body_sha256.hex(),
}
"""The CloudEvent as patterns see it, except for optional attributes and ``data``: each part is made only when a pattern looks at it."""


_MOST_TYPES = 1024
"""Types of events whose queues are remembered, where nothing else decides."""


class Router:
    """The routes, with what they look at decided once."""

    def __init__(self, routes: Sequence[Route]) -> None:
        reads = {key for rule in routes for key in rule.match.reads}
        self._rules = tuple((rule.match.matches, rule.queues) for rule in routes)
        self._view = tuple((key, part) for key, part in _VIEW.items() if key in reads)
        self._optional = tuple(name for name in OPTIONAL if name in reads)
        self._reads_data = "data" in reads
        self._by_type = lru_cache(maxsize=_MOST_TYPES)(self._queues) if reads <= {"source", "type"} else None

    def route(self, event: Event) -> RoutedEvent:
        """The event with every queue that any route names, each once, in the order of the routes; ``unrouted`` if there is none."""
        queues = self._queues_of(event) if self._by_type is None else self._by_type(event.source, event.type)
        if queues:
            return RoutedEvent(event=event, queues=queues, status=Status.ROUTED)
        return RoutedEvent(event=event, queues=(UNROUTED,), status=Status.UNMATCHED)

    def route_stored(self, stored: StoredEvent) -> RoutedEvent:
        """The same for an event out of the store: a replay's messages name the replay, which may have chosen their only queue."""
        mark = stored.replay
        if mark is None:
            return self.route(stored.event)
        if mark.queue is not None:
            return RoutedEvent(event=stored.event, queues=(mark.queue,), replay_id=mark.id)
        return replace(self.route(stored.event), replay_id=mark.id)

    def _queues_of(self, event: Event) -> tuple[str, ...]:
        view = {key: part(event) for key, part in self._view}
        if self._optional:
            view |= {name: event.metadata[name] for name in self._optional if name in event.metadata}
        if self._reads_data and is_json_media_type(event.content_type):
            view["data"] = parse(event.body)
        return self._matched(view)

    def _queues(self, source: str, type_: str) -> tuple[str, ...]:
        return self._matched({"source": _source(source), "type": type_})

    def _matched(self, view: Mapping[str, object]) -> tuple[str, ...]:
        queues: dict[str, None] = {}
        for matches, names in self._rules:
            if matches(view):
                queues.update(dict.fromkeys(names))
        return tuple(queues)


def _source(name: str) -> str:
    """A source's name as the CloudEvent has it."""
    return f"hookline/{name}"
