"""What holds of every pattern and every event, with a second, plainer matcher to compare with."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from effort import examples
from hookline.errors import PatternError
from hookline.patterns import compile_pattern
from hookline.patterns.explanation import explain
from hookline.patterns.operators import OPERATORS

if TYPE_CHECKING:
    from collections.abc import Iterator

Path: TypeAlias = tuple[str, ...]
Elements: TypeAlias = dict[int, int]
"""Which element of which array a value is in, arrays by their identity."""

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)
NAMES = st.sampled_from([*OPERATORS, "$or", "=", ">", "a", "data", "type"])
OPERANDS = JSON | st.text("*\\a", max_size=6) | st.sampled_from([["=", 1], [">", 1, "<", 2], "10.0.0.0/8", "::/0"])
PATTERNISH = st.recursive(
    OPERANDS | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.integers(), inner, max_size=4),
    max_leaves=30,
)
VALUES = st.sampled_from(
    [
        "x",
        1,
        True,
        None,
        {"prefix": "x"},
        {"suffix": {"equals-ignore-case": "X"}},
        {"equals-ignore-case": "X"},
        {"wildcard": "*x*"},
        {"anything-but": ["x", "y"]},
        {"anything-but": {"wildcard": "*x"}},
        {"numeric": [">=", 0, "<", 5]},
        {"cidr": "10.0.0.0/8"},
        {"exists": True},
    ]
)
EVENTS = st.dictionaries(st.text(max_size=2) | st.sampled_from(["type", "data"]), JSON)


@given(pattern=PATTERNISH, event=EVENTS)
def test_whatever_is_given_the_only_error_is_the_promised_one(pattern: object, event: dict[str, object]) -> None:
    """Configuration is input: a crash instead of a complaint leaves its author without a line to fix."""
    with suppress(PatternError):
        assert compile_pattern(pattern).matches(event) in (True, False)


@given(values=st.lists(VALUES, min_size=1), value=JSON)
def test_no_event_makes_matching_raise(values: list[Any], value: object) -> None:
    """An event is already acknowledged when it is matched: an error here would park it."""
    pattern = compile_pattern({"type": values, "data": {"a": values}})

    assert pattern.matches({"type": value, "data": value}) in (True, False)
    assert pattern.matches({"type": "x", "data": {"a": value}}) in (True, False)


@given(values=st.lists(VALUES, min_size=1), event=EVENTS)
def test_a_missing_key_never_matches(values: list[Any], event: dict[str, object]) -> None:
    """anything-but does not match a missing key either; only exists: false does."""
    event.pop("type", None)

    assert not compile_pattern({"type": values}).matches(event)
    assert not compile_pattern({"type": {"name": values}}).matches(event)
    assert compile_pattern({"type": [*values, {"exists": False}]}).matches(event)


@given(pattern=PATTERNISH, event=EVENTS)
def test_only_what_a_pattern_reads_matters(pattern: object, event: dict[str, object]) -> None:
    """The body is not parsed when ``reads`` leaves data out, so nothing may depend on it then."""
    with suppress(PatternError):
        compiled = compile_pattern(pattern)
        seen = {key: value for key, value in event.items() if key in compiled.reads}
        assert compiled.matches(event) == compiled.matches(seen)


KEYS = st.sampled_from("ab")
FEW_SCALARS = st.sampled_from(["x", "y"])
FEW_ELEMENTS = st.dictionaries(
    KEYS, FEW_SCALARS | st.lists(FEW_SCALARS | st.dictionaries(KEYS, FEW_SCALARS), max_size=3)
)
FEW_EVENTS = st.fixed_dictionaries(
    {"a": st.lists(FEW_ELEMENTS | st.lists(FEW_ELEMENTS, max_size=2), min_size=1, max_size=3)},
    optional={"b": FEW_SCALARS | FEW_ELEMENTS},
)
FEW_VALUES = st.sampled_from([["x"], [{"anything-but": "x"}], [{"exists": True}], [{"exists": False}]])
MIXED_VALUES = FEW_VALUES | st.just(["x", {"exists": False}])
FEW_OBJECTS = st.recursive(
    st.dictionaries(KEYS, MIXED_VALUES, min_size=1),
    lambda inner: (
        st.dictionaries(KEYS, inner | MIXED_VALUES, min_size=1)
        | st.tuples(
            st.dictionaries(KEYS, inner | MIXED_VALUES, max_size=1), st.lists(inner, min_size=2, max_size=2)
        ).map(lambda parts: {**parts[0], "$or": parts[1]})
    ),
    max_leaves=5,
)


def plain_ways(pattern: dict[str, Any], path: Path = ()) -> list[dict[Path, list[Any]]]:
    """A pattern without its $or: flat lists of values by path, once for each way through."""
    ways: list[dict[Path, list[Any]]] = [{}]
    for key, value in pattern.items():
        if key == "$or":
            more = [way for branch in value for way in plain_ways(branch, path)]
        elif isinstance(value, dict):
            more = plain_ways(value, (*path, key))
        else:
            more = [{(*path, key): value}]
        ways = [{**ours, **theirs} for ours in ways for theirs in more]
    return ways


def flat(value: object, path: Path, elements: Elements) -> Iterator[tuple[Path, object, Elements]]:
    """Every scalar of an event with its path and the elements it is in."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, (*path, key), elements)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            inside = {**elements, id(value): index} if isinstance(inner, dict | list) else elements
            yield from flat(inner, path, inside)
    else:
        yield path, value, elements


def agree(some: Elements, others: Elements) -> bool:
    """Whether no array is meant in two elements at the same time."""
    return all(others.get(array, index) == index for array, index in some.items())


def plainly_takes(values: list[Any], scalar: object) -> bool:
    """The few operators that the comparison uses."""
    return any(
        value in (scalar, {"exists": True}) or (value == {"anything-but": "x"} and scalar != "x") for value in values
    )


def plainly_matches(way: dict[Path, list[Any]], fields: list[tuple[Path, object, Elements]]) -> bool:
    """Tries every choice of one event field for each field of the pattern, absence last."""

    def search(left: list[Path], chosen: Elements, absent: list[Path]) -> bool:
        if not left:
            return not any(field in absent and agree(elements, chosen) for field, _, elements in fields)
        path, *rest = left
        if {"exists": False} in way[path] and search(rest, chosen, [*absent, path]):
            return True
        return any(
            search(rest, {**chosen, **elements}, absent)
            for field, scalar, elements in fields
            if field == path and plainly_takes(way[path], scalar) and agree(elements, chosen)
        )

    return search(list(way), {}, [])


@settings(max_examples=examples(300))
@given(pattern=PATTERNISH, event=EVENTS)
def test_an_explanation_of_any_pattern_and_event_agrees_with_the_match(pattern: object, event: dict[str, Any]) -> None:
    """A person acts on the explanation: one that says "did not match" of a rule that matched sends them after the wrong fault."""
    with suppress(PatternError):
        compiled = compile_pattern(pattern)
        explained = explain(compiled, event)
        assert explained.matches is compiled.matches(event)
        assert explained.because


@settings(max_examples=examples(500))
@given(pattern=FEW_OBJECTS | st.fixed_dictionaries({"a": FEW_OBJECTS}), event=FEW_EVENTS)
def test_an_explanation_agrees_with_the_match_also_through_arrays(
    pattern: dict[str, Any], event: dict[str, object]
) -> None:
    """Explanations are needed most for arrays and $or, and are easily wrong there."""
    try:
        compiled = compile_pattern(pattern)
    except PatternError:  # the same field in $or and next to it
        reject()
    explained = explain(compiled, event)

    assert explained.matches is compiled.matches(event)
    assert explained.matches is all(condition.holds for condition in explained.conditions)


@given(values=st.lists(VALUES, min_size=1), value=JSON)
def test_an_explanation_of_each_operator_agrees_with_the_match(values: list[Any], value: object) -> None:
    """Every operator has words of its own, and all of them must be tried against every kind of value."""
    pattern = compile_pattern({"type": values, "data": {"a": values}})
    for event in ({"type": value, "data": value}, {"type": "x", "data": {"a": value}}):
        assert explain(pattern, event).matches is pattern.matches(event)


@settings(max_examples=examples(500))
@given(pattern=FEW_OBJECTS | st.fixed_dictionaries({"a": FEW_OBJECTS}), event=FEW_EVENTS)
def test_the_compiled_pattern_agrees_with_a_plain_search(pattern: dict[str, Any], event: dict[str, object]) -> None:
    """Array consistency as event-ruler defines it, over flat fields, must be what the closures over trees decide."""
    try:
        compiled = compile_pattern(pattern)
    except PatternError:  # the same field in $or and next to it
        reject()
    fields = list(flat(event, (), {}))

    assert compiled.matches(event) == any(plainly_matches(way, fields) for way in plain_ways(pattern))
