"""Why an event goes to its queues: the result of each rule for it, in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.domain.json_text import parse
from hookline.domain.message import is_json_media_type
from hookline.domain.queue import UNROUTED
from hookline.domain.request import Headers, Request
from hookline.domain.source import Verified
from hookline.patterns import Pattern
from hookline.patterns.explanation import explain
from hookline.pipeline.identify import identify
from hookline.pipeline.route import view_of
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.event import Event
    from hookline.domain.route import Route
    from hookline.domain.source import Source
    from hookline.patterns.explanation import Condition, Hides

__all__ = [
    "RouteDecision",
    "RuleDecision",
    "decide",
    "decide_event",
    "decision_document",
    "decision_lines",
    "tried_event",
]

_TRIED = "tried"
"""The delivery id of a trial event: it does not matter to a route where a sender's ids are."""


@record
class RuleDecision:
    """The result of one rule: ``number`` counts from 1, in the order of hookline.toml. ``because`` is the reason."""

    number: int
    queues: tuple[str, ...]
    matches: bool
    because: str
    conditions: tuple[Condition, ...]

    @property
    def words(self) -> str:
        """One sentence, without its full stop."""
        return f"rule {self.number} {'matched because' if self.matches else 'did not match:'} {self.because}"


@record
class RouteDecision:
    """Where an event goes, and why: every rule is tried, and each queue gets the event once."""

    rules: tuple[RuleDecision, ...]
    queues: tuple[str, ...]

    @property
    def is_unmatched(self) -> bool:
        """Whether no rule matched, so that the event goes to ``unrouted``."""
        return not any(rule.matches for rule in self.rules)


def decide(view: Mapping[str, object], routes: Sequence[Route], *, hides: Hides = lambda _: False) -> RouteDecision:
    """The decision of ``routes`` about an event in the form of ``view``. The words leave out values at paths that ``hides`` names."""
    rules = tuple(_rule(number, route, view, hides) for number, route in enumerate(routes, 1))
    queues = dict.fromkeys(queue for rule in rules if rule.matches for queue in rule.queues)
    return RouteDecision(rules=rules, queues=tuple(queues) or (UNROUTED,))


def decide_event(event: Event, routes: Sequence[Route], *, hides: Hides = lambda _: False) -> RouteDecision:
    """What the routes decide about an event: its queues are those from ``Router.route``."""
    reads = frozenset(key for route in routes for key in route.match.reads)
    return decide(view_of(event, reads), routes, hides=hides)


def tried_event(source: Source, body: bytes, *, at: datetime, type_: str | None = None) -> Event:
    """The event that ``source`` would make of a signed body; ``type_``, if given, replaces the type that is found.

    Raises Rejected as the source would: for a body that is not JSON, and for one without a type.
    """
    media_type = "application/json" if "application/json" in source.media_types else min(source.media_types)
    found = source if type_ is None else replace(source, find_type=lambda _request, _document: type_)
    request = Request(
        method="POST",
        path=source.path,
        query="",
        headers=Headers.of(content_type=media_type),
        body=body,
        received_at=at,
    )
    return identify(
        request,
        replace(found, find_id=None, remembering=None),
        document=parse(body) if is_json_media_type(media_type) else None,
        verified=Verified(delivery_id=_TRIED),
        content_type=media_type,
    )


def decision_document(decision: RouteDecision) -> dict[str, object]:
    """The decision as a document for a program."""
    return {
        "queues": list(decision.queues),
        "unmatched": decision.is_unmatched,
        "rules": [
            {
                "rule": rule.number,
                "queues": list(rule.queues),
                "matches": rule.matches,
                "because": rule.because,
                "words": rule.words,
                "conditions": [
                    {"field": list(one.path), "holds": one.holds, "wanted": one.wanted, "words": one.words}
                    for one in rule.conditions
                ],
            }
            for rule in decision.rules
        ],
    }


def decision_lines(decision: RouteDecision) -> list[str]:
    """The decision as lines for a person."""
    said = "no rule matched: the event goes to" if decision.is_unmatched else "the event goes to"
    return [f"{said} {', '.join(decision.queues)}", *(rule.words for rule in decision.rules)]


def _rule(number: int, route: Route, view: Mapping[str, object], hides: Hides) -> RuleDecision:
    assert isinstance(route.match, Pattern)  # noqa: S101 -- a configuration creates its routes from patterns only
    explained = explain(route.match, view, hides=hides)
    return RuleDecision(
        number=number,
        queues=route.queues,
        matches=explained.matches,
        because=explained.because,
        conditions=explained.conditions,
    )
