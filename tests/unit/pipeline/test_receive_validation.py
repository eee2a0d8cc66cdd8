"""What counts as JSON, and the answer to a body that does not fit."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hookline.config.schema import compile_schema
from hookline.domain.json_text import parse, parse_any
from hookline.errors import Rejected
from hookline.pipeline.receive import accept, validate
from unit.builders import attempt, refusal, request, source

if TYPE_CHECKING:
    from hookline.domain.event import Json


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"NaN",
        b"[NaN]",
        b"Infinity",
        b"-Infinity",
        '{"a": 1}'.encode("utf-16"),
        b"{} x",
        b"{}{}",
        b"{}\x00",
        b"{'a': 1}",
        b"{a: 1}",
        b"[1,]",
        b"01",
        b"+1",
        b".5",
        b"1.",
        b"0x1",
        b"True",
        b"// comment\n1",
        b'"\n"',
        b'"\x00"',
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xed\xa0\x80"',
        b'"\xf4\x90\x80\x80"',
        b"[" * 1_000_000,
        b"[" * 100_001 + b"]" * 100_001,
        b"[" * 5000 + b"]" * 4999 + b"}",
        b"[" * 2000 + b"1," + b"]" * 2000,
        b"[" * 2000 + b'{"a" 1}' + b"]" * 2000,
        b"[" * 2000 + b"{1: 1}" + b"]" * 2000,
        b"[" * 2000 + b"01" + b"]" * 2000,
        b"[" * 2000 + b'"\x01"' + b"]" * 2000,
        b"[1e400, NaN]",
        b'["\\ud800", NaN]',
        b'["\\ud800", 1.]',
        b'["\\ud80"]',
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b"\xef\xbb\xbf{}\xef\xbb\xbf",
        b'["\\ud800"\xc2\xa0]',
        '["\\ud800", \u0661]'.encode(),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    """Parsers that differ on these would let two readers of one body see two payments (RFC 8259)."""
    assert refusal(lambda: parse(body)) == "body_not_json"


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b"null", None),
        (b"1", 1),
        (b'"x"', "x"),
        (b" \t\r\n[] ", []),
        (b"-0", 0),
        (b"1.10", 1.1),
        (b"18446744073709551615", 2**64 - 1),
        (b"-9223372036854775808", -(2**63)),
        (b"18446744073709551616", 2.0**64),
        (b"9" * 300, 1e300),
        (b'"\\u0000"', "\0"),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        ('"é\u2028\uffff\x7f"'.encode(), "é\u2028\uffff\x7f"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_any_json_document_is_read(body: bytes, document: Json) -> None:
    """Anything that RFC 8259 allows is a body, scalars and white space among it; whole numbers over 64 bits become floats."""
    read = parse(body)

    assert (type(read), read) == (type(document), document)


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b'"cut \\ud83d"', "cut \ufffd"),
        (b'"\\udc00\\ud800"', "\ufffd\ufffd"),
        (b'"\\ud83d\\ude00\\uD83D"', "\U0001f600\ufffd"),
        (b'{"\\ud800": 1}', {"\ufffd": 1}),
        (b'"\\\\ud800 \\ud800"', "\\ud800 \ufffd"),
        (b"\xef\xbb\xbf{}", {}),
        (b"\xef\xbb\xbf 1.10 ", 1.1),
        (b"[1e400, -1E+400]", [sys.float_info.max, -sys.float_info.max]),
        (b"1" * 400, sys.float_info.max),
        (b"[1e400, -0, 18446744073709551615, 18446744073709551616]", [sys.float_info.max, 0, 2**64 - 1, 2.0**64]),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_the_grammar_allows_and_the_fast_parser_does_not_is_read(body: bytes, document: Json) -> None:
    """RFC 8259 lets a sender write it: refusing it would refuse a genuine event at every attempt."""
    read, text = parse_any(body)

    assert (type(read), read) == (type(document), document)
    assert text == body.removeprefix(b"\xef\xbb\xbf")


@pytest.mark.parametrize("levels", [1025, 5000, 99_990])
def test_a_document_may_be_nested_deeper_than_parsers_recurse(levels: int) -> None:
    """What is deep is checked and left out of the document: nothing that reads it can run out of stack."""
    arrays, text = parse_any(b"[" * levels + b'{"a": [1, true, null, "\\n", -0.5e-7]}' + b"]" * levels)
    objects = parse(b'{"id": "x", "inner": ' + b'{"a":' * levels + b"1" + b"}" * levels + b"}")

    assert text is not None
    depth = 0
    while arrays:
        assert isinstance(arrays, list)
        (arrays,), depth = arrays, depth + 1
    assert depth < 1000
    assert isinstance(objects, dict)
    assert objects["id"] == "x"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "cut \\ud83d", "n": 1e400, "\\ud800": 1}',
        b'\xef\xbb\xbf{"a": "x", "n": 5}',
        b'{"a": "x", "n": 1, "d": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
    ids=["surrogate", "mark", "deep"],
)
@pytest.mark.parametrize("more", [{}, {"properties": {"amount": {"format": "decimal"}}}])
def test_a_schema_judges_what_only_the_grammar_allows(body: bytes, more: dict[str, Json]) -> None:
    """Another parser reads it once again: an error of that parser must not look like a body that does not fit."""
    schema: dict[str, Json] = {"type": "object", "required": ["a"], "additionalProperties": True, **more}
    properties: dict[str, Json] = {"a": {"type": "string", "pattern": "^.*$", "maxLength": 7}, "n": {"type": "number"}}
    strict: dict[str, Json] = {**schema, "properties": properties}

    for fits in (schema, strict):
        accept(request(body), replace(source(), schema=compile_schema("s.json", fits)), [])
    with pytest.raises(Rejected, match="schema"):
        accept(request(body), replace(source(), schema=compile_schema("s.json", {"required": ["b"]})), [])


def test_of_two_equal_keys_the_last_one_counts() -> None:
    """RFC 8259 leaves it open and most parsers do the same, so consumers read the same values."""
    assert parse(b'{"amount": 1, "amount": 2}') == {"amount": 2}


def test_a_document_may_be_nested_a_thousand_deep() -> None:
    """The limit must stop hostile bodies and accept real ones."""
    assert parse(b"[" * 1000 + b"]" * 1000)


def test_a_refusal_says_where_and_never_what() -> None:
    """The place helps a sender; the body itself stays out of answers and logs."""
    with pytest.raises(Rejected) as refused:
        parse(b'{"card": 4242424242424242 "cvc": 123}')

    assert "at character 26" in refused.value.detail
    assert "4242" not in refused.value.detail
    assert refused.value.__cause__ is None


def as_read(digits: str) -> int | float:
    """Whole numbers beyond 64 bits are floats to the core, which therefore takes none as an id."""
    return int(digits) if -(2**63) <= int(digits) < 2**64 else float(digits)


@given(st.binary() | st.text().map(str.encode))
@example(b"20000000000000000001")
@example(b"-9223372036854775809")
def test_any_bytes_are_json_or_rejected(body: bytes) -> None:
    """Outside input can raise nothing but Rejected."""
    read = attempt(lambda: parse(body))

    if isinstance(read, Rejected):
        assert read.code == "body_not_json"
    else:
        assert read == json.loads(body, parse_int=as_read) or parse_any(body)[1] is not None


def test_the_answer_to_a_body_that_does_not_fit_has_every_complaint() -> None:
    """A sender fixes all of it together, not one thing a day."""
    schema = compile_schema(
        "s.json", {"type": "object", "required": ["id"], "properties": {"amount": {"type": "string"}}}
    )
    strict = replace(source(), schema=schema)

    with pytest.raises(Rejected) as refused:
        validate({"amount": 1}, strict)

    assert refused.value.code == "schema_mismatch"
    assert {complaint.where for complaint in refused.value.complaints} == {"", "/amount"}
    assert all(complaint.why for complaint in refused.value.complaints)


def test_a_body_that_fits_passes_and_so_does_any_without_a_schema() -> None:
    """A schema is optional for a source."""
    strict = replace(source(), schema=compile_schema("s.json", {"type": "object"}))

    validate({}, strict)
    validate([], source())
    assert refusal(lambda: validate(None, strict)) == "schema_mismatch"
