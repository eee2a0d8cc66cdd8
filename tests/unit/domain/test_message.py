"""A message on a queue: an event as CloudEvents 1.0 JSON, with its body byte for byte as it was received."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.domain.json_text import parse_any
from hookline.domain.message import IN_BASE64, Message, cloud_event, is_json_media_type, message_of
from hookline.errors import Rejected
from unit.builders import event

REFUSED_BY_SQS = re.compile("[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""All characters that SendMessage refuses: its reference lists those that it takes (#x9 | #xA | #xD | #x20 to #xD7FF | …)."""


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"null",
        b'"text"',
        b' \t\r\n{ "a" :\n1 } \n',
        b'{"amount":1.10,"rate":1e400,"tiny":1E-9}',
        b'{"big":123456789012345678901234567890,"long":0.1234567890123456789}',
        b'{"amount":1,"amount":2}',
        '{"name":"Zoë ✓ \U0001f600 \u2028 \x7f \x85"}'.encode(),
        b'{"escaped":"\\u00e9\\/\\ud83d\\ude00\\u0000"}',
        b"[" * 900 + b"]" * 900,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_json_is_embedded_as_the_text_it_came_as(body: bytes) -> None:
    """Read and written again, an amount becomes a float, a large number another one and a doubled key one of two."""
    text = cloud_event(event(body))

    assert text.endswith(f',"data":{body.decode()}}}')
    assert "data_base64" not in text


def test_json_that_not_every_parser_takes_travels_in_base64() -> None:
    """Embedded, it would make the whole message unreadable to them."""
    odd = replace(event(b'{"a": "cut \\ud83d"}'), metadata=dict(IN_BASE64))

    document = json.loads(cloud_event(odd))

    assert base64.b64decode(document["data_base64"]) == odd.body
    assert not {"data", *IN_BASE64} & document.keys()


def test_the_envelope_is_a_cloud_event() -> None:
    """Any CloudEvents SDK reads it (CloudEvents 1.0, JSON event format, section 3)."""
    paid = event(b'{"amount":1.10}')

    assert cloud_event(paid) == (
        '{"specversion":"1.0","id":"transactions:evt_1","source":"hookline/transactions","type":"payment",'
        '"time":"2026-01-02T03:04:05Z","datacontenttype":"application/json",'
        f'"bodysha256":"{paid.body_sha256.hex()}","data":{{"amount":1.10}}}}'
    )


def test_the_message_carries_what_a_consumer_chooses_by() -> None:
    """Type and source are attributes, so that a consumer need not parse a body to skip it."""
    paid = event()

    assert message_of(paid) == Message(
        event_id="transactions:evt_1",
        body=cloud_event(paid),
        attributes={"event_type": "payment", "source": "transactions"},
    )


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=1&b=%E9", "application/x-www-form-urlencoded"),
        (b"\xff\x00binary", "application/octet-stream"),
        (b"", "text/plain"),
        (b'{"looks":"like JSON"}', "text/plain"),
        ('{"a":"\ufffe"}'.encode(), "application/json"),
        ('{"a":"\uffff"}'.encode(), "application/json"),
        ('{"\uffff":1}'.encode(), "application/cloudevents+json"),
    ],
)
def test_what_is_not_json_or_not_legal_on_sqs_travels_as_base64(body: bytes, content_type: str) -> None:
    """U+FFFE and U+FFFF are JSON, and SQS refuses a message that holds them: the event would never leave the outbox."""
    document = json.loads(cloud_event(event(body, content_type=content_type)))

    assert base64.b64decode(document["data_base64"], validate=True) == body
    assert document["datacontenttype"] == content_type
    assert "data" not in document


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/json", True),
        ("text/json", True),
        ("application/problem+json", True),
        ("application/vnd.bank+json", True),
        ("application/jsonp", False),
        ("application/json-seq", False),
        ("json", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_json_is_known_by_its_media_type(media_type: str, expected: bool) -> None:  # noqa: FBT001 -- a case of the table
    """A suffix of +json means JSON (RFC 6839 section 3.1); other names that hold the word do not."""
    assert is_json_media_type(media_type) is expected


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["\ufffe", "\uffff", "\x7f", "\x85", "\u2028", "\0"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=10,
)


@given(document=documents, ensure_ascii=st.booleans(), indent=st.none() | st.just(2))
@settings(max_examples=examples(200))
def test_every_json_body_makes_a_valid_message_that_sqs_takes(
    document: object,
    ensure_ascii: bool,  # noqa: FBT001 -- drawn
    indent: int | None,
) -> None:
    """A message that its queue refuses is an event that never arrives."""
    body = json.dumps(document, ensure_ascii=ensure_ascii, indent=indent).encode()

    text = cloud_event(event(body))

    read = json.loads(text)
    assert not REFUSED_BY_SQS.search(text)
    sent = body if "data" in read else base64.b64decode(read["data_base64"])
    assert sent == body
    assert read.get("data", json.loads(body)) == document
    assert ("data" in read) == ("\ufffe" not in body.decode() and "\uffff" not in body.decode())


@given(body=st.binary() | st.sampled_from([b"\xef\xbb\xbf{}", b'"\\ud800"', b"1e400", b"[" * 2000 + b"]" * 2000]))
@settings(max_examples=examples(300))
def test_every_body_that_is_accepted_makes_a_valid_message_that_sqs_takes(body: bytes) -> None:
    """Whatever bytes come, either they are refused at the entrance or they reach the queue."""
    try:
        _, odd = parse_any(body)
    except Rejected:
        text = cloud_event(event(body, content_type="application/octet-stream"))
    else:
        text = cloud_event(replace(event(body), metadata={} if odd is None else IN_BASE64))

    assert isinstance(orjson.loads(text), dict)
    assert not REFUSED_BY_SQS.search(text)


@given(name=st.text(), time=st.text(), media_type=st.text(st.characters(exclude_characters=";")))
def test_no_name_breaks_the_envelope(name: str, time: str, media_type: str) -> None:
    """Quotes, backslashes and any other script stay inside their strings."""
    odd = replace(event(), id=name, type=name, time=time, content_type=media_type + "+json")

    text = cloud_event(odd)

    read = json.loads(text)
    assert (read["id"], read["type"], read["time"]) == (name, name, time)
    assert read["data"] == {"amount": 1.1}
    assert text.isascii()
