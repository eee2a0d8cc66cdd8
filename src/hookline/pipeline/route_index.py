"""Finds the routes that can match an event, where there are too many to test each of them."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import prod
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from hookline.patterns import Pattern
from hookline.patterns.demands import LookUp, demands, scalars_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.domain.route import Match
    from hookline.patterns.demands import Demands

__all__ = ["RouteIndex"]

Place: TypeAlias = "tuple[LookUp, ...]"
"""One look-up, or two whose keys must both be present."""

Entries: TypeAlias = "Mapping[Place, Sequence[object]]"
"""The places at which the index can find one combination of ``$or`` branches, with its keys there. Any one of the places is enough."""

Table: TypeAlias = "dict[object, list[int]]"
"""The positions of routes, by key."""

_SOURCE_AND_TYPE: Place = (LookUp(("source",)), LookUp(("type",)))
_MOST_PAIRS = 64
"""The most pairs of source and type under which one combination is indexed."""
_FEW = 4
"""A place with fewer indexed combinations is not worth a look-up for each event."""


class _Shelf(NamedTuple):
    """All tables for the values at one path: for whole scalars, and for parts of strings."""

    path: tuple[str, ...]
    whole: Table
    parts: Sequence[tuple[slice, Table]]


class RouteIndex:
    """The positions of routes by what their patterns require. Routes that the index cannot find are tested each time."""

    def __init__(self, matches: Sequence[Match]) -> None:
        tables, rest = _tables(matches)
        self._tests = tuple(match.matches for match in matches)
        self._rest = tuple((position, self._tests[position]) for position in rest)
        self._pairs = tables.pop(_SOURCE_AND_TYPE, {})
        self._shelves = _shelves(tables)

    def matching(self, view: Mapping[str, object]) -> list[int]:
        """The positions of all routes that match, in their order: the same result as testing every route."""
        tests = self._tests
        found = [position for position in self._candidates(view) if tests[position](view)]
        if self._rest:
            found += [position for position, matches in self._rest if matches(view)]
            found.sort()
        return found

    def _candidates(self, view: Mapping[str, object]) -> Sequence[int]:
        """The routes that are indexed under a key of the event, each once, in their order."""
        candidates: list[int] = []
        for path, whole, parts in self._shelves:
            for scalar in scalars_at(view, path):
                candidates += whole.get(scalar, ())
                if parts and isinstance(scalar, str):
                    for part, table in parts:
                        candidates += table.get(scalar[part], ())
        if self._pairs:
            for pair in product(*(scalars_at(view, look_up.path) for look_up in _SOURCE_AND_TYPE)):
                candidates += self._pairs.get(pair, ())
        return sorted(set(candidates)) if len(candidates) > 1 else candidates


def _shelves(tables: Mapping[Place, Table]) -> tuple[_Shelf, ...]:
    shelves: dict[tuple[str, ...], tuple[Table, list[tuple[slice, Table]]]] = {}
    for (look_up,), table in tables.items():
        whole, parts = shelves.setdefault(look_up.path, ({}, []))
        if look_up.characters is None:
            whole.update(table)
        else:
            parts.append((_part(look_up.characters), table))
    return tuple(_Shelf(path, whole, parts) for path, (whole, parts) in shelves.items())


def _part(characters: int) -> slice:
    return slice(characters) if characters > 0 else slice(characters, None)


def _tables(matches: Sequence[Match]) -> tuple[dict[Place, Table], list[int]]:
    """The tables, and the positions of the routes that are in none, because one of their combinations cannot be indexed."""
    routes = [_ways(match) for match in matches]
    choose = _chooser([way for ways in routes for way in ways])
    tables: dict[Place, Table] = {}
    rest = []
    for position, ways in enumerate(routes):
        chosen = [(place, way[place]) for way in ways if (place := choose(way)) is not None]
        if len(chosen) < len(ways):
            rest.append(position)
            continue
        for place, keys in chosen:
            table = tables.setdefault(place, {})
            for key in keys:
                table.setdefault(key, []).append(position)
    return tables, rest


def _ways(match: Match) -> list[Entries]:
    return [_entries(way) for way in demands(match)] if isinstance(match, Pattern) else [{}]


def _entries(way: Demands) -> Entries:
    """Each of its look-ups is a place, and so is the pair of source and type if it requires both."""
    entries: dict[Place, Sequence[object]] = {(look_up,): list(keys) for look_up, keys in way.items()}
    pairs = [way.get(look_up, frozenset()) for look_up in _SOURCE_AND_TYPE]
    if 0 < prod(map(len, pairs)) <= _MOST_PAIRS:
        entries[_SOURCE_AND_TYPE] = list(product(*pairs))
    return entries


def _chooser(ways: Sequence[Entries]) -> Callable[[Entries], Place | None]:
    """Where a combination is indexed: at the place where the fewest others have the same keys, so that an event has few candidates."""
    sizes = Counter(place for way in ways for place in way)
    crowds = Counter((place, key) for way in ways for place, keys in way.items() for key in keys)

    def cost(place: Place, keys: Sequence[object]) -> tuple[int, int]:
        return max(crowds[place, key] for key in keys), -sizes[place]

    def choose(way: Entries) -> Place | None:
        places = [place for place in way if sizes[place] >= _FEW]
        return min(places, key=lambda place: cost(place, way[place]), default=None)

    return choose
