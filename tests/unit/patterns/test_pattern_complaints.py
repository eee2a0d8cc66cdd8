"""Everything that is refused, where, and why."""

from __future__ import annotations

from typing import Any

import pytest

from hookline.errors import Complaint, PatternError
from hookline.patterns import compile_pattern


def complaints(pattern: object) -> dict[str, str]:
    """The complaints about ``pattern``, by pointer."""
    with pytest.raises(PatternError) as raised:
        compile_pattern(pattern)
    assert all(isinstance(complaint, Complaint) for complaint in raised.value.complaints)
    return {complaint.where: complaint.why for complaint in raised.value.complaints}


def nested(depth: int) -> dict[str, Any]:
    """A pattern whose deepest object is ``depth`` steps down."""
    pattern: dict[str, Any] = {"a": ["x"]}
    for _ in range(depth):
        pattern = {"a": pattern}
    return pattern


@pytest.mark.parametrize(
    ("pattern", "where", "why"),
    [
        ({}, "", "at least one field"),
        ([], "", "a pattern is an object"),
        (None, "", "a pattern is an object"),
        ({"data": {}}, "/data", "at least one field"),
        ({"data": {"a": {}}}, "/data/a", "at least one field"),
        ({1: ["a"]}, "/1", "name is a string"),
        ({"type": "payment"}, "/type", "must be in a list"),
        ({"type": None}, "/type", "must be in a list"),
        ({"type": {"prefix": "pay"}}, "/type/prefix", "must be in a list"),
        ({"type": []}, "/type", "matches nothing"),
        ({"type": [["payment"]]}, "/type/0", "a value is"),
        ({"type": ["a", object()]}, "/type/1", "a value is"),
        ({"type": [float("nan")]}, "/type/0", "not a number in JSON"),
        ({"a/b": {"c~d": [[]]}}, "/a~1b/c~0d/0", "a value is"),
        (nested(33), "/a" * 33, "at most 32 levels"),
        (nested(5000), "/a" * 33, "at most 32 levels"),
    ],
)
def test_a_pattern_of_the_wrong_shape_is_refused(pattern: object, where: str, why: str) -> None:
    """A pattern that EventBridge would refuse at PutRule is refused at load, not noticed later by its silence."""
    found = complaints(pattern)

    assert list(found) == [where]
    assert why in found[where]


@pytest.mark.parametrize(
    ("operator", "where", "why"),
    [
        ({}, "", "one key, but this has 0"),
        ({"prefix": "a", "suffix": "b"}, "", "one key, but this has 2"),
        ({"prefx": "a"}, "", "'prefx'; the nearest known one here is 'prefix'"),
        ({"wild-card": "a"}, "", "'wildcard'"),
        ({"anything": "a"}, "", "'anything-but'"),
        ({5: "a"}, "", "unknown operator '5'"),
        ({"prefix": 5}, "/prefix", "prefix takes a string"),
        ({"prefix": ["a"]}, "/prefix", "prefix takes a string"),
        ({"prefix": {"equals-ignore-cas": "a"}}, "/prefix", "'equals-ignore-case'"),
        ({"prefix": {}}, "/prefix", "one key"),
        ({"prefix": {"equals-ignore-case": 1}}, "/prefix/equals-ignore-case", "takes a string"),
        ({"suffix": None}, "/suffix", "suffix takes a string"),
        ({"suffix": {"prefix": "a"}}, "/suffix", "'equals-ignore-case'"),
        ({"equals-ignore-case": True}, "/equals-ignore-case", "takes a string"),
        ({"equals-ignore-case": {"prefix": "a"}}, "/equals-ignore-case", "takes a string"),
        ({"wildcard": 5}, "/wildcard", "wildcard takes a string"),
        ({"wildcard": "a**b"}, "/wildcard", "two * follow each other at character 1"),
        ({"wildcard": "a\\b"}, "/wildcard", "the backslash at character 1"),
        ({"wildcard": "a\\"}, "/wildcard", "the backslash at character 1"),
        ({"exists": "true"}, "/exists", "true or false"),
        ({"exists": 1}, "/exists", "true or false"),
        ({"cidr": "10.0.0.0"}, "/cidr", "block of addresses"),
        ({"cidr": "10.0.0.0/33"}, "/cidr", "block of addresses"),
        ({"cidr": "::/129"}, "/cidr", "block of addresses"),
        ({"cidr": "10.0.0.0/255.0.0.0"}, "/cidr", "block of addresses"),
        ({"cidr": "example.org/24"}, "/cidr", "block of addresses"),
        ({"cidr": 5}, "/cidr", "block of addresses"),
        ({"anything-but": None}, "/anything-but", "anything-but needs"),
        ({"anything-but": True}, "/anything-but", "anything-but needs"),
        ({"anything-but": []}, "/anything-but", "anything-but needs"),
        ({"anything-but": [1, "a"]}, "/anything-but", "anything-but needs"),
        ({"anything-but": ["a", None]}, "/anything-but", "anything-but needs"),
        ({"anything-but": float("inf")}, "/anything-but", "not a number in JSON"),
        ({"anything-but": {"numeric": ["=", 1]}}, "/anything-but", "unknown operator 'numeric'"),
        ({"anything-but": {"prefix": ""}}, "/anything-but/prefix", "every string has the empty prefix"),
        ({"anything-but": {"suffix": ["a", ""]}}, "/anything-but/suffix/1", "every string has the empty suffix"),
        ({"anything-but": {"prefix": []}}, "/anything-but/prefix", "excludes nothing"),
        ({"anything-but": {"prefix": 5}}, "/anything-but/prefix", "takes a string"),
        ({"anything-but": {"prefix": {"equals-ignore-case": "a"}}}, "/anything-but/prefix", "takes a string"),
        ({"anything-but": {"equals-ignore-case": ["a", 1]}}, "/anything-but/equals-ignore-case/1", "takes a string"),
        ({"anything-but": {"wildcard": "**"}}, "/anything-but/wildcard", "follow each other"),
        ({"numeric": 5}, "/numeric", "needs a list such as"),
        ({"numeric": []}, "/numeric", "needs a list such as"),
        ({"numeric": [">", 0, "<"]}, "/numeric", "needs a list such as"),
        ({"numeric": ["!=", 0]}, "/numeric/0", "comparisons of numeric are ="),
        ({"numeric": [[], 0]}, "/numeric/0", "comparisons of numeric are ="),
        ({"numeric": [">", "0"]}, "/numeric/1", "can only compare with a number"),
        ({"numeric": [">", True]}, "/numeric/1", "can only compare with a number"),
        ({"numeric": [">", 2**53 + 1]}, "/numeric/1", "a double cannot hold 9007199254740993"),
        ({"numeric": [">", 0, "<", float("nan")]}, "/numeric/3", "not a number in JSON"),
        ({"anything-but": [1, 2**64 + 1]}, "/anything-but", "a double cannot hold 18446744073709551617"),
        ({"numeric": ["<", 5, ">", 0]}, "/numeric", "a lower bound"),
        ({"numeric": ["=", 5, "<", 9]}, "/numeric", "a lower bound"),
        ({"numeric": [">", 5, ">", 0]}, "/numeric", "a lower bound"),
        ({"numeric": [">=", 5, "<=", 5]}, "/numeric", "less than the upper"),
    ],
)
def test_a_wrong_operator_is_refused_at_its_place(operator: object, where: str, why: str) -> None:
    """The operator has only the pointer and the sentence to fix the pattern."""
    found = complaints({"data": {"field": ["fine", operator]}})

    assert list(found) == [f"/data/field/1{where}"]
    assert why in found[f"/data/field/1{where}"]


@pytest.mark.parametrize(
    ("pattern", "where", "why"),
    [
        ({"$or": {"a": ["x"]}}, "/$or", "at least two patterns"),
        ({"$or": [{"a": ["x"]}]}, "/$or", "at least two patterns"),
        ({"$or": [{"a": ["x"]}, {}]}, "/$or/1", "at least one field"),
        ({"$or": [{"a": ["x"]}, "b"]}, "/$or/1", "a pattern is an object"),
        ({"$or": [{"a": ["x"]}, {"numeric": [">", 0]}]}, "/$or/1/numeric", "numeric is an operator"),
        ({"a": ["x"], "$or": [{"a": ["y"]}, {"b": ["z"]}]}, "", "a is used both inside and outside of $or"),
        ({"$or": [{"a": ["y"]}, {"b": ["z"]}], "a": {"c": ["x"]}}, "", "a is used both inside and outside of $or"),
        (
            {"d": {"a": ["x"], "e": [1]}, "$or": [{"d": {"a": ["y"]}}, {"b": ["z"]}]},
            "",
            "d.a is used both inside and outside of $or",
        ),
        ({"$or": [{"a": [n]} for n in range(1001)]}, "/$or", "more than 1000 combinations"),
        (
            {k: {"$or": [{f"{n}": ["x"]} for n in range(11)]} for k in ("a", "b", "c")},
            "",
            "more than 1000 combinations",
        ),
    ],
)
def test_a_wrong_or_is_refused(pattern: object, where: str, why: str) -> None:
    """EventBridge reads some of these as something else; a route that means something else loses events quietly."""
    found = complaints(pattern)

    assert list(found) == [where]
    assert why in found[where]


def test_every_complaint_is_reported_together() -> None:
    """A user should not have to fix a configuration one error at a time."""
    found = complaints(
        {
            "type": "payment",
            "source": [],
            "data": {"a": [{"prefx": "x"}, {"numeric": ["?", "x"]}], "b": {}},
            "$or": [{"c": 5}],
        }
    )

    assert list(found) == [
        "/type",
        "/source",
        "/data/a/0",
        "/data/a/1/numeric/0",
        "/data/a/1/numeric/1",
        "/data/b",
        "/$or",
        "/$or/0/c",
    ]


def test_two_faults_of_one_wildcard_are_both_reported() -> None:
    """One place may have more than one fault."""
    with pytest.raises(PatternError) as raised:
        compile_pattern({"type": [{"wildcard": "**\\x"}]})

    assert [complaint.where for complaint in raised.value.complaints] == ["/type/0/wildcard"] * 2
    assert "/type/0/wildcard: " in raised.value.detail


@pytest.mark.parametrize("pattern", [nested(32), {"$or": [nested(30), nested(30)]}])
def test_the_deepest_allowed_pattern_compiles(pattern: object) -> None:
    """The limit must be exactly the documented one."""
    compile_pattern(pattern)


def test_as_many_combinations_as_allowed_compile() -> None:
    """EventBridge allows a thousand combinations."""
    pattern = compile_pattern({k: {"$or": [{f"{n}": ["x"]} for n in range(10)]} for k in ("a", "b", "c")})

    assert pattern.matches({"a": {"9": "x"}, "b": {"9": "x"}, "c": {"9": "x"}})
    assert not pattern.matches({"a": {"9": "x"}, "b": {"9": "x"}})
