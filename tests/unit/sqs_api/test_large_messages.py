"""Which messages are too large for SQS clients, and what is left of them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from contract.builders import START, event
from hookline.domain.message import Delivery, message_of, size_of, without_body
from hookline.sqs_api.large_messages import within_limit
from hookline.sqs_api.served_queues import LARGEST_MESSAGE

if TYPE_CHECKING:
    from hookline.domain.event import Event

BASE = "http://127.0.0.1:8081"


def delivery_of(one: Event) -> Delivery:
    """The event in a consumer's hands."""
    message = message_of(one)
    return Delivery(
        message_id="m", receipt="r", event_id=one.id, body=message.body, attributes=message.attributes, receives=1,
        sent_at=START, first_received_at=START,
    )  # fmt: skip


def sized(size: int) -> Delivery:
    """A message of exactly ``size`` bytes, with its attributes."""
    empty = size_of(message_of(event(body=b'""')))
    return delivery_of(event(body=b'"%s"' % (b"x" * (size - empty))))


def test_a_message_of_the_largest_size_is_left_as_it_is() -> None:
    """The limit is that of SQS: one byte less would surprise a consumer that was tested there."""
    largest = sized(LARGEST_MESSAGE)

    assert size_of(largest) == LARGEST_MESSAGE
    assert within_limit(largest, base=BASE) is largest


@pytest.mark.parametrize(
    "body", [b'"%s"' % (b"x" * LARGEST_MESSAGE), b"\x00" * LARGEST_MESSAGE, "\u20ac".encode() * 400_000]
)
def test_a_larger_one_says_where_its_body_is(body: bytes) -> None:
    """Bytes count, not characters, whether the body is embedded or in base64; all else of the event stays."""
    content_type = "application/json" if body[:1] == b'"' else "text/plain"
    large = delivery_of(replace(event(body=body), content_type=content_type))
    before = json.loads(large.body)

    found = within_limit(large, base=BASE)
    document = json.loads(found.body)

    assert document.pop("dataref") == f"{BASE}/bodies/transactions%3Aevt_1"
    assert document == {name: value for name, value in before.items() if name not in ("data", "data_base64")}
    assert replace(found, body=large.body) == large


def test_the_cut_is_made_at_the_body_whatever_is_before_it() -> None:
    """A sender chooses the type: it may look like the member that is looked for."""
    one = replace(event(), type=',"data":1,"data_base64":')

    document = json.loads(without_body(message_of(one).body, "http://x/y"))

    assert document["type"] == ',"data":1,"data_base64":'
    assert document["dataref"] == "http://x/y"
    assert "data" not in document


def test_an_id_is_one_segment_of_the_url() -> None:
    """Delivery ids hold what senders like: slashes, dots, question marks."""
    large = delivery_of(event("../a/b?c#d%20\u00fc", body=b'"%s"' % (b"x" * LARGEST_MESSAGE)))

    found = json.loads(within_limit(large, base=BASE).body)

    assert found["dataref"] == f"{BASE}/bodies/transactions%3A..%2Fa%2Fb%3Fc%23d%2520%C3%BC"
