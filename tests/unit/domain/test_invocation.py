"""The invocations that the router takes, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any  # Any: JSON documents, right and wrong

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.event import Event
from hookline.domain.invocation import decode, encode_event, encode_ids
from hookline.errors import OperatorError
from unit.builders import NOW, event

SECRET_LOOKING = "not-to-be-shown"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["v", "event", "ids", "body"]), inner),
    max_leaves=20,
)


def passed(payload: bytes) -> object:
    """What Lambda gives the handler: the payload, parsed."""
    return json.loads(payload)


def payload_of_an_event(**changes: Any) -> dict[str, Any]:
    """A right payload, except ``changes`` of the event in it."""
    payload: dict[str, Any] = json.loads(encode_event(event()))
    payload["event"].update(changes)
    return payload


def refusal(payload: object) -> OperatorError:
    """The error that the payload is refused with."""
    with pytest.raises(OperatorError) as refused:
        decode(payload)
    assert refused.value.code == "invocation_unknown"
    return refused.value


def test_an_event_arrives_as_it_was_sent() -> None:
    """The router works with this copy and does not read the store: every field must be there, to the microsecond."""
    sent = replace(
        event('{"amount": 1.10, "name": "Zoë"}'.encode()),
        id='shop:A "quoted" 注文',
        received_at=NOW + timedelta(microseconds=123_457),
    )

    arrived = decode(passed(encode_event(sent)))

    assert arrived == sent


@given(body=st.binary(max_size=2000), type_=st.text(max_size=50), metadata=st.dictionaries(st.text(), st.text()))
def test_any_event_arrives_as_it_was_sent(body: bytes, type_: str, metadata: dict[str, str]) -> None:
    """Bodies are bytes of any kind, and names are text of any kind."""
    sent = replace(event(body), type=type_, metadata=metadata)

    assert decode(passed(encode_event(sent))) == sent


def test_ids_arrive_in_their_order() -> None:
    """The recoverer and replay pass only the ids of stored events."""
    assert decode(passed(encode_ids(["shop:b", "shop:a", "shop:é"]))) == ("shop:b", "shop:a", "shop:é")


def test_a_time_with_another_offset_is_the_same_moment() -> None:
    """A sender of the payload need not write UTC."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))

    arrived = decode(payload_of_an_event(received_at=elsewhere.isoformat()))

    assert isinstance(arrived, Event)
    assert arrived.received_at == NOW


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"httpMethod": "POST", "body": SECRET_LOOKING, "requestContext": {}}, "API Gateway"),
        ({"version": "2.0", "body": SECRET_LOOKING, "requestContext": {"http": {}}}, "API Gateway"),
        ({"Records": [{"eventSource": "aws:sqs", "body": SECRET_LOOKING}]}, "queue messages"),
        ({"detail-type": "x", "detail": {"body": SECRET_LOOKING}}, "EventBridge"),
        ({"specversion": "1.0", "id": SECRET_LOOKING}, "CloudEvent"),
        ({"id": "shop:a", "body": SECRET_LOOKING}, "bare event"),
        ({"requestContext": {}, "requestPayload": {"v": 1}}, "requestPayload"),
        ({SECRET_LOOKING: SECRET_LOOKING}, "not a message that hookline sends"),
        ([SECRET_LOOKING], "not a message that hookline sends"),
        (SECRET_LOOKING, "not a message that hookline sends"),
        (None, "not a message that hookline sends"),
    ],
)
def test_what_others_send_is_refused_by_name(payload: object, name: str) -> None:
    """A wrapper that is read as an event would be stored as one: the error must say what was wired wrongly."""
    refused = refusal(payload)

    assert name in refused.detail
    assert SECRET_LOOKING not in refused.detail


@pytest.mark.parametrize("version", [0, 2, "1", 1.0, True, None, [1]])
def test_an_unknown_version_is_refused(version: object) -> None:
    """A later version has more fields: a router that guesses would lose them."""
    assert "version" in refusal({**payload_of_an_event(), "v": version}).detail


@pytest.mark.parametrize(
    "payload",
    [
        {"v": 1},
        {"v": 1, "event": {}, "ids": ["shop:a"]},
        {"v": 1, "ids": ["shop:a"], "more": 1},
        {"v": 1, "ids": []},
        {"v": 1, "ids": "shop:a"},
        {"v": 1, "ids": ["shop:a", ""]},
        {"v": 1, "ids": ["shop:a", 7]},
        {"v": 1, "event": None},
        {"v": 1, "event": []},
    ],
)
def test_a_payload_of_the_wrong_shape_is_refused(payload: object) -> None:
    """A payload with missing parts must not be used."""
    assert refusal(payload).detail.startswith("this is ")


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "%%%"},
        {"body": "é"},
        {"body": 7},
        {"sha256": "00" * 32},
        {"sha256": None},
        {"received_at": "yesterday"},
        {"received_at": "2026-01-02T03:04:05"},
        {"received_at": 7},
        {"metadata": {"secret": 7}},
        {"metadata": None},
        {"id": None},
        {"source": 7},
        {"type": []},
        {"time": {}},
        {"content_type": None},
    ],
)
def test_an_event_with_a_part_missing_or_broken_is_refused(changes: dict[str, object]) -> None:
    """No part is invented for it, and a body that was changed on the way is noticed."""
    assert "an event" in refusal(payload_of_an_event(**changes)).detail


@given(json_values)
def test_whatever_comes_is_taken_or_refused_by_name(payload: object) -> None:
    """The router gets one kind of error, whatever calls it with whatever payload."""
    try:
        taken: Event | tuple[str, ...] | str = decode(payload)
    except OperatorError as refused:
        taken = refused.code

    assert isinstance(taken, Event | tuple) or taken == "invocation_unknown"
