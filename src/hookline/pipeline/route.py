"""Which queues an event goes to, and in which group where a queue is FIFO."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from hookline.domain.event import Status
from hookline.domain.fetch import awaits_record
from hookline.domain.fifo import group_id
from hookline.domain.json_text import parse
from hookline.domain.message import OPTIONAL, is_json_media_type
from hookline.domain.queue import UNROUTED
from hookline.domain.route import RoutedEvent, new_routed_event

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from hookline.config import Config
    from hookline.config.groups import GroupExpression
    from hookline.domain.event import Event
    from hookline.domain.queue import Queue
    from hookline.domain.route import Route
    from hookline.pipeline.route_index import RouteIndex
    from hookline.ports.event_store import StoredEvent

__all__ = ["Router", "router_of", "source_attribute", "view_of"]

_VIEW: Mapping[str, Callable[[Event], object]] = {
    "specversion": lambda _: "1.0",
    "id": lambda event: event.id,
    "source": lambda event: source_attribute(event.source),
    "type": lambda event: event.type,
    "time": lambda event: event.time,
    "datacontenttype": lambda event: event.content_type,
    "bodysha256": lambda event: event.body_sha256.hex(),
}
"""The CloudEvent for patterns, without optional attributes and ``data``: each part is made only when a pattern reads it."""


_MOST_TYPES = 1024
"""The most types of events whose queues are cached, where nothing but the type decides."""

_FEW_ROUTES = 8
"""Up to this many routes are tested one by one; more are found with an index."""


class Router:
    """The routes, prepared for what they read, and the groups of those ``queues`` that are FIFO."""

    def __init__(self, routes: Sequence[Route], queues: Sequence[Queue] = ()) -> None:
        self._groups = _expressions(queues)
        reads = {key for rule in routes for key in rule.match.reads}
        self._rules = tuple((rule.match.matches, rule.queues) for rule in routes)
        self._index = _index(routes) if len(routes) > _FEW_ROUTES else None
        self._view = tuple((key, part) for key, part in _VIEW.items() if key in reads)
        self._optional = tuple(name for name in OPTIONAL if name in reads)
        self._reads_data = "data" in reads
        self._by_type = lru_cache(maxsize=_MOST_TYPES)(self._queues) if reads <= {"source", "type"} else None

    @property
    def at_last(self) -> Router:
        """The router that sends events to their queues with or without a record."""
        return self

    def route(self, event: Event) -> RoutedEvent:
        """The event with every queue that its routes name, each once, in the order of the routes; ``unrouted`` if there is none."""
        queues = self._queues_of(event) if self._by_type is None else self._by_type(event.source, event.type)
        if self._groups:
            groups = self._groups_of(event, queues or (UNROUTED,))
            status = Status.ROUTED if queues else Status.UNMATCHED
            return new_routed_event(event=event, queues=queues or (UNROUTED,), status=status, groups=groups)
        if queues:
            return new_routed_event(event=event, queues=queues, status=Status.ROUTED)
        return new_routed_event(event=event, queues=(UNROUTED,), status=Status.UNMATCHED)

    def route_stored(self, stored: StoredEvent) -> RoutedEvent:
        """The same as ``route``, for a stored event: messages of a replay name the replay, which may have chosen the only queue."""
        mark = stored.replay
        if mark is None:
            return self.route(stored.event)
        if mark.queue is not None:
            queues = (mark.queue,)
            groups = self._groups_of(stored.event, queues)
            return RoutedEvent(event=stored.event, queues=queues, replay_id=mark.id, groups=groups)
        return replace(self.route(stored.event), replay_id=mark.id)

    def _queues_of(self, event: Event) -> tuple[str, ...]:
        view = {key: part(event) for key, part in self._view}
        if self._optional:
            view |= {name: event.metadata[name] for name in self._optional if name in event.metadata}
        if self._reads_data and event.body and is_json_media_type(event.content_type):  # it has none once it was erased
            view["data"] = parse(event.body)
        return self._matched(view)

    def _groups_of(self, event: Event, queues: Sequence[str]) -> Mapping[str, str] | None:
        """The event's group on each of ``queues`` that is FIFO; None if none is."""
        wanted = {name: self._groups[name] for name in queues if name in self._groups}
        if not wanted:
            return None
        seen = view_of(event, frozenset[str]().union(*(expression.reads for expression in wanted.values())))
        return {name: group_id(expression.find(seen), event.id) for name, expression in wanted.items()}

    def _queues(self, source: str, type_: str) -> tuple[str, ...]:
        return self._matched({"source": source_attribute(source), "type": type_})

    def _matched(self, view: Mapping[str, object]) -> tuple[str, ...]:
        queues: dict[str, None] = {}
        if self._index is None:
            for matches, names in self._rules:
                if matches(view):
                    queues.update(dict.fromkeys(names))
        else:
            for position in self._index.matching(view):
                queues.update(dict.fromkeys(self._rules[position][1]))
        return tuple(queues)


class _AwaitingRouter(Router):
    """A router for projects that fetch records: an event without its record has no queues yet, and waits in the outbox."""

    def __init__(self, routes: Sequence[Route], queues: Sequence[Queue]) -> None:
        super().__init__(routes, queues)
        self._at_last = Router(routes, queues)

    @property
    def at_last(self) -> Router:
        """A router with the same routes that does not wait for records."""
        return self._at_last

    def route(self, event: Event) -> RoutedEvent:
        """Like ``Router.route`` if the event has its record; without the record it waits."""
        return _waiting(event) if awaits_record(event.metadata) else super().route(event)

    def route_stored(self, stored: StoredEvent) -> RoutedEvent:
        """Like ``Router.route_stored`` if the event has its record; without the record it waits."""
        return _waiting(stored.event) if awaits_record(stored.event.metadata) else super().route_stored(stored)


def router_of(config: Config) -> Router:
    """The router of a project. If no source fetches records, the router does not check whether an event waits for one."""
    fetches = any(source.fetch is not None for source in config.sources)
    return (_AwaitingRouter if fetches else Router)(config.routes, config.queues)


def _waiting(event: Event) -> RoutedEvent:
    return RoutedEvent(event=event, queues=(), status=Status.RECEIVED)


def view_of(event: Event, reads: Collection[str]) -> Mapping[str, object]:
    """The parts of the event that patterns read: attributes and ``data`` that are in ``reads``."""
    seen = {key: part(event) for key, part in _VIEW.items() if key in reads}
    seen |= {name: event.metadata[name] for name in OPTIONAL if name in reads and name in event.metadata}
    if "data" in reads and event.body and is_json_media_type(event.content_type):
        seen["data"] = parse(event.body)
    return seen


def _expressions(queues: Sequence[Queue]) -> Mapping[str, GroupExpression]:
    found = {queue.name: queue.fifo.group for queue in queues if queue.fifo is not None}
    if not found:
        return {}
    from hookline.config.groups import group_expression  # noqa: PLC0415 -- few queues are FIFO, and a cold start would load it

    return {name: group_expression(text) for name, text in found.items()}


def _index(routes: Sequence[Route]) -> RouteIndex:
    from hookline.pipeline.route_index import RouteIndex  # noqa: PLC0415 -- few projects need it, and a cold start would load it

    return RouteIndex([rule.match for rule in routes])


def source_attribute(name: str) -> str:
    """A source's name in the CloudEvent."""
    return f"hookline/{name}"
