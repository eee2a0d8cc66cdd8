"""Why a pattern matched or did not, in words that a person can act on."""

from __future__ import annotations

from typing import Any

import pytest

from hookline.patterns import compile_pattern
from hookline.patterns.explanation import explain

WHY_IT_HOLDS: list[tuple[object, object, str]] = [
    ("refund", "refund", 'type is "refund"'),
    (5, 5.0, "type is 5.0"),
    (None, None, "type is null"),
    ({"prefix": "ref"}, "refund", 'type is "refund", which begins with "ref"'),
    (
        {"prefix": {"equals-ignore-case": "REF"}},
        "refund",
        'type is "refund", which begins with "REF" (upper or lower case)',
    ),
    ({"suffix": "und"}, "refund", 'type is "refund", which ends with "und"'),
    ({"equals-ignore-case": "REFUND"}, "refund", 'type is "refund", which equals "REFUND" (upper or lower case)'),
    ({"wildcard": "r*d"}, "refund", 'type is "refund", which fits "r*d"'),
    ({"anything-but": ["a", "b"]}, "refund", 'type is "refund", which is not "a" or "b"'),
    (
        {"anything-but": {"prefix": ["x", "y"]}},
        "refund",
        'type is "refund", which is not a string that begins with "x" or a string that begins with "y"',
    ),
    ({"numeric": [">", 0, "<=", 5]}, 5, "type is 5, which is > 0 and <= 5"),
    ({"cidr": "10.0.0.0/8"}, "10.1.2.3", 'type is "10.1.2.3", which is in "10.0.0.0/8"'),
    ({"exists": True}, "refund", "type is there"),
    ("b", ["a", "b"], 'type holds "b"'),
    ({"prefix": "b"}, ["a", "bc"], 'type holds "bc", which begins with "b"'),
]

WHY_NOT: list[tuple[object, object, str]] = [
    ("dispute", "payment", 'type is "payment", wanted "dispute"'),
    ({"prefix": "ref"}, "payment", 'type is "payment", wanted a string that begins with "ref"'),
    ({"numeric": ["<", 5]}, 7, "type is 7, wanted a number that is < 5"),
    ({"numeric": ["<", 5]}, "3", 'type is "3", wanted a number that is < 5'),
    ({"cidr": "10.0.0.0/8"}, "11.0.0.1", 'type is "11.0.0.1", wanted an address that is in "10.0.0.0/8"'),
    ({"anything-but": "x"}, "x", 'type is "x", wanted anything but "x"'),
    ({"exists": False}, "x", 'type is "x", wanted no value'),
    ("x", {"x": 1}, 'type is an object, wanted "x"'),
    ("x", ["a", ["b"]], 'type is ["a", […]], wanted "x"'),
]


@pytest.mark.parametrize(("value", "found", "words"), WHY_IT_HOLDS)
def test_a_match_says_what_the_event_has_and_how_it_fits(value: object, found: object, words: str) -> None:
    """Without these a reader would not know what to change in the rule."""
    explained = explain(compile_pattern({"type": [value]}), {"type": found})

    assert (explained.matches, explained.because) == (True, words)


@pytest.mark.parametrize(("value", "found", "words"), WHY_NOT)
def test_a_miss_says_what_was_there_and_what_was_wanted(value: object, found: object, words: str) -> None:
    """A reader who sees the text "3" and the wanted number 3 knows the mistake."""
    explained = explain(compile_pattern({"type": [value]}), {"type": found})

    assert (explained.matches, explained.because) == (False, words)


@pytest.mark.parametrize(
    ("pattern", "event", "words"),
    [
        ({"a": ["x"], "b": ["y"]}, {"a": "x"}, 'b is missing, wanted "y"'),
        ({"a": ["x"], "b": ["y"]}, {}, 'a is missing, wanted "x" and b is missing, wanted "y"'),
        ({"data": {"a b": ["x"]}}, {"data": {"a b": "z"}}, 'data."a b" is "z", wanted "x"'),
        ({"data": {"a": ["x"]}}, {"data": "text"}, 'data.a is missing, wanted "x"'),
        (
            {"data": {"l": {"a": ["x"], "b": ["y"]}}},
            {"data": {"l": [{"a": "q", "b": "q"}, {"a": "x", "b": "n"}]}},
            'data.l.b is "n", wanted "y"',
        ),
        ({"$or": [{"a": ["x"]}, {"b": ["y"]}]}, {"a": "n"}, 'a is "n", wanted "x"; nor: b is missing, wanted "y"'),
        ({"t": ["q"], "$or": [{"a": ["x"]}, {"a": ["y"]}]}, {"a": "x"}, 't is missing, wanted "q"'),
    ],
)
def test_what_prevents_a_match_is_named_and_nothing_else(
    pattern: dict[str, Any], event: dict[str, Any], words: str
) -> None:
    """Of many fields, elements and alternatives a person needs the nearest ones."""
    if "t" in pattern:  # only the first way holds in all but t
        assert words in explain(compile_pattern(pattern), event).because
    else:
        assert explain(compile_pattern(pattern), event).because == words


def test_many_alternatives_are_counted_and_not_all_written_out() -> None:
    """A thousand alternatives are allowed, and the user needs the nearest one."""
    pattern = compile_pattern({"$or": [{f"k{n}": ["x"]} for n in range(9)]})

    because = explain(pattern, {}).because

    assert because.count("wanted") == 3
    assert because.endswith("; and 6 other combinations do not match either")


def test_a_missing_field_that_was_to_be_missing_holds() -> None:
    """exists: false is the one condition that a missing field fulfils."""
    explained = explain(compile_pattern({"a": [{"exists": False}], "b": ["x"]}), {"b": "x"})

    assert explained.because == 'a is missing and b is "x"'


def test_long_values_are_cut() -> None:
    """One field may hold a body of a megabyte."""
    explained = explain(compile_pattern({"a": ["x"]}), {"a": "y" * 1_000_000})

    assert len(explained.because) < 120
