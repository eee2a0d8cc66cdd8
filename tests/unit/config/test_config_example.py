"""The default project: what `hookline init` writes must load, and do what its comments say."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from hookline.config import Schema, load
from hookline.domain.request import Headers, Request
from hookline.domain.source import Secret
from hookline.pipeline.accept import accept
from hookline.pipeline.route import Router

if TYPE_CHECKING:
    from hookline.config import Config

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
    assert config.queue("payments").max_receives == 3
    assert config.queue("payments").visibility_timeout == timedelta(minutes=5)
    assert config.secret_names == ("TRANSACTIONS_SECRET",)
    assert config.event_retention == timedelta(days=30)


@pytest.mark.parametrize(("sample", "queue"), [("payment", "payments"), ("refund", "refunds"), ("dispute", "disputes")])
def test_each_sample_is_accepted_and_routed(config: Config, sample: str, queue: str) -> None:
    """A newcomer's first event must arrive where the file says: signed with the example's secret, through the real pipeline."""
    source = config.sources_by_path["/webhook"]
    body = (EXAMPLE / "samples" / f"{sample}.json").read_bytes()
    secret = Secret(name="TRANSACTIONS_SECRET", value=example_secret())
    signed = config.schemes["transactions"].sign(body, secret=secret.value, delivery_id="msg_1", at=NOW)
    headers = Headers((name.encode(), value.encode()) for name, value in signed.items())
    request = Request(method="POST", path="/webhook", headers=headers, body=body, received_at=NOW)
    event = accept(request, source, [secret])
    document = orjson.loads(body)
    assert event.id == f"transactions:{document['event_id']}"
    assert event.type == sample
    assert event.time == document["timestamp"]
    assert Router(config.routes).route(event).queues == (queue,)
    assert 900 <= len(body) <= 1100


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"amount": 1234.5}, "/amount"),
        ({"amount": "1,234.50"}, "/amount"),
        ({"amount": "-1"}, "/amount"),
        ({"currency": "eur"}, "/currency"),
        ({"transaction_type": "chargeback"}, "/transaction_type"),
        ({"timestamp": "yesterday"}, "/timestamp"),
        ({"transaction_type": "refund", "reference": None}, "/reference"),
        ({"event_id": ""}, "/event_id"),
    ],
)
def test_the_example_schema_refuses_what_a_ledger_cannot_take(
    config: Config, change: dict[str, object], pointer: str
) -> None:
    """Amounts that are numbers would be floats somewhere down the line, and each other slip costs a reconciliation."""
    schema = config.sources[0].schema
    assert isinstance(schema, Schema)
    document = orjson.loads((EXAMPLE / "samples" / "payment.json").read_bytes()) | change
    assert pointer in [complaint.where for complaint in schema.complaints(document)]


def test_a_refund_must_say_what_it_refunds(config: Config) -> None:
    """Without the original or a reference nobody can book a refund; the message names both ways out."""
    schema = config.sources[0].schema
    assert schema is not None
    document = orjson.loads((EXAMPLE / "samples" / "refund.json").read_bytes())
    del document["original_event_id"], document["reference"]
    (complaint,) = schema.complaints(document)
    assert "original_event_id" in complaint.why
    assert "reference" in complaint.why


def test_the_example_secret_is_usable_and_plainly_an_example(config: Config) -> None:
    """It has to work for the demo, and nobody may take it for a real one."""
    assert config.secret_complaints({"TRANSACTIONS_SECRET": example_secret()}) == ()
    assert base64.b64decode(example_secret().removeprefix(b"whsec_")).startswith(b"EXAMPLE")
