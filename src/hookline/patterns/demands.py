"""What a pattern requires of an event, as keys for an index: of many patterns, only the few that an event's keys lead to are tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from hookline.patterns.matching import MISSING, elements
from hookline.patterns.tree import Leaf
from hookline.patterns.wildcard import literals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hookline.patterns.pattern import Pattern
    from hookline.patterns.tree import Fields

__all__ = ["Demands", "LookUp", "demands", "scalars_at"]


class LookUp(NamedTuple):
    """Where to look: at the whole scalars under ``path``, or at a number of first or (below zero) last characters of its strings."""

    path: tuple[str, ...]
    characters: int | None = None


Demands: TypeAlias = "Mapping[LookUp, frozenset[object]]"
"""An event that matches has at least one of these keys at each place. An event that has them may still not match."""

_ENDS = {"prefix": 1, "suffix": -1}


def demands(pattern: Pattern) -> list[Demands]:
    """The requirements of each combination of ``$or`` branches: empty where a branch accepts values that an index cannot find."""
    return [dict(_of_fields(way, ())) for way in pattern.ways]


def scalars_at(event: Mapping[str, object], path: tuple[str, ...]) -> Sequence[object]:
    """Every string, number, boolean and null under ``path``, also in arrays: everything that ``matching`` can find there."""
    value = event.get(path[0], MISSING)
    if isinstance(value, str):
        return (value,) if len(path) == 1 else ()
    for depth, step in enumerate(path[1:], 1):
        if isinstance(value, list):
            inner = [element for element in elements(value) if isinstance(element, dict)]
            return [scalar for element in inner for scalar in scalars_at(element, path[depth:])]
        value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list):
        return [element for element in elements(value) if not isinstance(element, dict)]
    return () if value is MISSING or isinstance(value, dict) else (value,)


def _of_fields(fields: Fields, path: tuple[str, ...]) -> Iterator[tuple[LookUp, frozenset[object]]]:
    for key, field in fields.items():
        if isinstance(field, Leaf):
            yield from _of_leaf(field, (*path, key))
        else:
            yield from _of_fields(field, (*path, key))


def _of_leaf(leaf: Leaf, path: tuple[str, ...]) -> Iterator[tuple[LookUp, frozenset[object]]]:
    """One look-up that fits all values of the list, because the field matches when any of them does."""
    keys = [_key(value) for value in leaf.written]
    known = [key for key in keys if key is not None]
    places = {characters for characters, _ in known}
    if len(known) == len(keys) and len(places) == 1:
        yield LookUp(path, places.pop()), frozenset(key for _, key in known)


def _key(value: object) -> tuple[int | None, object] | None:
    """How many characters to look at, and for which text; None for a value that an index cannot find. Numbers are equal by value."""
    if not isinstance(value, Mapping):
        return None, value
    ((name, operand),) = value.items()
    if name == "wildcard" and isinstance(operand, str):
        return _end(literals(operand))
    if name in _ENDS and isinstance(operand, str) and operand:
        return _ENDS[name] * len(operand), operand
    return None


def _end(pieces: Sequence[str]) -> tuple[int, str] | None:
    """The longer of the first and the last piece of a wildcard."""
    head, tail = pieces[0], pieces[-1]
    if len(tail) > len(head):
        return -len(tail), tail
    return (len(head), head) if head else None
