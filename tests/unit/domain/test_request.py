"""One raw HTTP call: case-blind headers with repeats kept, and no part of it in logs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.request import Headers, Request
from unit.builders import NOW, latin_1

REPEATED = Headers([(b"X-Signature", b"one"), (b"Accept", b"*/*"), (b"x-signature", b"two")])
SINGLE = Headers([(b"X-Signature", b"one"), (b"Accept", b"*/*")])


@pytest.mark.parametrize("name", ["x-signature", "X-Signature", "X-SIGNATURE"])
def test_names_are_case_blind(name: str) -> None:
    """Field names have no case (RFC 9110 section 5.1), with repeats and without."""
    assert SINGLE.get(name) == "one"
    assert REPEATED.get(name) == "one, two"
    assert REPEATED.all(name) == ("one", "two")
    assert SINGLE.all(name) == ("one",)


@pytest.mark.parametrize("headers", [SINGLE, REPEATED, Headers([])])
def test_a_field_that_is_absent_is_none(headers: Headers) -> None:
    """Absent and empty are two things: only one of them is a sender's mistake in writing."""
    assert headers.get("x-other") is None
    assert headers.get("é") is None
    assert headers.all("x-other") == ()


def test_an_empty_field_is_empty_text() -> None:
    """It is the counterpart of the test above."""
    assert Headers([(b"A", b"")]).get("a") == ""
    assert Headers([(b"A", b""), (b"a", b"")]).get("a") == ", "


def test_fields_keep_their_order_and_their_repeats() -> None:
    """Signatures of two secrets come in two fields."""
    assert REPEATED.items() == (("x-signature", "one"), ("accept", "*/*"), ("x-signature", "two"))


def test_headers_can_be_written_as_keywords() -> None:
    """Tests and the command line write them as Python names."""
    assert Headers.of(content_type="text/plain", x_odd="é").items() == (("content-type", "text/plain"), ("x-odd", "é"))


names = st.text("abcABC-", min_size=1, max_size=3).map(str.encode)


@given(st.lists(st.tuples(names, st.binary())), names)
def test_any_bytes_are_a_readable_value(fields: list[tuple[bytes, bytes]], name: bytes) -> None:
    """No header can fail to decode, and its bytes can always be restored."""
    expected = tuple(latin_1(value) for field, value in fields if field.lower() == name.lower())

    for headers in (Headers(fields), Headers.of_lower_case([(field.lower(), value) for field, value in fields])):
        assert headers.all(name.decode()) == expected
        assert headers.get(name.decode()) == (", ".join(expected) if expected else None)
        assert [value.encode("latin-1") for _, value in headers.items()] == [value for _, value in fields]


def test_reprs_show_neither_values_nor_bodies() -> None:
    """In the end a request is in a traceback or a log, and with it every signature and card number."""
    call = Request(method="POST", path="/webhook", headers=SINGLE, body=b"private", received_at=NOW, query="private=1")

    assert repr(call) == "Request(POST /webhook, 7 bytes)"
    assert repr(SINGLE) == "Headers(['x-signature', 'accept'])"
    assert repr(Headers([(b"\xff", b"private")])) == "Headers(['ÿ'])"
