"""What a source reads by name: put together from its expressions, schema, scheme, handshakes and routes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.config.reads import paths_of_expression
from hookline.config.schema_reads import paths_of_schema
from hookline.domain.reads import EACH, EVERYTHING, NOTHING, members_of

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.domain.reads import Members


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        ("id", {("id",)}),
        ("data.id", {("data",), ("data", "id")}),
        ("a || b", {("a",), ("b",)}),
        ("items[0].id", {("items",), ("items", "id")}),
        ("items[*].id | [0]", {("items",), ("items", "id")}),
        ("*.id", {(EACH,), (EACH, "id")}),
        ("items[?kind=='x'].id", {("items",), ("items", "kind"), ("items", "kind", EVERYTHING), ("items", "id")}),
        ("join(':', [a, b])", {("a",), ("b",), ("a", EVERYTHING), ("b", EVERYTHING)}),
        ("max_by(items, &at).id", {("items",), ("items", EVERYTHING), ("items", "at"), ("items", "id")}),
        ("{x: a}.x", {("a",), ("a", "x")}),
        ("'constant'", set()),
        ("header:X-Id", set()),
        ("form:id", set()),
        ("content-hash", set()),
    ],
)
def test_an_expression_reads_what_it_can_look_at(expression: str, paths: set[object]) -> None:
    """Whatever the body holds: the other side of an alternative counts, too."""
    assert paths_of_expression(expression) == paths


@pytest.mark.parametrize(
    ("schema", "read", "unread"),
    [
        ({"properties": {"a": {"type": "string"}}}, [("a",)], [("b",), ("b", "a")]),
        ({"required": ["a"]}, [("a",)], [("b",)]),
        ({"properties": {"a": {"items": {"properties": {"b": True}}}}}, [("a", "b")], [("b",), ("a", "c")]),
        ({"allOf": [{"properties": {"a": {}}}], "then": {"required": ["b"]}}, [("a",), ("b",)], [("c",)]),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"required": ["a"]}}}, [("a",)], [("b",)]),
        ({"properties": {"kids": {"items": {"$ref": "#"}}}}, [("kids",), ("kids", "kids", "any", "deeper")], [("a",)]),
        ({"patternProperties": {"^x": {"required": ["a"]}}}, [("x1",), ("x1", "a"), ("y",)], [("y", "b")]),
        ({"additionalProperties": {"type": "string"}}, [("any",)], []),
        ({"additionalProperties": False, "properties": {"a": {}}}, [("a",)], [("b",)]),
        ({"properties": {"a": {"const": {"b": 1}}}}, [("a", "b", "c")], [("b",)]),
        ({"properties": {"a": {"enum": ["x", "y"]}}}, [("a",)], [("a", "b")]),
        ({"dependentRequired": {"a": ["b"]}}, [("a",), ("b",)], [("c",)]),
        ({"$ref": "https://json-schema.org/draft/2020-12/schema"}, [("any", "thing")], []),
        (True, [], [("a",)]),
    ],
)
def test_a_schema_reads_the_members_that_it_judges(
    schema: Json, read: list[tuple[str, ...]], unread: list[tuple[str, ...]]
) -> None:
    """It reads them at the depth at which it checks them, and no others."""
    members = members_of(paths_of_schema(schema))

    assert all(_reads(members, path) for path in read)
    assert not any(_reads(members, path) for path in unread)


def _reads(members: Members | None, path: tuple[str, ...]) -> bool:
    for name in path:
        members = members.of(name) if members is not None else None
    return members is not None


def test_a_schema_that_multiplies_itself_is_read_whole() -> None:
    """Twenty definitions, each with two references to the next: a million paths must not be walked at load."""
    definitions = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(20)}

    assert paths_of_schema({"$ref": "#/$defs/d0", "$defs": {**definitions, "d20": {}}}) == {(EVERYTHING,)}


def test_a_source_reads_what_its_parts_read(tmp_path: Path) -> None:
    """Expressions, schema, handshake and routes of one source, and none of another source's routes."""
    (tmp_path / "s.json").write_text(json.dumps({"required": ["checked"]}))
    config = parse(
        """
        [sources.shop]
        verify = { scheme = "hmac", secrets = ["A"], header = "X-S" }
        id = "header:X-Id"
        type = "data.kind"
        schema = "s.json"
        [sources.chat]
        verify = { scheme = "slack", secrets = ["B"] }
        [queues.all]
        [[routes]]
        match = { source = ["hookline/shop"], data = { amount = [ { numeric = [">", 1] } ] } }
        queues = ["all"]
        [[routes]]
        match = { data = { urgent = [true] } }
        queues = ["all"]
        """,
        base=tmp_path,
    )
    shop, chat = (source.reads for source in config.sources)

    assert shop.headers == ("x-id",)
    assert all(_reads(shop.members, (name,)) for name in ("data", "checked", "amount", "urgent"))
    assert all(_reads(chat.members, (name,)) for name in ("challenge", "type", "event_id", "urgent"))
    assert not _reads(chat.members, ("amount",))


def test_on_ambiguous_accept_reads_nothing() -> None:
    """The way out in a home that has no quarantine: the sender's next attempt is taken."""
    config = parse(
        """
        [sources.shop]
        verify = { scheme = "none" }
        id = "id"
        on_ambiguous = "accept"
        [queues.all]
        [[routes]]
        match = { data = { urgent = [true] } }
        queues = ["all"]
        """,
        base=Path(),
    )

    assert config.sources[0].reads is NOTHING
