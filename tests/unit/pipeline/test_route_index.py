"""Looking up routes finds the same as testing each of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.patterns import compile_pattern
from hookline.pipeline.route_index import RouteIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.patterns import Pattern

TYPES = ["pay", "payment", "payment.failed", "refund", "re*"]
SOURCES = [f"hookline/{name}" for name in "abc"]
SCALARS = ["x", "xy", "y", "", "1", 1, 1.0, 0, 0.1, 2**53, True, False, None]
OPERATORS: list[object] = [
    *(
        {operator: text}
        for operator in ("prefix", "suffix")
        for text in ("p", "pay", "failed", "d", "x", "xy", "hookline/a", "")
    ),
    *({"wildcard": text} for text in ("pay*", "*failed", "pay*d", "x", r"re\*", r"\**", "*", "*a*", "hookline/*")),
    *({"anything-but": text} for text in ("pay", ["x", "refund"], {"prefix": "p"})),
    *({"numeric": bounds} for bounds in (["=", 1], [">", 0, "<=", 1])),
    {"prefix": {"equals-ignore-case": "PAY"}},
    {"equals-ignore-case": "X"},
    {"cidr": "10.0.0.0/8"},
    {"exists": True},
    {"exists": False},
]


def values(plain: Sequence[object]) -> st.SearchStrategy[list[Any]]:
    """A field's list of values: mostly plain ones, as in real tables."""
    return st.lists(st.sampled_from([*plain, *plain, *OPERATORS]), min_size=1, max_size=2)


LEAVES = values(SCALARS)
DATA = st.one_of(
    st.fixed_dictionaries({"a": LEAVES}),
    st.fixed_dictionaries({"a": LEAVES, "b": LEAVES}),
    st.fixed_dictionaries({"a": st.fixed_dictionaries({"a": LEAVES, "b": LEAVES})}),
)
FIELDS = st.one_of(
    st.fixed_dictionaries({"type": values(TYPES)}),
    st.fixed_dictionaries({"type": values(TYPES), "source": values(SOURCES)}),
    st.fixed_dictionaries({"type": values(TYPES), "data": DATA}),
    st.fixed_dictionaries({"data": DATA}),
    st.fixed_dictionaries({"type": st.fixed_dictionaries({"a": LEAVES})}),
)
PATTERNS = FIELDS | st.lists(FIELDS, min_size=2, max_size=3).map(lambda branches: {"$or": branches})
ELEMENTS = st.sampled_from(
    [*SCALARS, {"a": "x"}, {"a": "x", "b": 1}, {"a": ["y", {"a": 1, "b": "xy"}]}, ["x", [1]], []]
)
BODIES = st.one_of(
    ELEMENTS,
    st.dictionaries(st.sampled_from("ab"), ELEMENTS | st.lists(ELEMENTS, max_size=3), max_size=2),
    st.lists(ELEMENTS, max_size=3),
)
VIEWS = st.fixed_dictionaries(
    {"source": st.sampled_from(SOURCES)},
    optional={"type": st.sampled_from([*TYPES, "other", ["pay", "x"], 1, None]), "data": BODIES},
)


@st.composite
def tables(draw: st.DrawFn) -> list[Pattern]:
    """Routes of which some occur often enough that an index for them pays."""
    patterns = [compile_pattern(written) for written in draw(st.lists(PATTERNS, min_size=1, max_size=8))]
    return draw(st.permutations(patterns * draw(st.sampled_from([1, 4]))))


def tried(patterns: Sequence[Pattern], view: Mapping[str, object]) -> list[int]:
    """The result of testing each route."""
    return [position for position, pattern in enumerate(patterns) if pattern.matches(view)]


@settings(max_examples=examples(300))
@given(patterns=tables(), views=st.lists(VIEWS, min_size=1, max_size=4))
def test_looking_up_finds_what_testing_each_route_finds(
    patterns: list[Pattern], views: list[dict[str, object]]
) -> None:
    """A table of a thousand routes must send no event elsewhere than the same routes would one by one."""
    index = RouteIndex(patterns)

    assert [index.matching(view) for view in views] == [tried(patterns, view) for view in views]


@pytest.mark.parametrize(
    ("pattern", "view"),
    [
        ({"data": {"lines": {"sku": ["a"]}}}, {"data": {"lines": [{"sku": "b"}, [{"sku": ["c", "a"]}]]}}),
        ({"data": ["x"]}, {"data": [1, ["x"]]}),
        ({"data": {"a": ["x", "y"]}}, {"data": {"a": ["y", "x", "x"]}}),
        ({"type": [{"suffix": ""}]}, {"type": "pay"}),
        ({"type": [{"prefix": ""}]}, {"type": "pay"}),
        ({"type": [{"wildcard": "pay"}]}, {"type": "pay"}),
        ({"type": ["pay", {"exists": False}]}, {}),
        ({"data": {"a": [1]}}, {"data": {"a": 1.0}}),
    ],
)
def test_every_kind_of_value_is_found_and_each_route_once(pattern: object, view: dict[str, object]) -> None:
    """The cases that a few examples may leave out: arrays of objects, empty ends, one route by two keys."""
    patterns = [compile_pattern(pattern)] * 5

    assert RouteIndex(patterns).matching(view) == tried(patterns, view) == [0, 1, 2, 3, 4]


def counted(pattern: Pattern, tested: list[Pattern]) -> Pattern:
    """The pattern, which notes each time that it is tested."""

    def matches(event: Mapping[str, object]) -> bool:
        tested.append(pattern)
        return pattern.matches(event)

    return replace(pattern, matches=matches)


def looked_up(written: Sequence[object], view: Mapping[str, object]) -> tuple[list[int], int]:
    """What is found for ``view``, and how many routes were tested for it."""
    tested: list[Pattern] = []
    index = RouteIndex([counted(compile_pattern(one), tested) for one in written])
    return index.matching(view), len(tested)


VIEW = {
    "type": "order.7.paid",
    "source": "hookline/shop",
    "data": {"merchant": ["m_7", "m_8"], "amount": 7, "paid": True},
}


@pytest.mark.parametrize(
    ("asks", "position"),
    [
        (lambda number: {"type": [f"order.{number}.paid"]}, 7),
        (lambda number: {"type": [{"prefix": f"order.{number}."}]}, 7),
        (lambda number: {"type": [{"suffix": f".{number}.paid"}]}, 7),
        (lambda number: {"type": [{"wildcard": f"order.{number}.*"}]}, 7),
        (lambda number: {"type": [{"wildcard": f"*.{number}.paid"}]}, 7),
        (lambda number: {"data": {"amount": [number]}}, 7),
        (lambda number: {"source": ["hookline/shop"], "data": {"merchant": [f"m_{number}"], "paid": [True]}}, 7),
        (lambda number: {"$or": [{"type": [f"order.{number}.paid"]}, {"data": {"amount": [-number]}}]}, 7),
    ],
)
def test_of_many_routes_only_those_are_tested_that_can_match(asks: Callable[[int], object], position: int) -> None:
    """The time of an event must not grow with the routes of other events."""
    found, tested = looked_up([asks(number) for number in range(1000)], VIEW)

    assert position in found
    assert tested <= 2


def test_routes_by_source_and_type_are_looked_up_by_both() -> None:
    """Thirty senders with the same thirty types have nine hundred routes, and an event needs one of them."""
    written = [
        {"source": [f"hookline/{sender}"], "type": [f"order.{number}.paid"]}
        for sender in ("shop", *range(30))
        for number in range(30)
    ]

    assert looked_up(written, VIEW) == ([7], 1)


def test_what_cannot_be_looked_up_is_tested_in_its_place() -> None:
    """The order of the queues is that of the routes, whichever way each was found."""
    exact, rest = {"type": ["order.7.paid"]}, {"data": {"amount": [{"numeric": [">", 5]}]}}

    assert looked_up([exact, rest, exact, exact, rest, exact, {"type": ["other"]}], VIEW) == ([0, 1, 2, 3, 4, 5], 6)


def test_of_two_places_the_one_is_chosen_that_fewer_routes_share() -> None:
    """A thousand routes that name the same source would all be tested if they were looked up by it."""
    written = [{"source": ["hookline/shop"], "data": {"amount": [number]}} for number in range(1000)]

    assert looked_up(written, VIEW) == ([7], 1)
