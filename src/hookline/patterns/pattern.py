"""One event pattern, compiled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hookline.errors import PatternError
from hookline.patterns.matching import compile_fields
from hookline.patterns.place import Place
from hookline.patterns.reader import read_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Pattern", "compile_pattern"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """Decides whether an event is meant. Made by ``compile_pattern``."""

    reads: frozenset[str]
    """The top-level keys it can look at; without ``data`` among them the body need not be parsed."""
    holds: Callable[[Mapping[str, object]], int] = field(repr=False)
    """The compiled pattern itself, for ``matches`` alone."""

    def matches(self, event: Mapping[str, object]) -> bool:
        """Whether ``event`` is meant. Never raises, whatever JSON the event holds."""
        return self.holds(event) != 0


def compile_pattern(pattern: object) -> Pattern:
    """The pattern, ready to match. Raises PatternError with every complaint at once, each by its JSON pointer."""
    place = Place()
    ways = read_object(place, pattern)
    if place.complaints:
        raise PatternError(place.complaints)
    return Pattern(
        reads=frozenset(key for way in ways for key in way),
        holds=_any_way([compile_fields(way) for way in ways]),
    )


def _any_way(ways: list[Callable[[Mapping[str, object]], int]]) -> Callable[[Mapping[str, object]], int]:
    if len(ways) == 1:
        return ways[0]
    return lambda event: any(holds(event) for holds in ways)
