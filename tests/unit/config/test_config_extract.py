"""Where id, type and time are found: the fast way must find what JMESPath finds, and no body may make any way raise."""

from __future__ import annotations

import hashlib
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import jmespath
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.config.extract import extractor, id_extractor, or_else, readable_time
from hookline.config.units import UnusableError
from hookline.domain.request import Headers, Request
from unit.builders import NOW, Finds, request

NAMES = ("a", "b", "a b", "data", "é", "")
REQUEST = Request(
    method="POST",
    path="/",
    headers=Headers([(b"X-Event-Id", b"one"), (b"x-event-id", b"two"), (b"X-Odd", b"\xff")]),
    body=b"{}",
    received_at=datetime(2025, 1, 1, tzinfo=UTC),
)

scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5)
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
plain = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map(
    lambda names: ".".join(orjson.dumps(name).decode() for name in names)
)


@given(expression=plain, document=documents)
def test_the_fast_way_finds_what_jmespath_finds(expression: str, document: object) -> None:
    """The fast way skips the interpreter, and must give the same results."""
    expected = jmespath.compile(expression).search(document)
    found = extractor(expression)(REQUEST, document)  # type: ignore[arg-type]  # hypothesis makes JSON
    assert found is expected or (type(found), found) == (type(expected), expected)


@given(
    expression=st.sampled_from(
        [
            "a[0]",
            "a[*].b",
            "@",
            "*",
            "a || b",
            "a | b",
            "[a, b]",
            "{x: a}",
            "a[?b > `1`]",
            "a[1:2]",
            "a[-1]",
            "!a",
            "a[]",
        ]
    ),
    document=documents,
)
def test_the_whole_language_is_there(expression: str, document: object) -> None:
    """An expression that is more than a plain field is left to the interpreter, unchanged."""
    expected = jmespath.compile(expression).search(document)
    assert repr(extractor(expression)(REQUEST, document)) == repr(expected)  # type: ignore[arg-type]  # as above


@given(
    expression=st.sampled_from(
        [
            "length(a)",
            "to_number(a)",
            "join(',', a)",
            "max_by(a, &b)",
            "sum(a)",
            "sort(a)",
            "a == b",
            "to_string(@)",
            "a > b",
        ]
    ),
    document=documents,
)
def test_a_function_that_cannot_take_the_value_finds_nothing(expression: str, document: object) -> None:
    """JMESPath raises on wrong types, and the types are the sender's choice."""
    extractor(expression)(REQUEST, document)  # type: ignore[arg-type]  # as above


@pytest.mark.parametrize(
    "expression", ["a", "a.a.a", "to_string(@)", "a == a", "@ == `1`", "a[0]", "length(a)", "a.*.a"]
)
def test_a_body_as_deep_as_json_may_be_finds_nothing_or_something(expression: str) -> None:
    """The parser takes 1024 levels, more than Python's own recursion."""
    objects = orjson.loads(b'{"a":' * 1023 + b"[]" + b"}" * 1023)
    arrays = orjson.loads(b"[" * 1024 + b"]" * 1024)
    for document in (objects, arrays, {"a": arrays[0]}):
        extractor(expression)(REQUEST, document)


def test_to_number_of_a_wall_of_digits_finds_nothing() -> None:
    """An integer of hundreds of digits overflows where it is divided, and a sender must not see that as our fault."""
    assert extractor("to_number(a)")(REQUEST, {"a": "9" * 400}) is None
    assert extractor("to_number(a)")(REQUEST, {"a": str(2**64 - 1)}) == 2**64 - 1


def test_a_header_is_found_whatever_its_case() -> None:
    """Header names have no case; repeats are joined as RFC 9110 says; bytes beyond ASCII are no error."""
    assert extractor("header:X-EVENT-ID")(REQUEST, None) == "one, two"
    assert extractor("header:x-odd")(REQUEST, None) == "ÿ"
    assert extractor("header:absent")(REQUEST, None) is None


def test_content_hash_is_only_for_ids() -> None:
    """As a type it would make every event a type of its own."""
    assert id_extractor("content-hash")(REQUEST, None) == id_extractor("content-hash")(REQUEST, {"a": 1})
    with pytest.raises(UnusableError):
        extractor("content-hash")


@given(st.text(alphabet="ab.[]{}()*&|!<>=`'\"\\@?:, -01#é", max_size=20) | st.text(max_size=20))
def test_no_text_makes_reading_an_expression_raise_anything_else(expression: str) -> None:
    """Its own parser leaks IndexError, KeyError and warnings on some texts."""
    with suppress(UnusableError):
        extractor(expression)(REQUEST, {"a": [1, {"b": None}]})


def test_an_expression_nested_beyond_reason_is_refused() -> None:
    """A recursive parser must not crash the process."""
    with pytest.raises(UnusableError, match="not JMESPath"):
        extractor("(" * 100_000 + "a" + ")" * 100_000)


def test_a_plain_field_costs_next_to_nothing() -> None:
    """Three of these run for each event: 100,000 in well under a second, where the interpreter takes several times longer."""
    find = extractor("data.object.id")
    document = {"data": {"object": {"id": "evt"}}}
    start = time.process_time()
    for _ in range(100_000):
        find(REQUEST, document)
    assert time.process_time() - start < 1.0


FORM = request(b"MessageSid=SM1&Body=a+b&MessageSid=SM2&empty=")


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("form:MessageSid", "SM1"),
        ("form:Body", "a b"),
        ("form:empty", None),
        ("form:other", None),
        ("header:X-Id || form:MessageSid", "SM1"),
        ("form:other || header:X-Id", None),
    ],
)
def test_a_form_field_is_found_by_its_name(expression: str, found: str | None) -> None:
    """Twilio sends forms, with its id in a header or without an id."""
    assert extractor(expression)(FORM, None) == found


def test_a_form_of_too_many_fields_has_none() -> None:
    """A field costs memory; nobody sends a thousand."""
    assert extractor("form:a")(request(b"a=1&" * 1001), None) is None
    assert extractor("form:a")(request(b"\xff=%ff&a=%zz"), None) == "%zz"


def test_the_body_can_be_the_last_of_several_ids() -> None:
    """A sender that leaves its id out now and then is still known by its bytes."""
    find = id_extractor("header:X-Id || content-hash")

    with_id = find(request(b"{}", {"x-id": "evt_1"}), None)
    without = find(request(b"{}"), None)

    assert with_id == "evt_1"
    assert without == hashlib.sha256(b"{}").hexdigest()


def test_each_call_is_an_event_of_its_own() -> None:
    """Dropbox uses the same words for two changes."""
    find = id_extractor("each-call")

    first, again = (find(request(b"{}", at=NOW + timedelta(microseconds=step)), None) for step in (0, 1))

    assert first != again
    assert first == find(request(b"{}", at=NOW), None)


@pytest.mark.parametrize("expression", ["form:", "header:X || ", "header:X || header:a b", "each-call"])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    """A typing error must not become an id that is never found."""
    with pytest.raises(UnusableError):
        extractor(expression)


@pytest.mark.parametrize("value", [None, "", [], {}, True, 1.5, "x" * 257])
def test_what_can_be_no_name_gives_way(value: object) -> None:
    """An odd call of a named sender is still its own."""
    assert or_else(Finds(value), Finds("other"))(request(), None) == "other"
    assert or_else(Finds(7), Finds("other"))(request(), None) == 7


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("2026-01-02T03:04:05Z", True),
        ("1767323045", True),
        (1767323045, True),
        (1767323045123, True),
        (1521472262.9, True),
        ("2026-02-30T03:04:05Z", False),
        ("01-01-2024", False),
        ("soon", False),
        ("9" * 20, False),
        (-1, False),
        (True, False),
        ([], False),
        (None, False),
    ],
)
def test_what_is_no_time_counts_for_nothing(value: object, is_one: bool) -> None:  # noqa: FBT001 -- a case of the table
    """The time of receipt is better than no event."""
    assert readable_time(Finds(value))(request(), None) == (value if is_one else None)
