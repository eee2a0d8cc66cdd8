"""What routes cost: an event among ten and among thousands of them, and the time until they are loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, TypeAlias

from bench.measures import Row, at_most, say
from hookline.config.loading import parse
from hookline.domain.event import Event
from hookline.domain.route import Route
from hookline.patterns import compile_pattern
from hookline.pipeline.route import Router, view_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.measures import Plan

__all__ = ["events", "exact", "measure", "mixed", "one_by_one", "routes", "toml"]

Pattern: TypeAlias = "Mapping[str, object]"

_SOURCES = 20
_EVENTS = 2048
"""Distinct pairs of source and type: more than a router remembers, so that each event is routed again."""
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def exact(number: int) -> Pattern:
    """The pattern of one route by type."""
    return {"type": [f"order.{number}.paid"]}


def mixed(number: int) -> Pattern:
    """The pattern of one route, with other operators in turn; of ten, one has nothing that can be looked up."""
    named, source = f"order.{number}.paid", f"hookline/s{number % _SOURCES}"
    kinds: Sequence[Pattern] = [
        {"type": [named]},
        {"type": [named], "source": [source]},
        {"type": [named, f"order.{number}.refunded"]},
        {"type": [{"prefix": f"order.{number}."}]},
        {"type": [{"suffix": f".{number}.paid"}]},
        {"type": [named], "data": {"amount": [{"numeric": [">", number]}]}},
        {"type": [named], "data": {"state": [{"anything-but": ["test"]}]}},
        {"source": [source], "data": {"merchant": [f"m_{number}"]}},
        {"$or": [{"type": [named]}, {"data": {"merchant": [f"m_{number}"], "settled": [True]}}]},
        {"data": {"amount": [{"numeric": [">", 1_000_000 + number]}]}},
    ]
    return kinds[number % len(kinds)]


def routes(patterns: Sequence[Pattern]) -> list[Route]:
    """A route to one of twenty queues for each pattern."""
    return [Route(match=compile_pattern(one), queues=(f"q{index % 20}",)) for index, one in enumerate(patterns)]


def events(count: int) -> list[Event]:
    """Events for ``count`` routes, of about a kilobyte, each with a source and a type that no other has together."""
    return [_event(index % count, index // count) for index in range(_EVENTS)]


def _event(number: int, source: int) -> Event:
    members = {"merchant": f"m_{number}", "amount": number, "state": "live", "settled": True, "note": "x" * 900}
    body = json.dumps(members).encode()
    return Event(
        id=f"s{source}:{number}",
        source=f"s{source}",
        type=f"order.{number}.paid",
        time="2026-01-01T00:00:00Z",
        received_at=_AT,
        content_type="application/json",
        body=body,
        body_sha256=hashlib.sha256(body).digest(),
    )


def one_by_one(table: Sequence[Route]) -> Callable[[Event], object]:
    """The queues of an event by testing every route, which a router does with few routes."""
    reads = frozenset(key for route in table for key in route.match.reads)

    def queues(event: Event) -> tuple[str, ...]:
        view = view_of(event, reads)
        return tuple(dict.fromkeys(queue for route in table if route.match.matches(view) for queue in route.queues))

    return queues


def measure(plan: Plan) -> list[Row]:
    """Rounds in which every table has its turn, in microseconds of processor time an event; and the time to load the largest."""
    turns = _turns()
    say(f"{len(turns)} tables of routes")
    found: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(2 * plan.pairs):
        for name, (route, all_of_them) in turns.items():
            found[name].append(_microseconds(route, all_of_them))
    text = toml(10_000)
    loads = [_seconds(text) for _ in range(plan.pairs)]
    return [*_rows(found), _loading(loads)]


def _turns() -> Mapping[str, tuple[Callable[[Event], object], Sequence[Event]]]:
    """How each table is asked, and with which events."""
    turns: dict[str, tuple[Callable[[Event], object], Sequence[Event]]] = {}
    for count in (3, 10, 100, 1000, 10_000):
        turns[f"exact {count}"] = Router(routes([exact(number) for number in range(count)])).route, events(count)
    mixes = routes([mixed(number) for number in range(10_000)])
    for count in (10, 1000, 10_000):
        turns[f"mixed {count}"] = Router(mixes[:count]).route, events(count)[:: max(1, count // 100)]
    turns["one by one"] = one_by_one(mixes), events(10_000)[::100]
    return turns


def _microseconds(route: Callable[[Event], object], asked: Sequence[Event]) -> float:
    started = process_time()
    for event in asked:
        route(event)
    return (process_time() - started) / len(asked) * 1e6


def _seconds(text: str) -> float:
    started = process_time()
    parse(text, base=Path())
    return process_time() - started


def toml(count: int) -> str:
    """A hookline.toml with twenty sources, twenty queues and ``count`` mixed routes."""
    lines = [f"[queues.q{number}]" for number in range(20)]
    for number in range(_SOURCES):
        verify = 'verify = { scheme = "standard-webhooks", secrets = ["S"] }'
        lines += [f"[sources.s{number}]", f'path = "/webhook/s{number}"', 'type = "type"', verify]
    for number in range(count):
        lines += ["[[routes]]", f"match = {_toml(mixed(number))}", f'queues = ["q{number % 20}"]']
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{json.dumps(key)} = {_toml(inner)}' for key, inner in value.items())} }}"
    return f"[{', '.join(map(_toml, value))}]" if isinstance(value, list) else json.dumps(value)


def _rows(found: Mapping[str, Sequence[float]]) -> list[Row]:
    def ratios(name: str, other: str) -> list[float]:
        return [one / two for one, two in zip(found[name], found[other], strict=True)]

    middle = {name: median(times) for name, times in found.items()}
    exacts, mixes = ratios("exact 1000", "exact 10"), ratios("mixed 10000", "one by one")
    return [
        Row(
            name="routes",
            measure="route() with 1,000 exact routes, against 10",
            **at_most(2, median(exacts), "times"),
            detail="microseconds of processor time an event: "
            + ", ".join(
                f"{middle[f'exact {count}']:.1f} with {count:,} routes" for count in (3, 10, 100, 1000, 10_000)
            ),
            numbers={"ratio": exacts, **{name: found[name] for name in found if name.startswith("exact")}},
        ),
        Row(
            name="mixed routes",
            measure="route() with 10,000 routes of mixed operators, against testing each of them",
            **at_most(0.3, median(mixes), "times"),
            detail=f"{middle['mixed 10000']:,.0f} against {middle['one by one']:,.0f} microseconds an event; a tenth of the "
            f"routes cannot be looked up. {middle['mixed 10']:.1f} with 10 routes, {middle['mixed 1000']:.0f} with 1,000",
            numbers={"ratio": mixes, **{name: found[name] for name in found if not name.startswith("exact")}},
        ),
    ]


def _loading(seconds: Sequence[float]) -> Row:
    return Row(
        name="loading routes",
        measure="Loading hookline.toml with 10,000 routes of mixed operators and 20 sources",
        **at_most(5, median(seconds), "s"),
        detail="processor time; more than a tenth of it is reading TOML",
        numbers={"seconds": seconds},
    )
