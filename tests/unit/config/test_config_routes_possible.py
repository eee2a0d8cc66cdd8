"""A route that can never match is refused at load, with the nearest of what an event has."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.event import Event, Status
from hookline.domain.message import ALWAYS, LATER, OPTIONAL, VIEW, cloud_event
from hookline.errors import ConfigError
from hookline.pipeline.route import Router

if TYPE_CHECKING:
    from pathlib import Path

    from hookline.config import Config

SOURCES = """
[sources.shop]
verify = { scheme = "none" }
id = "event_id"
type = "kind"
schema = "s.json"

[sources.forms]
verify = { scheme = "none" }
id = "content-hash"
media_types = ["application/x-www-form-urlencoded", "text/plain"]

[queues.q]
[queues.r]
"""
STRIPE = """
[sources.stripe]
verify = { scheme = "stripe", secrets = ["STRIPE_SECRET"] }
"""
SCHEMA = {"type": "object", "properties": {"kind": {"enum": ["payment", "refund", 7]}}}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder with the schema."""
    (tmp_path / "s.json").write_text(json.dumps(SCHEMA))
    return tmp_path


def load(base: Path, *matches: str, more: str = "", queues: str = '["q"]') -> Config:
    """The configuration with these routes."""
    routes = "".join(f"[[routes]]\nmatch = {match}\nqueues = {queues}\n" for match in matches)
    return parse(f"{more}{SOURCES}{routes}", base=base)


def refused(base: Path, *matches: str, more: str = "") -> dict[str, str]:
    """What is wrong with these routes, by place without line."""
    with pytest.raises(ConfigError) as caught:
        load(base, *matches, more=more)
    return {one.where.partition(" ")[0].removeprefix("routes[0]."): one.why for one in caught.value.complaints}


@pytest.mark.parametrize(
    ("match", "where", "why"),
    [
        ('{ typ = ["payment"] }', "match.typ", "the nearest key is 'type'"),
        ('{ Type = ["payment"] }', "match.Type", "the nearest key is 'type'"),
        ('{ detail = { a = ["x"] } }', "match.detail", "the nearest key is 'data'"),
        ('{ detail-type = ["x"] }', "match.detail-type", "the nearest key is 'type'"),
        ('{ "data.amount" = [1] }', "match.'data.amount'", "write data = { amount = … }"),
        ('{ event_id = ["x"] }', "match.event_id", "are under data"),
        ('{ data_base64 = ["x"] }', "match.data_base64", "no route can use"),
        ("{ dataref = [{ exists = true }] }", "match.dataref", "no route can use"),
        ("{ repeatedbody = [{ exists = false }] }", "match.repeatedbody", "no route can use"),
        ("{ typo = [{ exists = false }] }", "match.typo", "an event has no"),
        ('{ "$or" = [{ typ = ["a"] }, { type = ["payment"] }] }', "match.'$or'[0].typ", "an event has no"),
        ('{ source = ["a"] }', "match.source[0]", "the most similar one is"),
        ('{ source = ["shop"] }', "match.source[0]", "'hookline/shop'"),
        ('{ source = ["hookline/shop", "hookline/shops"] }', "match.source[1]", "'hookline/shop'"),
        ('{ source = [{ prefix = "shop" }] }', "match.source[0]", "source is one of hookline/forms, hookline/shop"),
        ('{ specversion = ["1"] }', "match.specversion[0]", "'1.0'"),
        ("{ specversion = [1.0] }", "match.specversion[0]", "specversion is one of 1.0"),
        ('{ datacontenttype = ["application/xml"] }', "match.datacontenttype[0]", "the most similar one"),
        ('{ datacontenttype = ["application/json; charset=utf-8"] }', "match.datacontenttype[0]", "'application/json'"),
        ('{ id = ["evt_1"] }', "match.id[0]", '"shop:evt_1"'),
        ('{ id = [{ prefix = "evt_" }] }', "match.id[0]", "an id is"),
        ('{ id = [{ wildcard = "evt_*" }] }', "match.id[0]", "an id is"),
        ("{ id = [7] }", "match.id[0]", "id is text"),
        ('{ time = ["2026-03-01"] }', "match.time[0]", "RFC 3339"),
        ('{ time = [{ prefix = "March" }] }', "match.time[0]", "RFC 3339"),
        ('{ time = [{ numeric = [">", 0] }] }', "match.time[0]", "RFC 3339"),
        ('{ time = { year = ["2026"] } }', "match.time", "time is text and has no fields"),
        ('{ bodysha256 = ["abc"] }', "match.bodysha256[0]", "64 digits"),
        ('{ bodysha256 = [{ prefix = "AB" }] }', "match.bodysha256[0]", "64 digits"),
        ("{ type = [{ exists = false }] }", "match.type[0]", "every event has type"),
        ('{ type = ["paymnt"] }', "match.type[0]", "the most similar one is 'payment'"),
        ('{ type = ["Payment"] }', "match.type[0]", "the most similar one is 'payment'"),
        ('{ type = ["refunds", "payment"] }', "match.type[0]", "the most similar one is 'refund'"),
        ("{ type = [7] }", "match.type[0]", "type is one of 7, payment"),
        ("{ type = [true] }", "match.type[0]", "type is one of 7, payment"),
        ('{ type = [{ numeric = [">", 7] }] }', "match.type[0]", "type is one of 7, payment"),
        ('{ transactiontype = ["refund"] }', "match.transactiontype[0]", "no source here reports transactions"),
        ("{ transactionamount = [{ exists = true }] }", "match.transactionamount[0]", "reports transactions"),
        ('{ source = ["hookline/shop"], datacontenttype = ["text/plain"] }', "match", "meet all of these conditions"),
        ('{ source = ["hookline/forms"], type = ["web-hook"] }', "match.type[0]", "'webhook'"),
        ('{ source = ["hookline/forms"], data = { a = [1] } }', "match", "meet all of these conditions"),
        ('{ source = ["hookline/shop"], id = [{ prefix = "forms:" }] }', "match", "meet all of these conditions"),
        (
            '{ source = ["hookline/shop"], "$or" = [{ id = [{ prefix = "forms:" }] }, { datacontenttype = ["text/plain"] }] }',
            "match",
            "meet all of these conditions",
        ),
    ],
)
def test_what_no_event_can_have_is_refused_with_the_nearest(base: Path, match: str, where: str, why: str) -> None:
    """Such a route sends nothing to its queue, and every event to `unrouted`, from the first day."""
    found = refused(base, match)
    assert list(found) == [where]
    assert why in found[where]


@pytest.mark.parametrize(
    "match",
    [
        '{ datacontenttype = ["text/plain; charset=iso-8859-1"] }',
        '{ datacontenttype = [{ prefix = "text/plain;" }] }',
        '{ datacontenttype = [{ suffix = "utf-8" }] }',
        "{ originaltime = [{ exists = true }] }",
        '{ specversion = ["1.0"], source = [{ prefix = "hookline/" }], type = ["payment", "webhook"] }',
        '{ type = ["7"] }',
        '{ type = ["strange", { suffix = "ments" }] }',
        '{ type = [{ anything-but = "payment" }] }',
        '{ id = [{ prefix = "sh" }, { prefix = "shop:evt_" }, { wildcard = "*:evt_*" }, { suffix = "x" }] }',
        '{ id = ["shop:1", "forms:a b"] }',
        '{ time = [{ prefix = "2026-" }, { suffix = "Z" }, "2026-03-01T12:00:00Z", { prefix = "2026-03-01T12:00:00.1" }] }',
        '{ time = [{ exists = true }, { wildcard = "2026-*Z" }] }',
        '{ bodysha256 = [{ prefix = "ab" }] }',
        '{ datacontenttype = ["text/plain"], source = ["hookline/forms"] }',
        '{ data = [{ exists = false }], source = ["hookline/forms"] }',
        "{ data = { a = [{ exists = false }] } }",
        '{ data = { "a.b" = [1], typ = ["x"], detail = { Type = [1] } } }',
        '{ data = ["text", 7, null_ish] }'.replace(", null_ish", ""),
        "{ transactiontype = [{ exists = false }] }",
        '{ "$or" = [{ type = ["payment"] }, { data = { a = [1] } }] }',
    ],
)
def test_what_an_event_can_have_is_taken(base: Path, match: str) -> None:
    """A check that refuses a working route is worse than no check."""
    assert len(load(base, match).routes) == 1


def test_transactions_are_known_where_a_source_reports_them(base: Path) -> None:
    """Their values are a closed set too."""
    assert load(base, '{ transactiontype = ["refund"], transactioncurrency = ["EUR"] }', more=STRIPE).routes
    assert "'refund'" in refused(base, '{ transactiontype = ["refunds"] }', more=STRIPE)["match.transactiontype[0]"]
    assert (
        "three capital"
        in refused(base, '{ transactioncurrency = ["eur"] }', more=STRIPE)["match.transactioncurrency[0]"]
    )
    assert (
        "meet all of these conditions"
        in refused(base, '{ transactiontype = ["refund"], source = ["hookline/shop"] }', more=STRIPE)["match"]
    )


def test_a_type_is_open_where_the_schema_does_not_list_it(base: Path) -> None:
    """Only what is certain is refused: a reference, a header or a longer expression may give any type."""
    for schema, expression in (
        ({"$ref": "#/$defs/a", "$defs": {"a": SCHEMA}}, "kind"),
        ({"properties": {"kind": {"type": "string"}}}, "kind"),
        (SCHEMA, "header:X-Kind"),
        (SCHEMA, "kind || other"),
        (SCHEMA, "other"),
    ):
        (base / "s.json").write_text(json.dumps(schema))
        sources = SOURCES.replace('type = "kind"', f'type = "{expression}"')
        text = f'{sources}[[routes]]\nmatch = {{ type = ["anything"] }}\nqueues = ["q"]\n'
        assert parse(text, base=base).routes


def test_a_list_in_the_schema_is_found_inside_objects(base: Path) -> None:
    """Where the type is deeper, so is its list."""
    (base / "s.json").write_text(json.dumps({"properties": {"a": {"properties": {"b": {"const": "order.paid"}}}}}))
    text = (
        SOURCES.replace('type = "kind"', 'type = "a.b"')
        + '[[routes]]\nmatch = { type = ["order.piad"] }\nqueues = ["q"]\n'
    )
    with pytest.raises(ConfigError, match=r"'order\.paid'"):
        parse(text, base=base)


def test_a_route_that_adds_nothing_is_refused(base: Path) -> None:
    """Two equal routes are one that was copied and not changed."""
    found = refused(base, '{ type = ["payment"] }', '{ type = ["refund"] }', '{ type = ["payment"] }')
    assert list(found) == ["routes[2]"]
    assert "routes[0]" in found["routes[2]"]
    assert (
        len(load(base, "{ data = { a = [1] } }", "{ data = { a = [true] } }", "{ data = { a = [1.5] } }").routes) == 3
    )


def test_a_faulty_source_does_not_make_its_routes_faulty(base: Path) -> None:
    """One mistake is one complaint."""
    found = refused(base, '{ source = ["hookline/late"] }', more='[sources.late]\nverify = { scheme = "nope" }\n')
    assert list(found) == ["sources.late.verify.scheme"]


def _event() -> Event:
    return Event(
        id="shop:1",
        source="shop",
        type="payment",
        time="2026-03-01T12:00:00Z",
        received_at=None,  # type: ignore[arg-type]  # not looked at
        content_type="application/json",
        body=b"{}",
        body_sha256=b"\0" * 32,
        metadata={name: name for name in (*OPTIONAL, *LATER)} | {"secret": "S"},
        status=Status.RECEIVED,
    )


def test_every_attribute_that_a_message_can_have_is_in_the_closed_set() -> None:
    """An attribute that is produced and not listed could not be routed on; one that is listed and not produced never matches."""
    inline, by_reference = (
        json.loads(cloud_event(_event())),
        json.loads(cloud_event(_event(), "s3://b/k", replay_id="r")),
    )
    form = json.loads(cloud_event(replace(_event(), content_type="text/plain")))

    assert inline.keys() | by_reference.keys() | form.keys() == VIEW | LATER


@pytest.mark.parametrize("name", sorted(VIEW))
def test_a_route_can_look_at_every_attribute_of_the_closed_set(base: Path, name: str) -> None:
    """The configuration must accept exactly what the router shows to patterns."""
    wanted = "{ a = [{ exists = false }] }" if name == "data" else "[{ exists = true }]"
    routes = load(base, f"{{ {name} = {wanted} }}", more=STRIPE).routes
    assert Router(routes).route(_event()).queues == ("q",)
    assert name in {*ALWAYS, *OPTIONAL, "data"}


@pytest.mark.parametrize(
    ("match", "why"),
    [
        ('{ transactioncurrency = [{ prefix = "eu" }] }', "three capital letters"),
        ('{ transactioncurrency = [{ equals-ignore-case = "euro" }] }', "three capital letters"),
        ('{ transactionamount = [{ prefix = "x" }] }', "decimal text"),
        ('{ bodysha256 = [{ equals-ignore-case = "AB" }] }', "64 digits"),
        ('{ time = [{ equals-ignore-case = "now" }] }', "RFC 3339"),
        ('{ transactiontype = ["payments"] }', "the most similar one is 'payment'"),
    ],
)
def test_operators_on_texts_of_a_shape_are_held_to_it(base: Path, match: str, why: str) -> None:
    """The queue behind such a route stays empty, and nobody knows why."""
    (complaint,) = refused(base, match, more=STRIPE).values()
    assert why in complaint


@pytest.mark.parametrize(
    "match",
    [
        '{ transactioncurrency = [{ prefix = "EU" }] }',
        '{ transactioncurrency = [{ equals-ignore-case = "eur" }] }',
        '{ transactionamount = [{ prefix = "-1." }] }',
        '{ time = [{ equals-ignore-case = "2026-03-01t12:00:00z" }] }',
        '{ bodysha256 = [{ equals-ignore-case = "%s" }] }' % ("AB" * 32),
    ],
)
def test_operators_that_fit_the_shape_are_taken(base: Path, match: str) -> None:
    """The operator knows what may match one day."""
    assert load(base, match, more=STRIPE).routes
