"""A number in a pattern must be one that doubles can hold, or the pattern asks for another number than it says."""

from __future__ import annotations

import tomllib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.errors import PatternError
from hookline.patterns import compile_pattern
from hookline.patterns.doubles import WrittenFloat

HELD = ["0", "-0.0", "0.1", "1.10", "12.50", "1e2", "1_000.5", "1e23", "5e-324", "1.7e308", "5000000001", "1e-7"]
HELD_WHOLE = ["9007199254740992", "9223372036854775808", "18446744073709551616", "100000000000000000000000"]
LOST = [
    "0.1000000000000000055",
    "12345678901234567.89",
    "9007199254740993",
    "123456789012345678",
    "18446744073709551617",
]
LOST_TOO = ["9223372036854776000", "1e-400", "1e400", "inf", "nan", "1" * 400, "0.30000000000000000001"]


def read(text: str) -> object:
    """The number as hookline.toml is read."""
    return tomllib.loads(f"a = {text}", parse_float=WrittenFloat)["a"]


@pytest.mark.parametrize("place", ["{}", "numeric", "anything-but", "list"])
@pytest.mark.parametrize("text", [*HELD, *HELD_WHOLE, *LOST, *LOST_TOO])
def test_a_number_that_no_double_holds_is_refused_everywhere(text: str, place: str) -> None:
    """event-ruler refuses it in numeric and anything-but; in a plain value it would match nothing, or a neighbour."""
    number = read(text)
    value: object = {
        "{}": number,
        "numeric": {"numeric": [">", number]},
        "anything-but": {"anything-but": number},
        "list": {"anything-but": [1, number]},
    }[place]
    if text in [*HELD, *HELD_WHOLE]:
        assert compile_pattern({"data": {"a": [value]}}).reads == {"data"}
        return
    with pytest.raises(PatternError) as refused:
        compile_pattern({"data": {"a": [value]}})
    assert "double" in refused.value.complaints[0].why or "not a number in JSON" in refused.value.complaints[0].why


@given(
    number=st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.decimals(min_value=-(10**15), max_value=10**15, places=4, allow_nan=False).map(str)
    | st.integers(-(2**53), 2**53).map(str)
)
def test_the_same_characters_in_pattern_and_event_are_the_same_number(number: str) -> None:
    """A number that is accepted at load must match itself, and must be excluded where it is named."""
    try:
        same = compile_pattern({"data": [read(number)]})
    except PatternError:
        return
    other = compile_pattern({"data": [{"anything-but": read(number)}]})
    equal = compile_pattern({"data": [{"numeric": ["=", read(number)]}]})
    event = {"data": orjson.loads(number)}
    assert same.matches(event)
    assert equal.matches(event)
    assert not other.matches(event)


@pytest.mark.parametrize("event", [{}, {"data": {}}, {"data": []}, {"data": [{}]}, {"data": [[]]}])
def test_anything_but_needs_a_value(event: dict[str, object]) -> None:
    """A missing value is not another value: an exclusion must not accept events without the field."""
    for excluded in (100, [100], "a", ["a"], {"prefix": "a"}, {"equals-ignore-case": "a"}, {"wildcard": "a*"}):
        assert not compile_pattern({"data": [{"anything-but": excluded}]}).matches(event)
