"""Genuine bodies that only RFC 8259's grammar allows: verified, named and stored like any other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.domain.secret import Secret
from hookline.pipeline.receive import accept
from hookline.providers.scheme import SignsInside
from unit.builders import NOW, request
from unit.pipeline.test_ambiguous import ADYEN_KEY, ITEM

SIGNED_INSIDE = {
    "adyen": ({"notificationItems": [{"NotificationRequestItem": ITEM}]}, ADYEN_KEY),
    "mailgun": ({"event-data": {"id": "e1", "event": "delivered"}}, b"a-signing-key"),
    "microsoft-graph": ({"value": [{"subscriptionId": "s"}]}, b"a-client-state"),
}


@pytest.mark.parametrize("name", SIGNED_INSIDE)
@pytest.mark.parametrize("odd", [b'"reason": "cut \\ud83d"', b'"reason": 1e400'])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_signature_in_an_odd_body_is_found(name: str, odd: bytes, mark: bytes) -> None:
    """No fast parser takes the unsigned field: a customer's name, cut in the middle of an emoji."""
    document, key = SIGNED_INSIDE[name]
    config = parse(f'[sources.s]\nverify = {{ scheme = "{name}", secrets = ["S"] }}\n[queues.q]\n', base=Path())
    scheme = config.schemes["s"]
    assert isinstance(scheme, SignsInside)
    signed = scheme.signed_body(json.dumps(document).encode(), secret=key, at=NOW)
    body = mark + signed.replace(b"{", b"{" + odd + b", ", 1)

    event = accept(request(body), config.sources[0], [Secret(name="S", value=key)])

    assert event.body == body
    assert event.metadata["carried"] == "data_base64"


def test_the_case_of_a_text_that_was_cut() -> None:
    """As a customer had it: refused at every retry, the event would have been lost."""
    config = parse('[sources.s]\nverify = { scheme = "stripe", secrets = ["S"] }\n[queues.q]\n', base=Path())
    body = b'{"id":"evt_1","type":"charge.succeeded","created":1700000000,"text":"cut \\ud83d"}'
    headers = config.schemes["s"].sign(body, secret=b"a-secret-of-stripe", delivery_id="d", at=NOW)

    event = accept(request(body, headers), config.sources[0], [Secret(name="S", value=b"a-secret-of-stripe")])

    assert (event.id, event.type) == ("s:evt_1", "charge.succeeded")
    assert replace(event).body == body
