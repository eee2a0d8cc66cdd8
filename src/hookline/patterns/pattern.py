"""One event pattern, compiled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hookline.errors import PatternError
from hookline.patterns.matching import compile_ways
from hookline.patterns.position import Position
from hookline.patterns.reader import read_object
from hookline.patterns.tree import Leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from hookline.patterns.tree import Fields

__all__ = ["Pattern", "compile_pattern"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """Decides whether a pattern matches an event. ``compile_pattern`` creates it."""

    reads: frozenset[str]
    """The top-level keys that it can read; if ``data`` is not among them, the body need not be parsed."""
    ways: tuple[Fields, ...] = field(repr=False)
    """The conditions, one tree for each combination of ``$or`` branches."""
    matches: Callable[[Mapping[str, object]], bool] = field(repr=False)
    """Whether the pattern matches the event. It never raises, whatever JSON the event contains."""

    def may_be_from(self, source: str) -> bool:
        """Whether an event with this ``source`` can match."""
        return any(_may_be(way.get("source"), source) for way in self.ways)

    def data_paths(self) -> Iterator[tuple[str | None, tuple[str, ...]]]:
        """The members of ``data`` that it can read, each with the only ``source`` whose events are concerned, None for any."""
        for way in self.ways:
            data = way.get("data")
            if isinstance(data, dict):
                for source in _only(way.get("source")):
                    yield from ((source, path) for path in _paths(data))


def compile_pattern(pattern: object) -> Pattern:
    """The compiled pattern. Raises PatternError, which lists every complaint by its JSON pointer."""
    position = Position()
    ways = read_object(position, pattern)
    if position.complaints:
        raise PatternError(position.complaints)
    return Pattern(
        reads=frozenset(key for way in ways for key in way),
        ways=tuple(ways),
        matches=compile_ways(ways),
    )


def _may_be(asked: Leaf | Fields | None, value: str) -> bool:
    """Whether a leaf can match ``value``: False where it lists only other strings."""
    return not isinstance(asked, Leaf) or bool(asked.predicates) or value in asked.strings


def _only(asked: Leaf | Fields | None) -> Iterable[str | None]:
    """The strings of a leaf that lists only strings; None where other values can match it."""
    return asked.strings if isinstance(asked, Leaf) and not asked.predicates else (None,)


def _paths(fields: Fields) -> Iterator[tuple[str, ...]]:
    for key, inner in fields.items():
        yield (key,)
        if isinstance(inner, dict):
            yield from ((key, *path) for path in _paths(inner))
