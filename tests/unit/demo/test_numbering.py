"""Fresh ids in copies of one body."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from hookline.config import load
from hookline.demo.numbering import FixedIdError, IdPlace, fresh_ids, numbered

if TYPE_CHECKING:
    from pathlib import Path


def place(expression: str, folder: Path, scheme: str = "none") -> IdPlace:
    """Where a source with this ``id`` finds it."""
    config = folder / "hookline.toml"
    secrets = "" if scheme == "none" else ', secrets = ["S"]'
    line = f"id = {json.dumps(expression)}" if expression else ""
    config.write_text(f'[queues.q]\n[sources.s]\nverify = {{ scheme = "{scheme}"{secrets} }}\n{line}\n')
    (source,) = load(config).sources
    return IdPlace.of(source, config)


def test_fresh_ids_are_fresh() -> None:
    """Two runs at the same time must not send each other's duplicates."""
    ids = [*islice(fresh_ids(), 1000), *islice(fresh_ids(), 1000)]

    assert len(set(ids)) == 2000


@pytest.mark.parametrize(
    ("expression", "before", "after"),
    [
        ("id", {"id": "old", "a": 1}, {"id": "new", "a": 1}),
        ("id", {"a": 1}, {"a": 1, "id": "new"}),
        ("data.object.id", {"data": {"object": {"id": 5}}}, {"data": {"object": {"id": "new"}}}),
        ("data.id", {}, {"data": {"id": "new"}}),
        ('data."event-id"', {"data": {"event-id": "x"}}, {"data": {"event-id": "new"}}),
        ('"a.b"', {"a.b": "x"}, {"a.b": "new"}),
    ],
)
def test_the_id_goes_where_the_source_looks(tmp_path: Path, expression: str, before: object, after: object) -> None:
    """An id in any other place would make every copy a duplicate."""
    bodies = numbered(json.dumps(before).encode(), place(expression, tmp_path))

    assert json.loads(bodies("new")) == after


def test_numbers_stay_as_they_are_written(tmp_path: Path) -> None:
    """An amount that is sent as 10.10 must not become 10.1 on the way through a test tool."""
    body = b'{"id":"x","amount":10.10,"big":123456789012345678901234567890,"tiny":1E-999}'

    assert numbered(body, place("id", tmp_path))("y") == body.replace(b'"x"', b'"y"')


@pytest.mark.parametrize(
    ("scheme", "expression", "header"),
    [("none", "header:X-Event-Id", "x-event-id"), ("standard-webhooks", "", "webhook-id")],
)
def test_an_id_in_a_header_does_not_change_the_body(tmp_path: Path, scheme: str, expression: str, header: str) -> None:
    """The signed bytes are then exactly the file."""
    found = place(expression, tmp_path, scheme)

    assert found.header == header
    assert numbered(b"not { json", found)("new") == b"not { json"


@pytest.mark.parametrize(
    ("expression", "body"),
    [
        ("content-hash", b"{}"),
        ("data[0].id", b'{"data":[{"id":1}]}'),
        ("join('-', [a, b])", b"{}"),
        ("id", b"[1]"),
        ("data.id", b'{"data":"text"}'),
        ("id", b"not json"),
        ("id", b'{"a":NaN}'),
        ("id", b'{"a":"\\ud800"}'),
        ("id", b"\xff"),
        ("id", b"[" * 100_000),
    ],
)
def test_what_cannot_be_varied_is_refused(tmp_path: Path, expression: str, body: bytes) -> None:
    """To send one event many times without a word, or to repair a broken body, would falsify what is measured."""
    with pytest.raises(FixedIdError):
        numbered(body, place(expression, tmp_path))
