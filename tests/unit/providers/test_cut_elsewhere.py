"""An overheard call whose signed text can be cut in another way never becomes a second event that looks new."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import parse
from hookline.domain.claim import REPEATED_BODY
from hookline.domain.request import Headers, Request
from hookline.providers.general.template import open_joints
from hookline.testing import MemoryHome
from unit.builders import NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = b"a key of some length"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TIME = str(int(NOW.timestamp()))
MOMENT = "2026-01-02T03:04:05"
OBJECT = b'{"amount": 1}'


def home_of(verify: str, more: str = "") -> MemoryHome:
    """A system with one source of this kind."""
    text = f"""
[sources.s]
verify = {{ scheme = "hmac", secrets = ["S"], header = "X-S", {verify} }}
{more}
[queues.q]
[[routes]]
match = {{ source = ["hookline/s"] }}
queues = ["q"]
"""
    return MemoryHome(parse(text, base=Path()), {"S": KEY}, start=NOW)


def call(signed: str, body: bytes, media_type: str, headers: Mapping[str, str]) -> Request:
    """A call with the signature of this text, made without hookline."""
    signature = hmac.new(KEY, signed.encode(), hashlib.sha256).hexdigest()
    fields = {"content-type": media_type, "x-s": signature, **headers}
    return Request(
        method="POST",
        path="/webhook/s",
        headers=Headers((name.encode(), value.encode()) for name, value in fields.items()),
        body=body,
        received_at=NOW,
    )


def marks(home: MemoryHome) -> list[str | None]:
    """For each event on the queue, the other id under which its body is known."""
    return [json.loads(letter.body).get(REPEATED_BODY) for letter in home.queues.peek("q", limit=100)]


FORMS = f'media_types = ["{FORM}"]\n'


@pytest.mark.parametrize(
    ("verify", "more", "signed", "first", "second"),
    [
        pytest.param(
            'template = "{header:X-Id}{header:X-Type}{body}"',
            'id = "header:X-Id"',
            f"evt1paid{OBJECT.decode()}",
            (OBJECT, {"X-Id": "evt1", "X-Type": "paid"}),
            (OBJECT, {"X-Id": "evt", "X-Type": "1paid"}),
            id="two headers",
        ),
        pytest.param(
            'template = "{id}{header:X-Type}.{body}", id_header = "X-Id"',
            "",
            f"evt1paid.{OBJECT.decode()}",
            (OBJECT, {"X-Id": "evt1", "X-Type": "paid"}),
            (OBJECT, {"X-Id": "evt1p", "X-Type": "aid"}),
            id="the id and a header",
        ),
        pytest.param(
            'template = "{timestamp}{id}.{body}", id_header = "X-Id", timestamp_header = "X-T", timestamp_format = "rfc3339"',
            "",
            f"{MOMENT}Zebra.{OBJECT.decode()}",
            (OBJECT, {"X-Id": "ebra", "X-T": f"{MOMENT}Z"}),
            (OBJECT, {"X-Id": "Zebra", "X-T": MOMENT}),
            id="a time with open end",
        ),
        pytest.param(
            'template = "{id}{body}", id_header = "X-Id"',
            FORMS,
            "evt1a=1&b=2",
            (b"a=1&b=2", {"X-Id": "evt1"}),
            (b"b=2", {"X-Id": "evt1a=1&"}),
            id="an id and a form",
        ),
        pytest.param(
            'template = "{form}"',
            f'{FORMS}id = "content-hash"',
            "a1b2",
            (b"a=1&b=2", {}),
            (b"b=2&a=1", {}),
            id="a form in another order",
        ),
        pytest.param(
            'template = "{form}"',
            f'{FORMS}id = "content-hash"',
            "a1b2",
            (b"a=1&b=2", {}),
            (b"a=1b2", {}),
            id="a form of other fields",
        ),
        pytest.param(
            'template = "{form}"',
            f'{FORMS}id = "form:ID"',
            "ID12ab",
            (b"ID=12a&b=", {}),
            (b"ID=12&ab=", {}),
            id="a form with another id",
        ),
    ],
)
def test_an_event_that_was_cut_out_of_another_is_marked(
    verify: str,
    more: str,
    signed: str,
    first: tuple[bytes, Mapping[str, str]],
    second: tuple[bytes, Mapping[str, str]],
) -> None:
    """Both calls have the same signature, but the sender made only the first event."""
    home = home_of(verify, more)
    media_type = FORM if FORM in more else JSON

    outcomes = [home.post(call(signed, body, media_type, headers)).outcome for body, headers in (first, second)]

    assert outcomes == ["accepted", "repeated"]
    assert [mark is None for mark in marks(home)] == [True, False]


@settings(max_examples=examples(60))
@given(value=st.text("ab.1", min_size=2, max_size=8), first=st.integers(1, 7), second=st.integers(1, 7))
def test_no_cut_of_two_headers_makes_a_second_event_that_is_not_marked(value: str, first: int, second: int) -> None:
    """The border between the two headers is moved to each place."""
    home = home_of('template = "{header:X-Id}{header:X-Type}{body}"', 'id = "header:X-Id"')

    for at in (first, second):
        at = 1 + at % (len(value) - 1)  # noqa: PLW2901 -- neither part is empty
        headers = {"X-Id": value[:at], "X-Type": value[at:]}
        home.post(call(value + OBJECT.decode(), OBJECT, JSON, headers))

    assert marks(home).count(None) == 1


def test_zeros_before_a_time_do_not_belong_to_it() -> None:
    """The id `evt0` with a time could otherwise be read as `evt` with a time of eleven digits."""
    home = home_of('template = "{id}{timestamp}{body}", id_header = "X-Id", timestamp_header = "X-T"')
    signed = f"evt0{TIME}{OBJECT.decode()}"

    genuine = home.post(call(signed, OBJECT, JSON, {"X-Id": "evt0", "X-T": TIME}))
    moved = home.post(call(signed, OBJECT, JSON, {"X-Id": "evt", "X-T": f"0{TIME}"}))

    assert (genuine.outcome, moved.outcome) == ("accepted", "timestamp_invalid")


@pytest.mark.parametrize(
    ("template", "body_is_open", "joints"),
    [
        ("{body}", True, []),
        ("{timestamp}{body}", True, []),
        ("{id}{timestamp}{body}", True, []),
        ("{id}.{header:X-A}.{body}", True, []),
        ("{url}{body}", False, []),
        ("{url}{body}", True, [("url", "body")]),
        ("{body}{url}", True, []),
        ("{header:X-A}{body_sha256}{query:b}", False, []),
        ("{header:X-A}{query:b}{body}", False, [("header:X-A", "query:b")]),
        ("{query}{id}{body}", False, [("query", "id")]),
        ("{timestamp}.{form}", False, [("form", "form")]),
        ("{method}{path}{json:a}{body}", True, []),
    ],
)
def test_a_joint_is_open_where_neither_side_says_where_it_ends(
    template: str,
    body_is_open: bool,  # noqa: FBT001 -- a parameter of the test
    joints: list[tuple[str, str]],
) -> None:
    """Digests, methods and numbers of seconds have one length; the body's own fields decide the rest."""
    assert open_joints(template, time_is_open=False, body_is_open=body_is_open) == joints


def test_two_events_with_one_body_are_none_of_them_marked_where_the_text_has_one_cut() -> None:
    """A sender may send one body twice, and an operator would soon ignore such alarms."""
    home = home_of('template = "{id}.{timestamp}.{body}", id_header = "X-Id", timestamp_header = "X-T"')

    for name in ("a", "b"):
        home.post(call(f"{name}.{TIME}.{OBJECT.decode()}", OBJECT, JSON, {"X-Id": name, "X-T": TIME}))

    assert marks(home) == [None, None]
