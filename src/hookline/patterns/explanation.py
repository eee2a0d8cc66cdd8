"""Why a pattern matches an event or does not, field by field, in words. It is written for people and takes longer than matching."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hookline.patterns.matching import ABSENT, FOUND, MISSING, NO, compile_leaf, elements
from hookline.patterns.position import Position
from hookline.patterns.reader import read_value
from hookline.patterns.tree import Leaf
from hookline.patterns.words import place, shown, wanted, which
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hookline.patterns.pattern import Pattern
    from hookline.patterns.tree import Fields

__all__ = ["Condition", "Explanation", "Hides", "explain"]

Hides: TypeAlias = "Callable[[tuple[str, ...]], bool]"
"""Whether the value at a path must not be shown."""

_MOST_WAYS = 3
"""How many combinations of ``$or`` branches are explained when none matches: those that come closest."""


@record
class Condition:
    """What one field of a pattern requires, whether the event fulfils it, and why: ``words`` contain the event's value."""

    path: tuple[str, ...]
    holds: bool
    wanted: str
    words: str


@record
class Explanation:
    """Why a pattern matches or not. ``conditions`` are those of the ``$or`` combination that matches, or of the one that comes closest.

    ``ways`` counts the combinations; ``because`` is the reason as one sentence without its full stop.
    """

    matches: bool
    conditions: tuple[Condition, ...]
    because: str
    ways: int


def explain(pattern: Pattern, event: Mapping[str, object], *, hides: Hides = lambda _: False) -> Explanation:
    """Why ``event`` matches or not, given in the form that ``pattern.matches`` takes.

    It never raises, and its result is always that of ``matches``.

    The words do not contain the values at paths that ``hides`` names.
    """
    found = [_fields(way, event, (), hides) for way in pattern.ways]
    for outcome, conditions in found:
        if outcome != NO:
            because = " and ".join(condition.words for condition in conditions)
            return Explanation(matches=True, conditions=tuple(conditions), because=because, ways=len(found))
    nearest = sorted((conditions for _, conditions in found), key=_missed)
    return Explanation(matches=False, conditions=tuple(nearest[0]), because=_why_not(nearest), ways=len(found))


def _missed(conditions: Sequence[Condition]) -> int:
    return sum(not condition.holds for condition in conditions)


def _why_not(ways: Sequence[Sequence[Condition]]) -> str:
    texts = [" and ".join(dict.fromkeys(one.words for one in way if not one.holds)) for way in ways]
    different = list(dict.fromkeys(texts))
    if len(different) == 1:
        return different[0]
    said = "; nor: ".join(different[:_MOST_WAYS])
    return (
        f"{said}; and {len(different) - _MOST_WAYS} other combinations do not match either"
        if len(different) > _MOST_WAYS
        else said
    )


def _fields(
    fields: Fields, event: Mapping[str, object], path: tuple[str, ...], hides: Hides
) -> tuple[int, list[Condition]]:
    """What ``matching`` finds for these fields of an object, with every condition."""
    outcome, conditions = ABSENT, list[Condition]()
    for key, field in fields.items():
        found, more = _field(field, event.get(key, MISSING), (*path, key), hides)
        conditions += more
        if NO in (found, outcome):
            outcome = NO
        elif found == FOUND:
            outcome = FOUND
    return outcome, conditions


def _field(field: Leaf | Fields, value: object, path: tuple[str, ...], hides: Hides) -> tuple[int, list[Condition]]:
    if isinstance(field, Leaf):
        found = compile_leaf(field)(value)
        return found, [_condition(field, value, found, path, is_hidden=hides(path))]
    if isinstance(value, list):
        return _across(field, value, path, hides)
    return _fields(field, value if isinstance(value, dict) else {}, path, hides)


def _across(fields: Fields, values: list[object], path: tuple[str, ...], hides: Hides) -> tuple[int, list[Condition]]:
    """All fields must match in the same element of an array: the element where they do, or the one that comes closest."""
    nowhere = _fields(fields, {}, path, hides)
    refused = [nowhere] if nowhere[0] == NO else []
    for value in elements(values):
        found = _fields(fields, value if isinstance(value, dict) else {}, path, hides)
        if found[0] == FOUND:
            return found
        if found[0] == NO:
            refused.append(found)
    return min(refused, key=lambda one: _missed(one[1])) if refused else nowhere


def _condition(leaf: Leaf, value: object, found: int, path: tuple[str, ...], *, is_hidden: bool) -> Condition:
    asked = wanted(leaf.written)
    if is_hidden:
        words = (
            f"{place(path)} is hidden from you, and {'matches' if found else 'does not match'}: the pattern wants "
            f"{asked}"
        )
        return Condition(path=path, holds=found != NO, wanted=asked, words=words)
    words = f"{place(path)} {_held(leaf, value, found) if found else f'{_there(value)}, wanted {asked}'}"
    return Condition(path=path, holds=found != NO, wanted=asked, words=words)


def _there(value: object) -> str:
    return "is missing" if value is MISSING else f"is {shown(value)}"


def _held(leaf: Leaf, value: object, found: int) -> str:
    """Why the field matches, as the rest of a sentence that begins with the field's name."""
    if found == ABSENT:
        return "is missing"
    verb = "holds" if isinstance(value, list) else "is"
    candidates = elements(value) if isinstance(value, list) else [value]
    for candidate, written in _pairs(candidates, leaf):
        because = which(written)
        if because == "is there":
            return because
        return f"{verb} {shown(candidate)}" + ("" if because is None else f", which {because}")
    return f"{verb} {shown(value)}"


def _pairs(candidates: Sequence[object] | Iterator[object], leaf: Leaf) -> Iterator[tuple[object, object]]:
    """Each scalar, with each value of the pattern that it fits."""
    tests = [(written, compile_leaf(read_value(Position(), written))) for written in leaf.written]
    for candidate in candidates:
        if not isinstance(candidate, dict):
            yield from ((candidate, written) for written, test in tests if test(candidate) == FOUND)
