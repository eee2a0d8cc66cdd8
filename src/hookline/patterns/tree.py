"""A parsed pattern: trees of fields, one tree for each combination of its ``$or`` branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Fields", "Leaf", "Predicate", "merge", "shared_fields"]

Predicate: TypeAlias = "Callable[[object], bool]"
"""Whether one scalar of an event (a string, number, boolean or null) matches."""

Fields: TypeAlias = "dict[str, Leaf | Fields]"
"""The conditions on an object, by key: on a leaf's value, or on a nested object."""


@record
class Leaf:
    """The list of values of one field: the field matches when any of them does."""

    strings: frozenset[str] = frozenset()
    """Strings that match exactly, kept separately because they are the common case."""
    predicates: tuple[Predicate, ...] = ()
    absent: bool = False
    """Whether the field may be missing (``{"exists": false}``)."""
    written: tuple[object, ...] = ()
    """The values as they are written in the pattern, to show to people."""


def merge(left: Fields, right: Fields) -> Fields:
    """The conditions of both. They must have no field in common: see ``shared_fields``."""
    merged = dict(left)
    for key, theirs in right.items():
        ours = merged.get(key)
        merged[key] = merge(ours, theirs) if isinstance(ours, dict) and isinstance(theirs, dict) else theirs
    return merged


def shared_fields(left: Fields, right: Fields) -> Iterator[tuple[str, ...]]:
    """The path of every field that both have a condition on, so that they cannot be merged."""
    for key in left.keys() & right.keys():
        ours, theirs = left[key], right[key]
        if isinstance(ours, dict) and isinstance(theirs, dict):
            yield from ((key, *path) for path in shared_fields(ours, theirs))
        else:
            yield (key,)
