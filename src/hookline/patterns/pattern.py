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
    """Decides whether an event is meant. Made by ``compile_pattern``."""

    reads: frozenset[str]
    """The top-level keys it can look at; without ``data`` among them the body need not be parsed."""
    ways: tuple[Fields, ...] = field(repr=False)
    """What is asked, one tree for each way through ``$or``."""
    matches: Callable[[Mapping[str, object]], bool] = field(repr=False)
    """Whether an event is meant. Never raises, whatever JSON the event holds."""

    def may_be_from(self, source: str) -> bool:
        """Whether an event whose ``source`` this is can match."""
        return any(_may_be(way.get("source"), source) for way in self.ways)

    def data_paths(self) -> Iterator[tuple[str | None, tuple[str, ...]]]:
        """The members of ``data`` that it can look at, each with the only ``source`` of its events, None where that may be any."""
        for way in self.ways:
            data = way.get("data")
            if isinstance(data, dict):
                for source in _only(way.get("source")):
                    yield from ((source, path) for path in _paths(data))


def compile_pattern(pattern: object) -> Pattern:
    """The pattern, ready to match. Raises PatternError with every complaint at once, each by its JSON pointer."""
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
    """Whether a leaf can hold of ``value``: False where it lists other strings and nothing else."""
    return not isinstance(asked, Leaf) or bool(asked.predicates) or value in asked.strings


def _only(asked: Leaf | Fields | None) -> Iterable[str | None]:
    """The strings that a leaf lists and nothing else; None where it can hold of another value."""
    return asked.strings if isinstance(asked, Leaf) and not asked.predicates else (None,)


def _paths(fields: Fields) -> Iterator[tuple[str, ...]]:
    for key, inner in fields.items():
        yield (key,)
        if isinstance(inner, dict):
            yield from ((key, *path) for path in _paths(inner))
