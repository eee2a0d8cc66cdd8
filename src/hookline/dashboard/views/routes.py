"""Shows the routes, their drawing, and their decision for a test event."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from hookline.dashboard.schema import BOOLEAN, COUNT, TEXT, listed, named, of
from hookline.dashboard.views.route_drawing import DRAWING, Link, drawing
from hookline.domain.canary import CANARY
from hookline.domain.queue import UNROUTED
from hookline.errors import NotFoundError
from hookline.patterns import Pattern
from hookline.pipeline.route_decision import decide_event, decision_document, tried_event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.config import Config
    from hookline.dashboard.control_room import ControlRoom
    from hookline.domain.route import Route
    from hookline.domain.source import Source

__all__ = ["DECISION", "ROUTES", "RULE", "TRIED", "routes", "tried"]

RULE: Final = of(rule=COUNT, match=TEXT, queues=listed(TEXT), sources=listed(TEXT))
ROUTES: Final = of(
    rules=listed(named("Rule")),
    sources=listed(of(name=TEXT, path=TEXT, scheme=TEXT)),
    queues=listed(TEXT),
    unfed_queues=listed(TEXT),
    drawing=DRAWING,
)
DECISION: Final = of(
    queues=listed(TEXT),
    unmatched=BOOLEAN,
    rules=listed(
        of(
            rule=COUNT,
            queues=listed(TEXT),
            matches=BOOLEAN,
            because=TEXT,
            words=TEXT,
            conditions=listed(of(field=listed(TEXT), holds=BOOLEAN, wanted=TEXT, words=TEXT)),
        )
    ),
)
TRIED: Final = of(source=TEXT, type=TEXT, decision=named("Decision"), drawing=DRAWING)


def routes(room: ControlRoom, *, matched: frozenset[int] | None = None, source: str | None = None) -> dict[str, object]:
    """The rules in their order, with the sources whose events each can match, and a drawing of them.

    ``matched`` are the rules to highlight in the drawing, for an event of ``source``.
    """
    config = room.config()
    written = [json.dumps(match, ensure_ascii=False) for match in _written(config)]
    links = [
        Link(rule=number, sources=_sources_of(route, config), queues=route.queues)
        for number, route in enumerate(config.routes, 1)
    ]
    fed = {name for link in links for name in link.queues} | {UNROUTED}
    names = [one.name for one in config.queues]
    return {
        "rules": [
            {"rule": link.rule, "match": match, "queues": list(link.queues), "sources": list(link.sources)}
            for link, match in zip(links, written, strict=True)
        ],
        "sources": [{"name": one.name, "path": one.path, "scheme": one.scheme} for one in config.sources],
        "queues": names,
        "unfed_queues": [name for name in names if name not in fed],
        "drawing": drawing(
            links,
            matches=written,
            sources=[(one.name, one.path) for one in config.sources],
            queues=names,
            matched=matched,
            source=source,
        ),
    }


def tried(room: ControlRoom, *, source: str, body: bytes, type_: str | None = None) -> dict[str, object]:
    """The routes' decision for a body that ``source`` would accept. Nothing is stored. Raises NotFoundError and Rejected."""
    config = room.config()
    event = tried_event(_source(config, source), body, at=room.now(), type_=type_)
    decision = decide_event(event, config.routes)
    matched = frozenset(rule.number for rule in decision.rules if rule.matches)
    return {
        "source": source,
        "type": event.type,
        "decision": decision_document(decision),
        "drawing": routes(room, matched=matched, source=source)["drawing"],
    }


def _source(config: Config, name: str) -> Source:
    found = next((one for one in config.sources if one.name == name), None)
    if found is None:
        raise NotFoundError(f"there is no source {name} in the configuration")
    return found


def _sources_of(route: Route, config: Config) -> tuple[str, ...]:
    match = route.match
    assert isinstance(match, Pattern)  # noqa: S101 -- a configuration makes its routes of nothing else
    from_ = (one.name for one in config.sources if match.may_be_from(f"hookline/{one.name}"))
    return tuple(name for name in from_ if name != CANARY or route.queues == (CANARY,))


def _written(config: Config) -> list[Mapping[str, object]]:
    """The patterns as they are written in hookline.toml; the canary's route, which is the last, is not in that file."""
    tables = config.written.get("routes", [])
    found = [table["match"] for table in tables] if isinstance(tables, list) else []
    return [*found, *([{"source": [f"hookline/{CANARY}"]}] * (len(config.routes) - len(found)))]
