"""How fields combine: nesting, $or, missing keys, arrays, and what a pattern reads."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from hookline.patterns import Pattern, compile_pattern

ABSENT = [{"exists": False}]
PRESENT = [{"exists": True}]
PEOPLE: dict[str, object] = {
    "people": [
        {"first": "John", "last": "Doe"},
        {"first": "Anna", "last": "Smith"},
        {"first": "Peter", "last": "Jones", "phones": [{"kind": "home", "number": 1}, {"kind": "work"}]},
        {"first": "Cher"},
    ]
}


def matches(pattern: object, event: dict[str, object]) -> bool:
    """Compiles and asks in one go."""
    return compile_pattern(pattern).matches(event)


def test_a_pattern_cannot_be_changed() -> None:
    """One pattern serves every thread, so no part of it may change."""
    pattern = compile_pattern({"type": ["payment"]})

    with pytest.raises(FrozenInstanceError):
        pattern.reads = frozenset()  # type: ignore[misc]  # the test is that it is refused
    assert isinstance(pattern, Pattern)
    assert repr(pattern) == "Pattern(reads=frozenset({'type'}))"


@pytest.mark.parametrize(
    ("pattern", "reads"),
    [
        ({"type": ["payment"]}, {"type"}),
        ({"type": ["payment"], "data": {"amount": [1]}}, {"type", "data"}),
        ({"type": ["payment"], "$or": [{"source": ["a"]}, {"data": {"a": ["x"]}}]}, {"type", "source", "data"}),
        ({"$or": [{"id": ["1"]}, {"$or": [{"time": ["t"]}, {"type": ["x"]}]}]}, {"id", "time", "type"}),
    ],
)
def test_reads_names_every_top_level_key(pattern: object, reads: set[str]) -> None:
    """A key that is left out here would cost an event its body, and so its route."""
    assert compile_pattern(pattern).reads == reads


def test_nested_objects_match_field_by_field() -> None:
    """A pattern has the shape of the event and says nothing about what it does not name."""
    pattern = {"data": {"card": {"brand": ["visa"]}, "amount": [5]}}

    assert matches(pattern, {"type": "x", "data": {"card": {"brand": "visa", "last4": "42"}, "amount": 5}})
    assert not matches(pattern, {"data": {"card": "visa", "amount": 5}})
    assert not matches(pattern, {"data": {"card": {"brand": "visa"}}})
    assert not matches(pattern, {"data": "text"})
    assert not matches(pattern, {})


def test_a_dot_in_a_key_is_a_character() -> None:
    """A key is one name; nested tables write a path."""
    assert matches({"data": {"a.b": [1]}}, {"data": {"a.b": 1}})
    assert not matches({"data": {"a.b": [1]}}, {"data": {"a": {"b": 1}}})


@pytest.mark.parametrize("data", [None, "text", 5, {}, [], {"card": {}}, {"card": None}, {"card": {"brand": {}}}])
def test_exists_false_holds_when_any_parent_is_missing(data: object) -> None:
    """A field under a missing parent is missing too."""
    assert matches({"data": {"card": {"brand": ABSENT}}}, {"data": data})
    assert matches({"data": {"card": {"brand": ABSENT}}}, {})
    assert not matches({"data": {"card": {"brand": PRESENT}}}, {"data": data})


def test_exists_false_may_be_combined_with_other_values() -> None:
    """No other pattern says that a field is missing or has one of these values."""
    pattern = {"data": {"state": [{"exists": False}, "open"], "kind": ["a"]}}

    assert matches(pattern, {"data": {"kind": "a"}})
    assert matches(pattern, {"data": {"kind": "a", "state": "open"}})
    assert not matches(pattern, {"data": {"kind": "a", "state": "shut"}})
    assert not matches(pattern, {"data": {"state": "open"}})


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"source": "aws.cloudwatch", "metricName": "ReadLatency"}, True),
        ({"source": "aws.cloudwatch", "scope": "Service"}, True),
        ({"source": "aws.cloudwatch", "metricType": "M", "namespace": "AWS/EC2", "spaceId": 1000}, True),
        ({"source": "aws.cloudwatch", "metricType": "M", "namespace": "AWS/EC2"}, False),
        ({"source": "aws.cloudwatch", "metricType": "M", "metricId": 1234}, False),
        ({"source": "aws.cloudwatch"}, False),
        ({"metricName": "ReadLatency"}, False),
    ],
)
def test_or_may_be_next_to_other_fields_and_nests(event: dict[str, object], expected: bool) -> None:  # noqa: FBT001 -- a table's column
    """The documented nested example: source and (metricName or (metricType and namespace and (…)) or scope)."""
    pattern = {
        "source": ["aws.cloudwatch"],
        "$or": [
            {"metricName": ["CPUUtilization", "ReadLatency"]},
            {
                "metricType": ["M"],
                "namespace": ["AWS/EC2", "AWS/ES"],
                "$or": [{"metricId": [1234]}, {"spaceId": [1000]}],
            },
            {"scope": ["Service"]},
        ],
    }

    assert matches(pattern, event) is expected


def test_two_ors_at_two_levels_are_both_asked() -> None:
    """As AWS documents, each level may have a $or, and all of them must hold."""
    pattern = {"$or": [{"a": [1]}, {"b": [1]}], "data": {"$or": [{"c": [1]}, {"d": [1]}]}}

    assert matches(pattern, {"b": 1, "data": {"c": 1}})
    assert not matches(pattern, {"b": 1, "data": {"e": 1}})
    assert not matches(pattern, {"data": {"c": 1, "d": 1}})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"first": ["Anna"]}, True),
        ({"first": ["Anna"], "last": ["Smith"]}, True),
        ({"first": ["Anna"], "last": ["Jones"]}, False),
        ({"first": ["Peter"], "phones": {"kind": ["home"], "number": [1]}}, True),
        ({"first": ["Peter"], "phones": {"kind": ["work"], "number": [1]}}, False),
        ({"first": ["Anna"], "phones": {"kind": ["home"]}}, False),
        ({"first": ["Peter"], "phones": {"kind": ["work"], "number": ABSENT}}, True),
        ({"first": ["Peter"], "phones": {"number": ABSENT}}, False),
        ({"first": ["Cher"], "last": ABSENT}, True),
        ({"last": ABSENT, "first": ["Cher"]}, True),
        ({"first": ["Anna"], "last": ABSENT}, False),
        ({"last": ABSENT}, False),
        ({"middle": ABSENT}, True),
        ({"last": ABSENT, "middle": ABSENT}, False),
        ({"last": [{"exists": False}, "Smith"]}, True),
        ({"last": [{"exists": False}, "Nobody"]}, False),
        ({"first": ["Cher"], "last": [{"exists": False}, "Nobody"]}, True),
        ({"first": [{"anything-but": "John"}], "last": ["Doe"]}, False),
        ({"$or": [{"first": ["John"]}, {"first": ["Anna"]}], "last": ["Smith"]}, True),
        ({"$or": [{"first": ["John"]}, {"first": ["Peter"]}], "last": ["Smith"]}, False),
    ],
)
def test_fields_of_one_array_are_found_in_one_element(fields: dict[str, Any], expected: bool) -> None:  # noqa: FBT001 -- a table's column
    """Array consistency: Anna's first name and Jones's last name are not one person."""
    assert matches({"people": fields}, PEOPLE) is expected


def test_one_element_is_meant_across_or_as_well() -> None:
    """$or writes several patterns in one, and in each of them the array is one array."""
    last_name = {"$or": [{"people": {"last": ["Jones"]}}, {"people": {"last": ["Nobody"]}}]}

    assert matches({"people": {"first": ["Peter"]}, **last_name}, PEOPLE)
    assert not matches({"people": {"first": ["Anna"]}, **last_name}, PEOPLE)


def test_arrays_in_arrays_are_looked_through() -> None:
    """As the documented example shows, nested arrays are flattened and elements are not mixed."""
    event: dict[str, object] = {
        "people": [[{"first": "John", "last": "Doe"}, {"first": "Anna", "last": "Smith"}], [{"first": "Peter"}]],
        "tags": [["a"], [["b"]]],
    }

    assert matches({"people": {"first": ["Anna"], "last": ["Smith"]}}, event)
    assert not matches({"people": {"first": ["John"], "last": ["Smith"]}}, event)
    assert matches({"tags": ["b"], "people": {"first": ["Peter"]}}, event)


def test_different_arrays_are_free_of_each_other() -> None:
    """Consistency concerns the fields of one array only."""
    event: dict[str, object] = {"a": [{"x": 1}, {"x": 2}], "b": [{"y": 1}, {"y": 2}]}

    assert matches({"a": {"x": [1]}, "b": {"y": [2]}}, event)


@pytest.mark.parametrize("empty", [[], [[]], ["text"], [1, None]])
def test_an_array_without_objects_has_no_fields(empty: list[object]) -> None:
    """An array without objects contains no field, so only a test for absence holds."""
    assert not matches({"people": {"first": [{"anything-but": "Anna"}]}}, {"people": empty})
    assert matches({"people": {"first": ABSENT}}, {"people": empty})


def test_deep_events_do_not_exhaust_the_stack() -> None:
    """A sender chooses the depth of the body; it must not choose whether routing works."""
    arrays: object = "a"
    objects: object = "a"
    for _ in range(100_000):
        arrays, objects = [arrays], {"a": objects}

    assert matches({"data": ["a"]}, {"data": arrays})
    assert not matches({"data": {"a": ["a"]}}, {"data": arrays})
    assert not matches({"data": {"a": {"a": ["a"]}}}, {"data": objects})
    while isinstance(objects, dict):  # taken apart by hand: CPython frees nested dicts by recursion
        objects = objects.pop("a")


def test_lists_may_be_tuples() -> None:
    """A configuration that was frozen is still a pattern."""
    assert matches({"type": ("payment", {"anything-but": ("x", "y")})}, {"type": "payment"})
    assert matches({"$or": ({"a": (1,)}, {"b": ({"numeric": (">", 1)},)})}, {"b": 2})
