"""Where id, type and time are found: what could never work, or would give every event the same id, is refused at load."""

from __future__ import annotations

from pathlib import Path

import pytest

from hookline.config import parse
from hookline.errors import ConfigError
from hookline.providers import PROVIDERS

HERE = Path(__file__).parent
JSON = '[queues.q]\n[sources.a]\nverify = { scheme = "none" }\n'


def refused(**written: str) -> str:
    """The one complaint about these expressions: why they are refused."""
    with pytest.raises(ConfigError) as caught:
        load(**written)
    (complaint,) = caught.value.complaints
    return complaint.why


def load(others: str = "", **written: str) -> None:
    """Load a source with these expressions."""
    lines = "".join(f'{key} = """{value}"""\n' for key, value in ({"id": "id"} | written).items())
    parse(JSON + others + lines, base=HERE)


@pytest.mark.parametrize(
    "expression",
    [
        *("'event_id'", "`1`", '`"evt"`', "`null`", "'a' || id", "id || 'none'", "id || `0`", "not_null(id, 'none')"),
        *("id | 'x'", "'x' | @", '`{"id": "x"}`.id', "a.{b: 'x'}.c | 'y'", "to_string('x')", "join('-', ['a', 'b'])"),
        *(
            "a && 'x'",
            "length('abc')",
            "header:X-Id || 'none'",
            "form:id || `1`",
            "'x'[0]",
            "id || 'x' || content-hash",
        ),
        *("['x', id][0]", "['x', id] | [0]", "[id, 'x'][-1]", "{a: 'x', b: id}.a", "map(&'x', items)[0]"),
    ],
)
def test_an_id_that_does_not_depend_on_the_body_is_refused(expression: str) -> None:
    """All events with one id are one event: the first is kept, and the others are answered as duplicates or conflicts."""
    if expression.endswith("content-hash"):
        expression = "id || 'x' || content-hash"
    assert "does not depend on the body" in refused(id=expression)


@pytest.mark.parametrize(
    "expression",
    ["type(@)", "type(id)", "to_string(type(a))", "to_string(a == b)", "to_string(contains(a, 'x'))", "a.type(b)"],
)
def test_an_id_with_a_few_values_is_refused(expression: str) -> None:
    """The second event of each value would be a duplicate or a conflict of the first."""
    assert "one of a few values" in refused(id=expression)


@pytest.mark.parametrize(
    "expression", ["['x', id][1]", "[id] | [0]", "{a: 'x', b: id}.b", "map(&id, items)[0]", "to_string(id)"]
)
def test_an_id_that_is_picked_from_several_is_taken(expression: str) -> None:
    """What is picked depends on the body, whatever the other alternatives are."""
    load(id=expression)


def test_a_quoted_name_is_distinguished_from_a_field() -> None:
    """Users often forget the quotes, or write too many."""
    assert "for the field write event_id" in refused(id="'event_id'")


@pytest.mark.parametrize("name", ["Content-Type", "host", "USER-AGENT", "authorization"])
def test_a_header_with_one_value_for_several_deliveries_is_no_id(name: str) -> None:
    """This is the same trap, in the head of the request."""
    assert "the same value for many deliveries" in refused(id=f"header:{name}")
    assert "the same value for many deliveries" in refused(id=f"header:X-Id || header:{name}")


@pytest.mark.parametrize("key", ["id", "type", "time"])
@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        *(
            (one, "a list")
            for one in ("items[*].id", "items[]", "items[0:2]", "*.id", "[id, kind]", "a.[id]", "keys(@)")
        ),
        *((one, "a list") for one in ("items[?x == `1`].id", "sort(ids)", "id || items[*].id", "values(a) | sort(@)")),
        *((one, "an object") for one in ("{a: id}", "a.{b: id}", "merge(a, b)", "id || {a: id}")),
        *((one, "true or false") for one in ("a == b", "!id", "contains(a, b)", "starts_with(id, 'x')", "a && b == c")),
    ],
)
def test_what_never_gives_text_or_a_number_is_refused(key: str, expression: str, kind: str) -> None:
    """Every call would be answered 400 from the first one on."""
    assert f"gives {kind}" in refused(**{key: expression})


@pytest.mark.parametrize("expression", ["`null`", "`true`", "''", "`1.5`", "`[]`", "`{}`", '`""`'])
def test_a_constant_that_is_no_type_is_refused(expression: str) -> None:
    """The same holds for types."""
    assert "a type is text or a whole number" in refused(type=expression)


@pytest.mark.parametrize("expression", ["'2026-03-01T12:00:00Z'", "`0`", "'soon'"])
def test_a_time_that_does_not_depend_on_the_body_is_refused(expression: str) -> None:
    """A time that is right for one event is wrong for all others."""
    assert "remove `time`" in refused(time=expression)


@pytest.mark.parametrize(
    ("key", "expression"),
    [
        *(("id", one) for one in ("a.b[0].c", "items[*].id | [0]", "id || other", "join('-', [a, b])", "@", "a && b")),
        *(
            ("id", one)
            for one in ("items[?x == `1`].id | [0]", "to_string(id)", "length(@)", "sort(ids)[0]", "ids[-1]")
        ),
        *(
            ("id", one)
            for one in (
                "header:X-Id || id",
                "id || content-hash",
                "content-hash",
                "each-call",
                "header:X-Id || form:id",
            )
        ),
        *(("id", one) for one in ("max_by(items, &n).id", "items[].id | join(',', @)", '"event id"', "not_null(a, b)")),
        *(
            ("type", one)
            for one in ("'payment'", "kind || 'other'", "`7`", "join('.', [a, 'b'])", "header:Content-Type")
        ),
        *(("time", one) for one in ("at", "at || '2026-03-01T12:00:00Z'", "header:Date", "a.at || b.at")),
    ],
)
def test_what_may_work_is_taken(key: str, expression: str) -> None:
    """Only what is certain is refused; one type for all events of a source is what some sources need."""
    load(**{key: expression})


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_the_catalogue_has_only_expressions_that_it_would_take(name: str) -> None:
    """The catalogue's own expressions must pass hookline's check."""
    provider = PROVIDERS[name]
    written = {"id": provider.find_id, "type": provider.find_type, "time": provider.find_time}
    media_types = f"media_types = {sorted(provider.media_types)}\n".replace("'", '"')
    load(media_types, **{key: value for key, value in written.items() if value is not None})
