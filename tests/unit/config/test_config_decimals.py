"""``format = "decimal"``: an amount is checked by its own characters in the body, wherever the schema names it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.config.schema import compile_schema

if TYPE_CHECKING:
    from hookline.domain.event import Json

DECIMAL: dict[str, Json] = {"format": "decimal"}
GOOD = [
    *("0", "7", "12", "12.5", "12.50", "0.0001", "0.0", "10.0000", "999999999999999999", "999999999999999999.9999"),
    *("9007199254740993", "0.1000"),
]
BAD = [
    *("1e2", "1E2", "1e0", "1.5e1", "100e-1", "0e0", "-1", "-0", "-0.0", "-12.50", "0.00001", "1.23456", "12.34567"),
    *("1000000000000000000", "1000000000000000000.5", "18446744073709551616", "1e-400", "12345678901234567890.123"),
]
BAD_TEXT = [
    *("", " ", " 1", "1 ", "+1", "01", "00", "00.5", "1.", ".5", "1..5", "1.5.", "1,00", "1'000", "1_000", "NaN"),
    *("Infinity", "0x10", "\u0661", "\uff11", "1\n", "\n1", "1\u0000", "$1", "1 EUR", "1.5\u200b"),
]


def fits(schema: Json, body: str) -> bool:
    """Whether the schema takes the body, once as it is parsed and once as it is."""
    return not compile_schema("s.json", schema).complaints(orjson.loads(body), body.encode())


PLACES: dict[str, tuple[Json, str]] = {
    "the body itself": (DECIMAL, "%s"),
    "a property": ({"properties": {"amount": DECIMAL}}, '{"amount": %s}'),
    "a property of a property": ({"properties": {"a": {"properties": {"b": DECIMAL}}}}, '{"b": 1e2, "a": {"b": %s}}'),
    "a property with blanks": ({"properties": {"amount": DECIMAL}}, '{"x":"amount" ,"amount"\r\n:\t%s\n}'),
    "a property spelled with an escape": ({"properties": {"amount": DECIMAL}}, '{"\\u0061mount":%s}'),
    "a property in a body with other escapes": (
        {"properties": {"amount": DECIMAL}},
        '{"url":"https:\\/\\/x\\"amount\\": -1","x\\"amount": 1, "amount":%s}',
    ),
    "a property named beyond ASCII": ({"properties": {"größe": DECIMAL}}, '{"größe":%s}'),
    "a property named in ASCII": ({"properties": {"größe": DECIMAL}}, '{"gr\\u00f6\\u00dfe":%s}'),
    "a property with a quote": ({"properties": {'a"b': DECIMAL}}, '{"a\\"b":%s}'),
    "a property named as a keyword": ({"properties": {"enum": DECIMAL, "const": DECIMAL}}, '{"enum":%s}'),
    "items": ({"items": DECIMAL}, "[1, %s]"),
    "items of a property": ({"properties": {"fees": {"items": DECIMAL}}}, '{"fees": [%s, 1]}'),
    "properties of items": (
        {"properties": {"fees": {"items": {"properties": {"amount": DECIMAL}}}}},
        '{"fees": [{"amount": 1}, {"amount":%s}]}',
    ),
    "prefix items": ({"prefixItems": [True, DECIMAL]}, "[1e2, %s]"),
    "items of draft 7": ({"$schema": "http://json-schema.org/draft-07/schema#", "items": [DECIMAL]}, "[%s]"),
    "additional properties": ({"additionalProperties": DECIMAL}, '{"x": %s}'),
    "pattern properties": ({"patternProperties": {"^a": DECIMAL}}, '{"b": 1e2, "ab": %s}'),
    "a reference": ({"properties": {"a": {"$ref": "#/$defs/money"}}, "$defs": {"money": DECIMAL}}, '{"a": %s}'),
    "a reference to another property": (
        {"properties": {"a": DECIMAL, "b": {"$ref": "#/properties/a"}}},
        '{"a": 1, "b": %s}',
    ),
    "a reference to itself": ({"properties": {"a": DECIMAL, "in": {"$ref": "#"}}}, '{"in":{"in":{"a":%s}}}'),
    "an anchor": (
        {"properties": {"a": {"$ref": "#money"}}, "$defs": {"x": {"$anchor": "money", **DECIMAL}}},
        '{"a": %s}',
    ),
    "all of": ({"properties": {"a": {"allOf": [{"type": ["number", "string"]}, DECIMAL]}}}, '{"a": %s}'),
    "next to all of": ({"properties": {"a": {**DECIMAL, "allOf": [{"not": {"const": "x"}}]}}}, '{"a": %s}'),
    "any of": ({"properties": {"a": {"anyOf": [{"type": "null"}, DECIMAL]}}}, '{"a": %s}'),
    "one of": (
        {"properties": {"a": {"oneOf": [{"type": "number", **DECIMAL}, {"type": "string", **DECIMAL}]}}},
        '{"a": %s}',
    ),
    "then": ({"if": {"required": ["a"]}, "then": {"properties": {"a": DECIMAL}}}, '{"a": %s}'),
    "not not": ({"properties": {"a": {"not": {"not": DECIMAL}}}}, '{"a": %s}'),
    "contains": ({"contains": {"type": ["number", "string"], **DECIMAL}}, "[null, %s]"),
    "dependent schemas": ({"dependentSchemas": {"b": {"properties": {"a": DECIMAL}}}}, '{"b": 1e2, "a": %s}'),
    "unevaluated properties": ({"unevaluatedProperties": DECIMAL}, '{"a": %s}'),
}


@pytest.mark.parametrize(("schema", "body"), PLACES.values(), ids=PLACES)
def test_a_decimal_is_checked_wherever_the_schema_names_it(schema: Json, body: str) -> None:
    """A format that is checked in some places only is worse than no format."""
    assert [literal for literal in GOOD if not fits(schema, body % literal)] == []
    assert [literal for literal in GOOD if not fits(schema, body % f'"{literal}"')] == []
    assert [literal for literal in BAD if fits(schema, body % literal)] == []
    assert [text for text in [*BAD, *BAD_TEXT] if fits(schema, body % orjson.dumps(text).decode())] == []


def test_what_is_neither_text_nor_number_is_left_to_other_keywords() -> None:
    """Every format of JSON Schema works like this."""
    assert all(fits(DECIMAL, body) for body in ("null", "true", "false", "[1e2]", '{"a": -1}'))


def test_other_numbers_of_the_body_are_free() -> None:
    """Only amounts are checked; a rate, a coordinate or a balance may have a sign and an exponent."""
    schema: Json = {"properties": {"amount": DECIMAL}}
    assert fits(schema, '{"rate": 1e-9, "balance": -5, "amount": 1.10, "note": "amount: -1"}')
    assert fits(schema, '{"amount": 1.10, "note": "\\"amount\\": -1", "inner": [{"amounts": -1}]}')
    assert fits(schema, '{"amount": 1.10, "inner": {"amount": -1}}')


def test_the_last_of_a_repeated_amount_counts_as_for_the_parser() -> None:
    """The amount that is checked is the one that the rest of hookline reads."""
    schema: Json = {"properties": {"amount": DECIMAL}}
    assert not fits(schema, '{"amount": 1, "amount": 1e2}')


def test_a_value_is_no_schema() -> None:
    """An object that is only compared with a value may have a member named format."""
    schema: Json = {"properties": {"kind": {"const": {"format": "decimal"}}}}
    assert fits(schema, '{"kind": {"format": "decimal"}}')
    assert not fits(schema, '{"kind": {"format": "other"}}')


@given(value=st.decimals(min_value=0, max_value=10**18 - 1, places=2), ref=st.booleans())
def test_other_keywords_judge_the_same_value_as_ever(value: object, ref: bool) -> None:  # noqa: FBT001 -- generated
    """How an amount is looked up must not change what another limit on it means."""
    limits: dict[str, Json] = {"enum": [float(str(value)), 0, 10], "maximum": float(str(value)), "type": "number"}
    plain: Json = {"properties": {"a": limits}}
    amount: Json = {"$ref": "#/$defs/a"} if ref else {**limits, **DECIMAL}
    exact: Json = {"properties": {"a": amount}, "$defs": {"a": {**limits, **DECIMAL}}}
    for text in (str(value), "0", "10.00", "10", "7.5"):
        assert fits(plain, f'{{"a": {text}}}') == fits(exact, f'{{"a": {text}}}'), text


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        (b'{"note": "5\\u20ac \\"net\\"", "amount": 1.50}', True),
        (b'{"amount": "1.50"}', True),
        (b'{"amount": 1e2}', False),
        (b'{"amount": -0}', False),
        (b'{"\\u0061mount": 1.50}', False),
    ],
)
def test_an_ordinary_body_is_judged_without_reading_it_once_more(body: bytes, plain: bool) -> None:  # noqa: FBT001 -- a table
    """Nearly every body is plain, and a second parse of each would cost more than the schema itself."""
    exact = compile_schema("amounts.json", {"properties": {"amount": DECIMAL}}).exact
    assert exact is not None
    assert exact.are_plain(body) is plain


NAMES = ("amount", "a", "fee.x", "a(b|c", "größe", 'say "x"')
PIECES = [
    *(orjson.dumps(name).decode() for name in NAMES),
    *(":", " ", "\n", ",", "}", "{", "[", '"', "-", ".", "e", "0", "1", "12", "123456", "1.50", "1.23456", "1e2"),
    *("\\", "\\u0061", "\\n", "x", "null"),
    *(f"{orjson.dumps(name).decode()}:{value}" for name in NAMES for value in ("1.50,", "12}", "0]", "-1,", "1e2}")),
]


@given(names=st.sets(st.sampled_from(NAMES), min_size=1), pieces=st.lists(st.sampled_from(PIECES)))
def test_all_names_are_looked_for_as_each_would_be(names: set[str], pieces: list[str]) -> None:
    """One search over the body must find the same as a look at each place of each name."""
    exact = compile_schema("amounts.json", {"properties": dict.fromkeys(names, DECIMAL)}).exact
    assert exact is not None
    text = "".join(pieces)
    escape = "\\u00" if names <= {"amount", "a"} else "\\"
    behind = [
        text[at:].removeprefix(key)
        for key in map(quoted, names)
        for at in range(len(text))
        if text[at:].startswith(key)
    ]
    assert exact.are_plain(text.encode()) is not (escape in text or any(map(may_be_no_decimal, behind)))


def quoted(name: str) -> str:
    """A name as JSON writes it."""
    return orjson.dumps(name).decode()


def may_be_no_decimal(behind: str) -> bool:
    """Whether a number follows a name, and is not surely in a decimal's form."""
    colon, value = behind.lstrip(" \t\r\n")[:1], behind.lstrip(" \t\r\n")[1:].lstrip(" \t\r\n")
    number = re.match("[-0-9.eE+]*", value)
    assert number is not None
    is_whole = value[number.end() :].lstrip(" \t\r\n")[:1] in {",", "}"}
    is_decimal = re.fullmatch(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,4})?", number[0]) is not None
    return colon == ":" and value[:1] in set("-0123456789") and not (is_decimal and is_whole)


def test_the_complaint_says_where_and_what_is_taken() -> None:
    """The sender must be able to fix it without asking."""
    body = b'{"fees": [{"amount": 1}, {"amount": 1e2}]}'
    schema = compile_schema("s.json", {"properties": {"fees": {"items": {"properties": {"amount": DECIMAL}}}}})
    (complaint,) = schema.complaints(orjson.loads(body), body)
    assert complaint.where == "/fees/1/amount"
    assert "without sign, exponent" in complaint.why


def test_without_the_body_a_fraction_is_refused() -> None:
    """A caller that cannot show how a number is written gets no result."""
    schema = compile_schema("s.json", DECIMAL)
    assert schema.complaints(1.5)
    assert not schema.complaints(15)
    assert not schema.complaints("1.5")


@pytest.mark.parametrize("levels", [100, 1000])
def test_a_deep_body_is_judged_without_a_traceback(levels: int) -> None:
    """Outside input can raise nothing but a rejection."""
    schema = compile_schema("s.json", {"items": {"$ref": "#"}, **DECIMAL})
    body = b"[" * levels + b"1e2" + b"]" * levels
    assert schema.complaints(orjson.loads(body), body)


def test_a_large_body_is_judged_quickly() -> None:
    """A megabyte of amounts, good or bad, must not stop the server."""
    schema = compile_schema("s.json", {"items": {"properties": {"amount": DECIMAL}}})
    for last in (b"1.50", b"1e2"):
        body = b"[" + b'{"amount": 1.50},' * 60_000 + b'{"amount": ' + last + b"}]"
        document = orjson.loads(body)
        start = time.process_time()
        assert bool(schema.complaints(document, body)) == (last == b"1e2")
        assert time.process_time() - start < 2.0
