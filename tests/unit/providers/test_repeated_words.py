"""Senders that report two events in the same words: neither may be taken for a repeat of the other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.testing import MemoryHome
from unit.builders import NOW
from vectors.senders import KEYS, built, secret_of, signing_secret_of


@pytest.mark.parametrize(
    ("name", "body", "headers"),
    [
        (
            "plaid",
            b'{"webhook_type": "TRANSACTIONS", "webhook_code": "SYNC_UPDATES_AVAILABLE", "item_id": "wz666MBjYWTp2PDzzggYhM6oWWmBb"}',
            ({}, {}),
        ),
        (
            "woocommerce",
            b'{"id": 727}',
            ({"X-WC-Webhook-Topic": "product.deleted"}, {"X-WC-Webhook-Topic": "customer.deleted"}),
        ),
        ("dropbox", b'{"list_folder": {"accounts": ["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"]}}', ({}, {})),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_the_same_words_an_hour_later_are_another_event(
    name: str, body: bytes, headers: tuple[dict[str, str], dict[str, str]]
) -> None:
    """As a duplicate the second would be acknowledged and lost: these bodies hold no id and no time."""
    config = parse(f'[sources.s]\nverify = {{ scheme = "{name}", secrets = ["S"] }}\n[queues.q]\n', base=Path())
    home = MemoryHome(config, {"S": secret_of(name)}, start=NOW, keys=KEYS)

    outcomes = []
    for own in headers:
        at = home.clock.now()
        signed = built(name).sign(body, secret=signing_secret_of(name), delivery_id="delivery-1", at=at)
        fields = [(key.encode(), value.encode("latin-1")) for key, value in (own | signed).items()]
        call = Request(method="POST", path="/webhook/s", headers=Headers(fields), body=body, received_at=at)
        outcomes.append(home.post(call).outcome)
        home.clock.advance(timedelta(hours=1))

    assert outcomes == ["accepted", "accepted"]
