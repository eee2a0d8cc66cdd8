"""The request that delivers a message: any receiver of Standard Webhooks can verify it."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.erasure import tombstone
from hookline.domain.message import Delivery, message_of
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.errors import NotFoundError
from hookline.pipeline.forward_request import request_headers, webhook_id, whole_text
from hookline.ports.event_store import Attempt, StoredEvent
from hookline.providers.general.standard_webhooks import StandardWebhooks
from unit.builders import NOW, event

if TYPE_CHECKING:
    from hookline.domain.event import Event

OLD, NEW = (f"whsec_{base64.b64encode(bytes(range(start, start + 32))).decode()}" for start in (0, 100))
BODY = '{"specversion":"1.0","id":"shop:A-1","data":{"total":"12.50","name":"Müller"}}'


def delivery(**changes: object) -> Delivery:
    """A message in a forward's hands."""
    values = {
        "message_id": "00000000-0000-4000-8000-000000000001",
        "receipt": "1-a",
        "event_id": "shop:A-1",
        "body": BODY,
        "attributes": {},
        "receives": 1,
        "sent_at": NOW,
        "first_received_at": NOW,
        **changes,
    }
    return Delivery(**values)  # type: ignore[arg-type]  # values of the right types by construction


def headers(found: Delivery, *secrets: str, at: datetime | None = None) -> dict[str, str]:
    """The headers of an attempt."""
    known = [Secret(name=f"S{number}", value=value.encode()) for number, value in enumerate(secrets)]
    return request_headers(found, found.body.encode(), known, at=at or datetime.now(UTC))


@pytest.mark.parametrize("receiver", [OLD, NEW])
def test_the_specifications_own_library_verifies_it(receiver: str) -> None:
    """With two secrets, receivers that know one of them accept: a secret is replaced without a gap."""
    found = headers(delivery(), OLD, NEW)

    verified = standardwebhooks.Webhook(receiver).verify(BODY, found)

    assert verified == json.loads(BODY)
    assert len(found["webhook-signature"].split()) == 2


def test_the_library_refuses_another_body_secret_and_time() -> None:
    """Without it the test above could pass for a wrong reason."""
    found = headers(delivery(), OLD)
    late = headers(delivery(), OLD, at=datetime.now(UTC) - timedelta(hours=1))

    for secret, body, sent in ((OLD, BODY + " ", found), (NEW, BODY, found), (OLD, BODY, late)):
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(secret).verify(body, sent)


def test_the_id_is_the_same_for_every_attempt() -> None:
    """Receivers deduplicate by it, and a payment whose answer was lost must not be made twice."""
    first = delivery()
    second = replace(first, receipt="1-b", receives=2)

    assert webhook_id(first) == webhook_id(second)
    assert headers(first, OLD)["webhook-id"] == headers(second, OLD, at=NOW)["webhook-id"] == webhook_id(first)


@pytest.mark.parametrize(
    "change",
    [
        {"event_id": "shop:A-2"},
        {"message_id": "00000000-0000-4000-8000-000000000002"},
        {"sent_at": NOW + timedelta(seconds=1)},
    ],
)
def test_the_id_is_never_that_of_another_message(change: dict[str, object]) -> None:
    """Two hooklines each have a message 1, and a replayed event must be processed again."""
    assert webhook_id(delivery(**change)) != webhook_id(delivery())


@given(st.text(max_size=300))
def test_the_id_is_fit_for_a_header_whatever_the_event_is_called(event_id: str) -> None:
    """A sender chooses its delivery ids, and a full stop is the specification's separator."""
    found = webhook_id(delivery(event_id=event_id))

    assert found.removeprefix("msg_").isalnum()
    assert found.isascii()


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (BODY, "application/cloudevents+json; charset=utf-8"),
        ('{"total": 1}', "application/json; charset=utf-8"),
        ("hello", "text/plain; charset=utf-8"),
        ("[" * 100_000, "text/plain; charset=utf-8"),
    ],
)
def test_the_media_type_says_what_the_body_is(body: str, media_type: str) -> None:
    """Frameworks choose their parser by it; a queue may also have messages that another program sent."""
    assert headers(delivery(body=body), OLD)["content-type"] == media_type


class Stored:
    """Events by their ids."""

    def __init__(self, *events: Event) -> None:
        self._events = {one.id: one for one in events}

    def get(self, event_id: str) -> StoredEvent | None:
        """The event."""
        found = self._events.get(event_id)
        return None if found is None else StoredEvent(event=found, attempt=Attempt(), expires_at=None, conflicts=0)


def test_a_message_without_its_body_is_sent_with_it() -> None:
    """A receiver over HTTP can open neither the bucket nor the admin port that ``dataref`` names."""
    whole = event()
    events: Any = Stored(whole)
    found = delivery(event_id=whole.id, body=message_of(whole, "s3://bucket/key").body)

    assert "dataref" in found.body
    assert whole_text(events, found) == message_of(whole).body


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        '{"specversion":"1.0","data":{"dataref":"x"}}',
        "dataref",
        '{"dataref": "x"}',
        pytest.param('{"specversion":"1.0","dataref":"not JSON', id="broken"),
        pytest.param('{"specversion":"1.0","dataref":' + "[" * 100_000, id="deep"),
    ],
)
def test_any_other_message_is_sent_as_it_is(body: str) -> None:
    """The body is sent unchanged, and the store is not read."""
    nothing: Any = None

    assert whole_text(nothing, delivery(body=body)) == body


def test_a_message_whose_event_is_gone_is_not_sent_without_it() -> None:
    """An empty payment would be worse than a dead letter that says why."""
    nothing: Any = Stored()

    with pytest.raises(NotFoundError):
        whole_text(nothing, delivery(body='{"specversion":"1.0","id":"shop:A-1","dataref":"s3://bucket/key"}'))


def test_hookline_verifies_what_hookline_forwards() -> None:
    """One hookline may forward to another: its source is of the scheme standard-webhooks."""
    at = datetime.now(UTC)
    found = headers(delivery(), OLD, NEW, at=at)
    request = Request(
        method="POST",
        path="/webhook",
        headers=Headers((name.encode(), value.encode()) for name, value in found.items()),
        body=BODY.encode(),
        received_at=at,
    )

    verified = StandardWebhooks().verify(request, [Secret(name="NEW", value=NEW.encode())])

    assert (verified.secret, verified.delivery_id) == ("NEW", webhook_id(delivery()))


def test_an_erased_event_has_no_text_to_post() -> None:
    """A message on SQS outlives the erasure of its event: an endpoint would get JSON that ends in the middle."""
    left: Any = Stored(tombstone(event(), "e1"))
    text = f'{{"specversion":"1.0","id":"{event().id}","dataref":"s3://bucket/key"}}'

    with pytest.raises(NotFoundError, match="erased"):
        whole_text(left, delivery(event_id=event().id, body=text))
