"""The default project: what `hookline init` writes must load, and do what its comments say."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from hookline.config import load
from hookline.config.schema import Schema
from hookline.domain.message import message_of
from hookline.domain.request import Headers, Request
from hookline.domain.secret import Secret
from hookline.pipeline.receive import accept
from hookline.pipeline.route import Router

if TYPE_CHECKING:
    from hookline.config import Config
    from hookline.domain.event import Event

EXAMPLE = Path(__file__).parents[3] / "examples" / "transactions"
NOW = datetime(2025, 7, 3, 9, 42, tzinfo=UTC)


@pytest.fixture(scope="module")
def config() -> Config:
    """The example, loaded as a user loads it."""
    return load(EXAMPLE / "hookline.toml")


def example_secret() -> bytes:
    """The secret that .env.example holds."""
    found = re.search(r"^TRANSACTIONS_SECRET=(\S+)$", (EXAMPLE / ".env.example").read_text(), re.MULTILINE)
    assert found
    return found[1].encode()


def test_the_example_says_what_the_design_promises(config: Config) -> None:
    """The first customer gets these queues and this path without writing a line."""
    (source,) = config.sources
    assert (source.name, source.path, source.scheme) == ("transactions", "/webhook", "standard-webhooks")
    assert config.queue_names == tuple(
        name for queue in ("payments", "refunds", "disputes", "unrouted") for name in (queue, f"{queue}-dlq")
    )
    for name in ("payments", "refunds", "disputes"):
        queue = config.queue(name)
        assert (queue.max_receives, queue.retention, queue.dead_letter_retention) == (
            3,
            timedelta(days=7),
            timedelta(days=14),
        )
    assert config.queue("payments").visibility_timeout == timedelta(minutes=5)
    assert config.secret_names == ("TRANSACTIONS_SECRET",)
    assert config.event_retention == timedelta(days=30)


def signed_and_accepted(config: Config, body: bytes) -> Event:
    """The event of ``body``, signed with the example's secret, through the real pipeline."""
    secret = Secret(name="TRANSACTIONS_SECRET", value=example_secret())
    signed = config.schemes["transactions"].sign(body, secret=secret.value, delivery_id="msg_1", at=NOW)
    headers = Headers((name.encode(), value.encode()) for name, value in signed.items())
    request = Request(method="POST", path="/webhook", headers=headers, body=body, received_at=NOW)
    return accept(request, next(source for source in config.sources if source.path == "/webhook"), [secret])


@pytest.mark.parametrize(("sample", "queue"), [("payment", "payments"), ("refund", "refunds"), ("dispute", "disputes")])
def test_each_sample_is_accepted_and_routed(config: Config, sample: str, queue: str) -> None:
    """A newcomer's first event must arrive where the file says: signed with the example's secret, through the real pipeline."""
    body = (EXAMPLE / "samples" / f"{sample}.json").read_bytes()
    event = signed_and_accepted(config, body)
    document = orjson.loads(body)
    assert event.id == f"transactions:{document['event_id']}"
    assert event.type == sample
    assert event.time == document["timestamp"]
    assert Router(config.routes).route(event).queues == (queue,)
    assert 900 <= len(body) <= 1100


REQUIRED = {
    "event_id": "evt_1",
    "transaction_type": "payment",
    "amount": "1234.50",
    "timestamp": "2025-07-03T09:41:27.318Z",
}


def refused(config: Config, body: bytes) -> list[str]:
    """The pointers of what the example's schema refuses in ``body``."""
    schema = config.sources[0].schema
    assert isinstance(schema, Schema)
    return [complaint.where for complaint in schema.complaints(orjson.loads(body), body)]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"currency": "EUR", "merchant_id": "m"},
        {"amount": 1234.5},
        {"amount": 1234},
        {"amount": 0},
        {"transaction_type": "refund"},
        {"transaction_type": "dispute"},
        {"timestamp": "2025-07-19T14:03:51+02:00"},
        {"customer": "cus_1", "metadata": None, "reference": 7, "original_event_id": None, "payment_method": []},
    ],
)
def test_the_four_fields_are_enough_and_any_other_may_come(config: Config, more: dict[str, object]) -> None:
    """A payments team types in the fields that it has: hookline neither requires nor checks the others."""
    assert refused(config, orjson.dumps(REQUIRED | more)) == []


@pytest.mark.parametrize("field", REQUIRED)
def test_each_of_the_four_is_required(config: Config, field: str) -> None:
    """An event without its id, type, amount or time cannot be booked."""
    assert refused(config, orjson.dumps({name: value for name, value in REQUIRED.items() if name != field})) == [""]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": None}, "/amount"),
        ({"amount": True}, "/amount"),
        ({"amount": "1,234.50"}, "/amount"),
        ({"amount": "-1"}, "/amount"),
        ({"amount": -1}, "/amount"),
        ({"amount": 1.23456}, "/amount"),
        ({"currency": "eur"}, "/currency"),
        ({"currency": None}, "/currency"),
        ({"merchant_id": ""}, "/merchant_id"),
        ({"transaction_type": "chargeback"}, "/transaction_type"),
        ({"timestamp": "yesterday"}, "/timestamp"),
        ({"timestamp": "2025-07-03T09:41:27"}, "/timestamp"),
        ({"event_id": ""}, "/event_id"),
    ],
)
def test_the_example_schema_refuses_what_a_ledger_cannot_take(
    config: Config, change: dict[str, object], pointer: str
) -> None:
    """An amount that cannot be booked exactly costs a reconciliation, and so does each other mistake."""
    assert refused(config, orjson.dumps(REQUIRED | change)) == [pointer]


@pytest.mark.parametrize("literal", [b"12.50", b"1234567890123.4567", b"0.10", b"1", b"0"])
def test_a_number_keeps_its_own_characters(config: Config, literal: bytes) -> None:
    """12.50 that a parser made 12.5 would no longer be what was signed; and a float is not what was owed."""
    body = orjson.dumps(REQUIRED | {"amount": orjson.Fragment(literal)})
    event = signed_and_accepted(config, body)
    assert event.body == body
    assert message_of(event).body.endswith(f',"data":{body.decode()}}}')


def test_one_sample_has_its_amount_as_a_number() -> None:
    """A newcomer sees that both are taken: text and number."""
    kinds = {path.stem: type(orjson.loads(path.read_bytes())["amount"]) for path in EXAMPLE.glob("samples/*.json")}
    assert kinds == {"payment": str, "refund": float, "dispute": str}


def test_the_example_secret_is_usable_and_plainly_an_example(config: Config) -> None:
    """It has to work for the demo, and nobody may take it for a real one."""
    assert config.secret_complaints({"TRANSACTIONS_SECRET": example_secret()}) == ()
    assert base64.b64decode(example_secret().removeprefix(b"whsec_")).startswith(b"EXAMPLE")
