"""What a transaction is good for: one rule that sends every sender's refunds to one queue."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from hookline.config import parse
from hookline.domain.invocation import decode, encode_event
from hookline.domain.message import message_of
from hookline.domain.source import Verified
from hookline.domain.transaction import ATTRIBUTES
from hookline.pipeline.identify import identify
from hookline.providers.transactions import mapper_of
from hookline.testing import MemoryHome
from unit.builders import event, request, source
from unit.transactions.samples import mapped, sample

PROJECT = """
[sources.stripe]
verify = { scheme = "none" }
id = "id"

[sources.adyen]
verify = { scheme = "none" }
id = "content-hash"

[sources.shop]
verify = { scheme = "none" }
id = "id"

[queues.refunds]
[queues.dollars]
[queues.others]

[[routes]]
match = { transactiontype = ["refund"] }
queues = ["refunds"]

[[routes]]
match = { transactiontype = [{ exists = true }], transactioncurrency = ["USD"] }
queues = ["dollars"]

[[routes]]
match = { transactiontype = [{ exists = false }] }
queues = ["others"]
"""

STRIPE_REFUND = {
    "transactiontype": "refund",
    "transactionamount": "10.99",
    "transactioncurrency": "USD",
    "transactionreference": "ch_3MmlLrLkdIwHu7ix0snN0B15",
    "transactiontime": "2023-03-17T22:10:00Z",
    "originaltype": "charge.refunded",
}


@pytest.fixture
def home() -> MemoryHome:
    """A system with a source of each kind, without the signatures, which other tests are about."""
    config = parse(PROJECT, base=Path())
    sources = tuple(replace(source, find_transaction=mapper_of(source.name)) for source in config.sources)
    return MemoryHome(replace(config, sources=sources), {})


def messages(home: MemoryHome, queue: str) -> list[dict[str, object]]:
    """The messages that stand on the queue."""
    return [json.loads(delivery.body) for delivery in home.queues.peek(queue)]


def test_refunds_of_all_senders_land_on_one_queue(home: MemoryHome) -> None:
    """Who pays the books back does not care who sent the money back."""
    home.send("stripe", sample("stripe", "charge.refunded"))
    home.send("adyen", sample("adyen", "REFUND"))
    home.send("stripe", sample("stripe", "charge.succeeded"))

    found = messages(home, "refunds")

    assert [message["source"] for message in found] == ["hookline/stripe", "hookline/adyen"]
    assert [message["transactionamount"] for message in found] == ["10.99", "10.00"]
    assert len(messages(home, "dollars")) == 2
    assert messages(home, "others") == []


def test_a_sender_without_a_mapper_has_no_transaction(home: MemoryHome) -> None:
    """The same body under another scheme is just a body: nobody has said what it means."""
    home.send("shop", sample("stripe", "charge.refunded"))

    (message,) = messages(home, "others")

    assert message.keys().isdisjoint(ATTRIBUTES)


def test_an_event_that_is_not_mapped_is_accepted_all_the_same(home: MemoryHome) -> None:
    """A type that no source proves is still an event, and only the record is missing."""
    answer = home.send("stripe", b'{"id":"evt_1","type":"customer.created"}')

    assert answer.status == 202
    assert len(messages(home, "others")) == 1


def test_the_message_carries_the_transaction_and_the_body_as_it_came(home: MemoryHome) -> None:
    """The record is beside the sender's own words, never instead of them."""
    body = sample("stripe", "charge.refunded")
    home.send("stripe", body)

    (delivery,) = home.queues.peek("refunds")
    message = json.loads(delivery.body)

    assert {name: message[name] for name in ATTRIBUTES} == STRIPE_REFUND
    assert delivery.body.endswith(f',"data":{body.decode()}}}')
    assert delivery.attributes.keys() == {"event_type", "source"}


def test_the_event_keeps_the_transaction_in_its_metadata() -> None:
    """It is found once, when the event is accepted: a replay in a year tells what was told today."""
    body = sample("stripe", "charge.refunded")
    stripe = replace(source(), find_transaction=mapper_of("stripe"))

    refund = identify(
        request(body),
        stripe,
        document=orjson.loads(body),
        verified=Verified(secret="A"),
        content_type="application/json",
    )

    assert refund.metadata == {"secret": "A", **STRIPE_REFUND}


def test_what_is_not_told_is_on_no_message() -> None:
    """GoCardless names the payment and not the amount; a null would be one more thing to take for an amount."""
    body = sample("gocardless", "payments.confirmed")
    gocardless = replace(source(), find_transaction=mapper_of("gocardless"))

    paid = identify(
        request(body), gocardless, document=orjson.loads(body), verified=Verified(), content_type="application/json"
    )
    message = json.loads(message_of(paid).body)

    assert message.keys() & set(ATTRIBUTES) == set(ATTRIBUTES) - {"transactionamount", "transactioncurrency"}


def test_a_claim_check_carries_the_transaction_too() -> None:
    """A consumer that only counts money need not fetch a large body."""
    large = replace(event(), metadata=STRIPE_REFUND)

    message = json.loads(message_of(large, dataref="s3://bucket/key").body)

    assert {name: message[name] for name in ATTRIBUTES} == STRIPE_REFUND
    assert "data" not in message


def test_the_router_function_is_handed_the_transaction() -> None:
    """On AWS another function routes: without the record it could match on nothing of it."""
    accepted = replace(event(), metadata=STRIPE_REFUND)

    assert decode(orjson.loads(encode_event(accepted))) == accepted


def test_a_body_that_is_not_json_is_no_transaction() -> None:
    """A source may take forms beside JSON, and then there is no document."""
    found = mapper_of("stripe")

    assert found is not None
    assert found(None) is None
    assert mapped("stripe", b"null") is None
