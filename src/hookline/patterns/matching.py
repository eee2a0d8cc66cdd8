"""Turns trees of fields into closures over an event's values.

Arrays of an event are searched, as in EventBridge: a field whose value is an array matches when any of its scalars does, and an object in
an array counts as the value of the field that holds the array. All fields of the pattern that lead through the same array must be found in
the same element of it ("array consistency").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from hookline.patterns.predicates import any_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from hookline.patterns.tree import Fields, Leaf

__all__ = ["ABSENT", "FOUND", "MISSING", "NO", "compile_leaf", "compile_ways", "elements"]

# A field that is missing from one element of an array is not missing from the array if another element has it.
# So FOUND needs one element of the array, and ABSENT needs all elements.
NO, ABSENT, FOUND = range(3)

Test: TypeAlias = "Callable[[object], int]"

MISSING = object()
"""Represents the value of a missing key."""


def compile_ways(ways: Sequence[Fields]) -> Callable[[Mapping[str, object]], bool]:
    """Whether an event fulfils everything that one of the combinations in ``ways`` requires.

    Never raises, whatever JSON the event holds.
    """
    tests = [_compile_fields(way) for way in ways]
    if len(tests) == 1:
        only = tests[0]
        return lambda event: only(event) != NO
    return lambda event: any(holds(event) for holds in tests)


def _compile_fields(fields: Fields) -> Callable[[Mapping[str, object]], int]:
    """Whether an object fulfils everything that ``fields`` requires: 0 when it does not."""
    tests = tuple((key, _compile_field(field)) for key, field in fields.items())
    if len(tests) == 1:
        ((only_key, only_test),) = tests
        return lambda mapping: only_test(mapping.get(only_key, MISSING))

    def holds(mapping: Mapping[str, object]) -> int:
        outcome = ABSENT
        for key, test in tests:
            found = test(mapping.get(key, MISSING))
            if not found:
                return NO
            if found == FOUND:
                outcome = FOUND
        return outcome

    return holds


def _compile_field(field: Leaf | Fields) -> Test:
    return _compile_object(field) if isinstance(field, dict) else compile_leaf(field)


def _compile_object(fields: Fields) -> Test:
    holds = _compile_fields(fields)
    elsewhere = holds({})

    def test(value: object) -> int:
        if isinstance(value, dict):
            return holds(value)
        return _across(value, test, elsewhere) if isinstance(value, list) else elsewhere

    return test


def compile_leaf(leaf: Leaf) -> Test:
    """The result of ``leaf`` for a value: ``FOUND``, ``ABSENT`` where it may be missing and is missing, or ``NO``."""
    strings, takes, has_predicates = leaf.strings, any_of(leaf.predicates), bool(leaf.predicates)
    nowhere = ABSENT if leaf.absent else NO

    def test(value: object) -> int:
        if isinstance(value, str):
            return FOUND if value in strings or (has_predicates and takes(value)) else NO
        if isinstance(value, list):
            return _across(value, test, nowhere)
        # An object is not a scalar, so for a list of values the field counts as missing.
        if value is MISSING or isinstance(value, dict):
            return nowhere
        return FOUND if takes(value) else NO

    return test


def _across(values: list[object], test: Test, nowhere: int) -> int:
    """The result of ``test`` over an array; ``nowhere`` is the result for an array without such elements."""
    outcome = nowhere
    for value in elements(values):
        found = test(value)
        if found == FOUND:
            return FOUND
        if not found:
            outcome = NO
    return outcome


def elements(values: list[object]) -> Iterator[object]:
    """Every element that is not itself an array; a stack of our own, since an event may nest deeper than Python recurses."""
    waiting = [values]
    while waiting:
        for value in waiting.pop():
            if isinstance(value, list):
                waiting.append(value)
            else:
                yield value
