"""Each operator, with what EventBridge's documentation says it matches and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from hookline.patterns import compile_pattern

EVENT = {
    "specversion": "1.0",
    "id": "transactions:evt_1",
    "source": "hookline/transactions",
    "type": "payment",
    "time": "2017-10-02T18:43:48Z",
    "datacontenttype": "application/json",
    "data": {
        "c-count": 5,
        "d-count": 3,
        "x-limit": 301.8,
        "source-ip": "10.0.0.33",
        "state": "running",
        "eventVersion": "",
        "responseElements": None,
        "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-1"],
    },
}


def fits(values: list[Any], value: object) -> bool:
    """Whether a field that holds ``value`` matches the list ``values``."""
    return compile_pattern({"data": {"field": values}}).matches({"data": {"field": value}})


@pytest.mark.parametrize(
    "pattern",
    [
        {"type": ["payment"]},
        {"type": ["refund", "payment"]},
        {"time": [{"prefix": "2017-10-02"}]},
        {"source": [{"suffix": "transactions"}]},
        {"data": {"resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-1"]}},
        {"data": {"eventVersion": [""], "responseElements": [None]}},
        {"data": {"state": [{"anything-but": "initializing"}]}},
        {
            "time": [{"prefix": "2017-10-02"}],
            "data": {
                "state": [{"anything-but": "initializing"}],
                "c-count": [{"numeric": [">", 0, "<=", 5]}],
                "d-count": [{"numeric": ["<", 10]}],
                "x-limit": [{"anything-but": [100, 200, 300]}],
                "source-ip": [{"cidr": "10.0.0.0/8"}],
            },
        },
    ],
)
def test_documented_patterns_match_the_documented_event(pattern: object) -> None:
    """A pattern that works on EventBridge must work here, or routes cannot move between the homes."""
    assert compile_pattern(pattern).matches(EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"type": ["refund"]},
        {"type": ["payment"], "data": {"state": ["stopped"]}},
        {"data": {"eventVersion": [None]}},
        {"data": {"responseElements": [""]}},
        {"data": {"c-count": [{"numeric": [">", 5]}]}},
        {"data": {"source-ip": [{"cidr": "10.0.1.0/24"}]}},
        {"subject": ["payment"]},
        {"type": {"name": ["payment"]}},
    ],
)
def test_one_field_that_does_not_fit_is_enough_to_refuse(pattern: object) -> None:
    """Fields are joined by "and", and an event in a wrong queue may be money booked wrongly."""
    assert not compile_pattern(pattern).matches(EVENT)


@pytest.mark.parametrize(
    ("wanted", "fitting", "others"),
    [
        ("1", ["1"], [1, 1.0, True, None, "", "11", {}]),
        (1, [1, 1.0], ["1", True, 2, None]),
        (0, [0, -0.0], [False, None, ""]),
        (6_000_000_000, [6e9], [6_000_000_001]),
        (True, [True], [1, "true", False, None]),
        (False, [False], [0, "", None]),
        (None, [None], ["", "null", 0, False]),
        ("", [""], [None, " "]),
    ],
)
def test_exact_values_are_compared_by_json_type(wanted: object, fitting: list[object], others: list[object]) -> None:
    """Python takes 1, 1.0 and True for the same; JSON and EventBridge do not."""
    assert all(fits([wanted], value) for value in fitting)
    assert not any(fits([wanted], value) for value in others)


@pytest.mark.parametrize(
    ("operator", "fitting", "others"),
    [
        ({"prefix": "us-"}, ["us-", "us-east-1"], ["US-east-1", "eu-us-", "", 1, None, True]),
        ({"prefix": ""}, ["", "anything"], [1, None]),
        ({"prefix": {"equals-ignore-case": "EventB"}}, ["EVENTBRIDGE", "eventb"], ["event", 5]),
        ({"suffix": ".png"}, [".png", "a.png"], ["a.PNG", "a.png ", 1, None]),
        ({"suffix": {"equals-ignore-case": ".png"}}, ["a.PNG", "a.png"], ["a.gif", None]),
        ({"equals-ignore-case": "Alice"}, ["alice", "ALICE"], ["alices", "", None, 1]),
        ({"equals-ignore-case": "ΟΔΟΣ"}, ["οδος", "οδοσ"], ["οδο"]),
        ({"exists": True}, ["", 0, False, None, ["a"], [[1]]], [{}, {"a": 1}, [], [{}], [[]]]),
        ({"exists": False}, [{}, {"a": 1}, [], [{}], [[]]], ["", 0, False, None, ["a"], [[1]], [{}, "a"]]),
    ],
)
def test_operators_on_strings_and_on_presence(operator: object, fitting: list[object], others: list[object]) -> None:
    """String operators take only strings, and exists asks for a leaf, as documented."""
    assert all(fits([operator], value) for value in fitting)
    assert not any(fits([operator], value) for value in others)


@pytest.mark.parametrize(
    ("excluded", "fitting", "others"),
    [
        ("a", ["b", "", 1, None, True, ["a", "b"]], ["a", ["a"], [], {}, [{}]]),
        (123, [124, "123", None, True], [123, 123.0, [123]]),
        (1, [True], [1]),
        (["a", "b"], ["c", 1], ["a", "b", ["b", "a"]]),
        ([100, 200], [300, "100"], [100, 200.0]),
        ([0.1], [0.2, "0.1"], [0.1, 0.1000000000000000055]),
        ([2**53], [2**53 + 1, 2**53 - 1, str(2**53)], [2**53, 2.0**53]),
        ([10**23], [10**22], [1e23]),
        ({"prefix": "init"}, ["running", "reinit", 1, None], ["init", "initializing"]),
        ({"prefix": ["a", "b"]}, ["c"], ["ab", "ba"]),
        ({"suffix": ".png"}, ["a.gif", 5], ["a.png"]),
        ({"suffix": [".png", ".gif"]}, ["a.txt"], ["a.png", "a.gif"]),
        ({"equals-ignore-case": "stop"}, ["go", 1], ["STOP", "stop"]),
        ({"equals-ignore-case": ["stop", "halt"]}, ["go"], ["STOP", "Halt"]),
        ({"wildcard": "*/lib/*"}, ["/bin/x", 7], ["/usr/lib/x"]),
        ({"wildcard": ["*/lib/*", "*.so"]}, ["/bin/x"], ["/usr/lib/x", "x.so"]),
    ],
)
def test_anything_but_takes_every_other_value(excluded: object, fitting: list[object], others: list[object]) -> None:
    """Values of other types are others too, and one other element of an array suffices, as in EventBridge."""
    assert all(fits([{"anything-but": excluded}], value) for value in fitting)
    assert not any(fits([{"anything-but": excluded}], value) for value in others)


@pytest.mark.parametrize(
    ("comparison", "fitting", "others"),
    [
        (["=", 5], [5, 5.0], [5.000001, "5", True, None]),
        ([">", 0], [0.5, 5e-324, 5_000_000_001, 10**17, 1.7e308, 10**400, float("inf")], [0, -1, float("nan")]),
        ([">", 2**53], [2**53 + 1, 2**53 + 2], [2**53, 2**53 - 1]),
        (["=", 2**53], [2**53, 2.0**53], [2**53 + 1]),
        (["<=", 1e23], [10**22, 1e23], [1.1e23]),
        ([">=", 0], [0], [-0.1, False]),
        (["<", 0], [-5e9, -5_000_000_000.5, float("-inf")], [0, "-1"]),
        (["<=", 0], [0, -1], [1, "0"]),
        ([">", 0, "<=", 5], [5, 0.1, [9, 3]], [0, 5.1, [9, 0]]),
        ([">=", 0, "<", 5], [0, 4.9], [5, -0.1]),
    ],
)
def test_numeric_compares_numbers_of_any_size(
    comparison: list[object], fitting: list[object], others: list[object]
) -> None:
    """Booleans and strings are not numbers, and an amount in minor units may exceed 5e9."""
    assert all(fits([{"numeric": comparison}], value) for value in fitting)
    assert not any(fits([{"numeric": comparison}], value) for value in others)


@pytest.mark.parametrize(
    ("block", "fitting", "others"),
    [
        ("10.0.0.0/24", ["10.0.0.0", "10.0.0.255"], ["10.0.1.0", "10.0.0", "10.0.0.256", "host", 167772160, None, ""]),
        ("10.0.0.77/24", ["10.0.0.1"], ["10.0.1.77"]),
        ("10.0.0.1/32", ["10.0.0.1"], ["10.0.0.2"]),
        ("0.0.0.0/0", ["255.255.255.255"], ["::1"]),
        (
            "2001:db8::/32",
            ["2001:db8::1", "2001:DB8:0::ffff"],
            ["2001:db9::1", "10.0.0.1", "2001:db8::1%eth0", "1" * 99],
        ),
        ("::1/128", ["0:0:0:0:0:0:0:1"], ["::2"]),
    ],
)
def test_cidr_takes_addresses_of_the_block(block: str, fitting: list[object], others: list[object]) -> None:
    """Whatever is not an address of the block's family is outside, and never an error."""
    assert all(fits([{"cidr": block}], value) for value in fitting)
    assert not any(fits([{"cidr": block}], value) for value in others)


@pytest.mark.parametrize(
    ("wildcard", "fitting", "others"),
    [
        ("dir/*.png", ["dir/.png", "dir/a.png", "dir/b/c.png"], ["dir/a.gif", "a.png", 1, None]),
        ("*", ["", "anything"], [1, None]),
        ("a*a", ["aa", "aba"], ["a", "ab"]),
        ("*a*b*", ["ab", "xaxbx", "bab"], ["ba", "b", "a"]),
        ("*ab*b", ["abb", "abab"], ["ab", "bb"]),
        ("a*bc*c", ["abcc", "axbcxc"], ["abc", "ac"]),
        ("plain", ["plain"], ["plains", "Plain"]),
        ("", [""], ["a"]),
        ("a\\*b", ["a*b"], ["axb", "a\\*b"]),
        ("a\\\\*", ["a\\", "a\\b"], ["a", "a*"]),
        ("\\**", ["*", "*a"], ["", "a*"]),
        ("*\\*", ["*", "a*"], ["a"]),
        ("h.*o", ["h.llo"], ["hello"]),
        ("l*\n", ["line\n"], ["line"]),
    ],
)
def test_wildcard_matches_any_characters(wildcard: str, fitting: list[object], others: list[object]) -> None:
    """Only * is special, and a backslash makes it an ordinary character."""
    assert all(fits([{"wildcard": wildcard}], value) for value in fitting)
    assert not any(fits([{"wildcard": wildcard}], value) for value in others)


def test_one_value_of_the_list_is_enough() -> None:
    """Values of a list are joined by "or", and operators and plain values may be mixed."""
    values = ["a", 1, None, {"prefix": "b"}, {"numeric": [">", 10]}]

    assert all(fits(values, value) for value in ["a", 1, None, "bee", 11])
    assert not any(fits(values, value) for value in ["c", 2, True, 10, {}])


def test_a_hostile_wildcard_finishes_on_a_long_value() -> None:
    """A matcher that backtracks would not finish this one in any time."""
    hostile, value = "*".join(["a"] * 40) + "*b", "a" * 100_000

    assert not fits([{"wildcard": hostile}], value)
    assert fits([{"wildcard": hostile}], value + "b")
    assert not fits([{"wildcard": "*" + "a" * 500 + "b*"}], value)
    assert not fits([{"anything-but": {"wildcard": hostile}}], value + "b")
