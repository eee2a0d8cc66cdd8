"""A source's schema: its complaints are bounded, whatever is sent; and it reads no other file."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.config.schema import compile_schema, read_schema
from hookline.config.units import UnusableError

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.domain.event import Json

DEEP_ARRAY = orjson.loads(b"[" * 1024 + b"]" * 1024)
DEEP_OBJECT = orjson.loads(b'{"a":' * 1023 + b"[]" + b"}" * 1023)

HOSTILE: list[Json] = [
    {"type": "string"},
    {"enum": [1, []]},
    {"const": {"a": 1}},
    {"uniqueItems": True},
    {"not": {}},
    {"anyOf": [{"const": 1}, {"type": "string"}]},
    {"oneOf": [{"items": {"type": "string"}}, {"properties": {"a": {"type": "string"}}}]},
    {"items": {"$ref": "#"}, "properties": {"a": {"$ref": "#"}}, "uniqueItems": True, "type": "number"},
    {"type": ["array", "object"], "items": {"$ref": "#"}, "additionalProperties": {"$ref": "#"}, "maxItems": 0},
    {"unevaluatedProperties": {"$ref": "#"}, "unevaluatedItems": {"$ref": "#"}, "minProperties": 1},
    {"contains": {"type": "string"}, "propertyNames": {"maxLength": 0}},
    {"multipleOf": 0.01, "maximum": 5, "format": "date-time", "pattern": "^(a+)+$"},
    {"additionalProperties": False, "required": [f"key{number}" for number in range(60)]},
]

scalars = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=9)
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(schema=st.sampled_from(HOSTILE), document=documents)
def test_no_document_makes_a_schema_raise(schema: Json, document: Json) -> None:
    """Outside input can raise nothing but a rejection, and a rejection stays small."""
    complaints = compile_schema("s.json", schema).complaints(document)
    assert len(complaints) <= 50
    assert all(len(complaint.why) <= 200 and len(complaint.where) <= 200 for complaint in complaints)


@pytest.mark.parametrize("schema", HOSTILE)
@pytest.mark.parametrize("document", [DEEP_ARRAY, DEEP_OBJECT, {"a": DEEP_ARRAY[0]}], ids=["array", "object", "both"])
def test_a_document_as_deep_as_json_may_be_is_judged(schema: Json, document: Json) -> None:
    """The parser takes 1024 levels; neither Python's stack nor the validator's may end the process."""
    compile_schema("s.json", schema).complaints(document)


@pytest.mark.parametrize(
    "schema",
    [
        {"items": {"type": "string"}},
        {"anyOf": [{"items": {"type": "string"}}, {"items": {"type": "null"}}]},
        {"items": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"oneOf": [{"items": {"type": "string"}}, {"items": {"type": "null"}}]}}},
        {"type": "object", "required": ["a"]},
    ],
)
def test_a_large_wrong_document_is_refused_quickly(schema: Json) -> None:
    """Listing half a million errors takes the validator seconds, in which the server would answer nobody."""
    document = [1] * 500_000
    start = time.process_time()
    complaints = compile_schema("s.json", schema).complaints(document)
    assert time.process_time() - start < 1.0
    assert len(complaints) == 1


@pytest.mark.parametrize("levels", [7, 30, 1000])
def test_a_recursive_schema_does_not_multiply_its_errors(levels: int) -> None:
    """Two branches that both recurse double the validator's errors with each level of the document."""
    document: Json = 1
    for _ in range(levels):
        document = [document]
    branch: Json = {"type": "array", "items": {"$ref": "#"}}
    start = time.process_time()
    complaints = compile_schema("s.json", {"anyOf": [branch, branch]}).complaints(document)
    assert time.process_time() - start < 1.0
    assert len(complaints) == 1


def test_of_a_large_document_the_first_error_is_reported() -> None:
    """One pointer is better than no pointer, where it is cheap."""
    (complaint,) = compile_schema("s.json", {"items": {"type": "string"}}).complaints([1] * 1000)
    assert (complaint.where, complaint.why) == ("/0", 'the value is not of type "string"')


def test_long_texts_make_a_document_large_too() -> None:
    """Each error carries a copy of the value."""
    schema = compile_schema("s.json", {"required": ["a", "b"]})
    assert len(schema.complaints({"c": "x"})) == 2
    assert len(schema.complaints({"c": "x" * 100_000})) == 1


def test_every_error_is_reported_by_its_pointer() -> None:
    """The sender fixes all of them together; pointers are escaped as RFC 6901 says."""
    schema = compile_schema(
        "s.json",
        {
            "required": ["id"],
            "properties": {"a/b": {"properties": {"c~d": {"items": {"type": "string"}}}}, "no": False},
        },
    )
    found = schema.complaints({"a/b": {"c~d": ["x", 1]}, "no": 1})
    assert {complaint.where: complaint.why for complaint in found} == {
        "": '"id" is a required property',
        "/a~1b/c~0d/1": 'the value is not of type "string"',
        "/no": "no value is allowed here",
    }


def test_no_complaint_repeats_a_value() -> None:
    """Answers are logged and shown: a card number in the wrong field must not travel on."""
    value = "4242424242424242"
    keywords: list[Json] = [
        {"type": "number"},
        {"enum": ["a"]},
        {"const": "a"},
        {"maxLength": 2},
        {"minLength": 99},
        {"pattern": "^a$"},
        {"format": "date-time"},
        {"not": {"type": "string"}},
        {"anyOf": [{"type": "number"}, {"enum": [1]}]},
        {"oneOf": [{"type": "string"}, {"minLength": 1}]},
    ]
    for keyword in keywords:
        (complaint,) = compile_schema("s.json", {"properties": {"card": keyword}}).complaints({"card": value})
        assert complaint.where == "/card"
        assert value not in complaint.why
    of_arrays: list[Json] = [{"maxItems": 0}, {"contains": {"type": "null"}}, {"uniqueItems": True}]
    for keyword in of_arrays:
        (complaint,) = compile_schema("s.json", keyword).complaints([value, value])
        assert value not in complaint.why


def test_the_branches_of_any_of_say_what_each_wants() -> None:
    """That none of them fits does not say what to fix."""
    schema = compile_schema("s.json", {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]})
    (complaint,) = schema.complaints({})
    assert complaint.why == 'one of these must be fixed: "a" is a required property | "b" is a required property'


def test_a_long_key_does_not_make_a_long_pointer() -> None:
    """Fifty pointers of a megabyte each would be an answer that takes the server down."""
    (complaint,) = compile_schema("s.json", {"additionalProperties": {"type": "string"}}).complaints({"k" * 5000: 1})
    assert len(complaint.where) == 200


@pytest.mark.parametrize("scheme", ["http", "https", "file"])
def test_a_reference_to_elsewhere_is_refused_without_going_there(tmp_path: Path, scheme: str) -> None:
    """A schema that fetches is a way out of the machine, and a start that fails when another server does."""
    (tmp_path / "other.json").write_text("{}")
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}" if scheme != "file" else ""
        with pytest.raises(UnusableError, match="not present in a registry"):
            compile_schema("s.json", {"$ref": f"{scheme}://{host}{tmp_path}/other.json"})
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_reference_to_a_file_next_to_the_schema_is_refused(tmp_path: Path) -> None:
    """One source, one file: what is checked is what is deployed."""
    (tmp_path / "other.json").write_text("{}")
    (tmp_path / "s.json").write_text('{"$ref": "other.json"}')
    with pytest.raises(UnusableError, match="not present in a registry"):
        read_schema(tmp_path, "s.json")


def test_a_reference_inside_the_schema_is_followed() -> None:
    """Shared parts are under $defs; the drafts' own meta-schemas are built in."""
    schema = compile_schema("s.json", {"$ref": "#/$defs/id", "$defs": {"id": {"type": "string"}}})
    assert schema.complaints("x") == ()
    assert len(schema.complaints(1)) == 1
    meta = compile_schema("s.json", {"$ref": "https://json-schema.org/draft/2020-12/schema"})
    assert meta.complaints({"type": "string"}) == ()
    assert meta.branches


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "is not JSON"),
        ("5", "a schema is an object"),
        ('{"type": "strin"}', "/type"),
        ('{"properties": {"a": {"minimum": "x"}}}', "/properties/a/minimum"),
        ('{"$ref": "#/nowhere"}', "does not exist"),
        ('{"$schema": "https://example.com/own"}', "Unknown meta-schema"),
        ('{"pattern": "(a"}', "not a supported regular expression"),
        ("false", "no body matches"),
        ('{"properties": {"at": {"format": "datetime"}}}', "/properties/at/format: unknown format 'datetime'"),
        ('{"items": {"anyOf": [{"format": "Date-Time"}]}}', "the nearest known one is 'date-time'"),
        ('{"properties": {"default": {"format": "decmial"}}}', "/properties/default/format"),
        ('{"$defs": {"enum": {"properties": {"const": {"format": "datetime"}}}}}', "'date-time'"),
        ('{"format": "decmial"}', "the nearest known one is 'decimal'"),
        ('{"properties": {"amount": {"type": "boolean", "format": "decimal"}}}', "type allows neither"),
        ('{"pattern": "(?=a)b"}', "look-around"),
        ('{"patternProperties": {"(a)\\\\1": true}}', "back-references"),
        ('{"not":' * 500 + "{}" + "}" * 500, "Recursion limit"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_at_load(tmp_path: Path, content: str, why: str) -> None:
    """A schema with a mistake would refuse everything, or nothing, from the first event on."""
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(UnusableError) as caught:
        read_schema(tmp_path, "s.json")
    assert why in str(caught.value)
    assert "s.json" in str(caught.value)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ('{"const": 18446744073709551616}', "/const: 18446744073709551616"),
        ('{"enum": [1, -9223372036854775809]}', "/enum/1: -9223372036854775809"),
        ('{"properties": {"a": {"maximum": 12345678901234567.89}}}', "/properties/a/maximum: 12345678901234567.89"),
        ('{"properties": {"a/b": {"const": {"c": [0.1000000000000000055]}}}}', "/properties/a~1b/const/c/0: 0.10000"),
        ('{"properties": {"default": {"const": 18446744073709551616}}}', "/properties/default/const: 1844"),
        ('{"$defs": {"examples": {"properties": {"example": {"minimum": 1e-400}}}}}', "/example/minimum"),
        ('{"minimum": 1e-400}', "/minimum: 1e-400"),
        ('{"multipleOf": 0.30000000000000000001}', "/multipleOf"),
        ('{"exclusiveMaximum": %s}' % ("9" * 300), "/exclusiveMaximum: 999"),
    ],
)
def test_a_number_that_no_parser_keeps_is_refused_at_load(tmp_path: Path, content: str, where: str) -> None:
    """The parser would read a neighbour, and the schema would take that and refuse what it says."""
    (tmp_path / "s.json").write_text(content)
    with pytest.raises(UnusableError, match="cannot be stored exactly") as caught:
        read_schema(tmp_path, "s.json")
    assert where in str(caught.value)


@pytest.mark.parametrize(
    ("keyword", "fitting", "other"),
    [
        ('{"const": 18446744073709551615}', 18446744073709551615, 18446744073709551614),
        ('{"enum": [9007199254740993]}', 9007199254740993, 9007199254740992),
        ('{"maximum": 9007199254740993}', 9007199254740993, 9007199254740994),
        ('{"minimum": -9223372036854775808, "maximum": 0.1}', 0.1, 0.2),
        ('{"multipleOf": 0.01, "default": 1e-400, "examples": [18446744073709551616]}', 19.99, 0.001),
    ],
)
def test_a_number_that_the_parser_keeps_is_compared_exactly(
    tmp_path: Path, keyword: str, fitting: Json, other: Json
) -> None:
    """64 bits are promised, so the last of them counts."""
    (tmp_path / "s.json").write_text(keyword)
    schema = read_schema(tmp_path, "s.json")
    assert not schema.complaints(fitting)
    assert schema.complaints(other)


def test_a_format_that_only_annotates_is_taken() -> None:
    """JSON Schema leaves other formats to their readers, and hookline does not check them."""
    for name in ("int64", "double", "password", "binary", "uuid4", "currency", "phone", "byte", "ipv4network"):
        assert not compile_schema("s.json", {"format": name}).complaints("x")
    compile_schema("s.json", {"const": {"format": "datetime"}, "properties": {"format": {"const": "datetime"}}})
    compile_schema("s.json", {"properties": {"properties": {"default": {"format": "datetime"}}}})


def test_a_folder_is_not_a_schema(tmp_path: Path) -> None:
    """Whatever the file system says ends as a complaint."""
    (tmp_path / "s.json").mkdir()
    with pytest.raises(UnusableError, match="cannot be read"):
        read_schema(tmp_path, "s.json")


def test_a_pattern_cannot_be_made_to_run_for_long() -> None:
    """Nested repetition takes a backtracking engine years; this one takes microseconds."""
    schema = compile_schema("s.json", {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"})
    start = time.process_time()
    assert schema.complaints("a" * 1_000_000)
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    "draft", ["http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-07/schema#"]
)
def test_older_drafts_are_understood(draft: str) -> None:
    """Senders publish schemas of older drafts."""
    assert compile_schema("s.json", {"$schema": draft, "type": "string"}).complaints(1)


def test_formats_are_checked() -> None:
    """Draft 2020-12 leaves that open; an invalid date would fail somewhere later."""
    schema = compile_schema("s.json", {"format": "date-time"})
    assert schema.complaints("2025-07-03T09:41:27Z") == ()
    assert schema.complaints("03.07.2025")
