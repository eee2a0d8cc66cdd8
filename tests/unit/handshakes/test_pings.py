"""Calls that only check that the address answers: answered, and stored nowhere."""

from __future__ import annotations

import json

import pytest

from unit.handshakes.homes import URL, call, home, post, signed

FORM = "application/x-www-form-urlencoded"


def test_trello_finds_the_address_there() -> None:
    """Trello makes a webhook only when a HEAD request to it is answered with 200."""
    at = home("trello", source=f'public_url = "{URL}"')

    answer = at.post(call("HEAD"))

    assert (answer.status, answer.body, answer.outcome) == (200, b"", "handshake")


def test_xero_s_intent_to_receive_is_answered_without_a_body() -> None:
    """Xero alternates signed and wrongly signed calls: 200 and 401, and neither answer may have a body."""
    at = home("xero")
    body = b'{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}'

    good, bad = signed(at, body), signed(at, body, x_xero_signature="AAAA")

    assert (good.status, good.body, good.outcome) == (200, b"", "handshake")
    assert (bad.status, bad.body, bad.outcome) == (401, b"", "signature_mismatch")


@pytest.mark.parametrize("scheme", ["xero", "line"])
def test_an_empty_list_of_events_is_kept_nowhere(scheme: str) -> None:
    """A consumer could do nothing with it."""
    at = home(scheme)

    answer = signed(at, b'{"destination": "U1", "events": []}')

    assert answer.outcome == "handshake"
    assert answer.event_id is None
    assert at.queues.peek("unrouted") == []


def test_a_heartbeat_must_be_signed() -> None:
    """A 200 for anyone would confirm a wrong secret to the sender."""
    answer = post(home("line"), b'{"events": []}')

    assert (answer.status, answer.outcome) == (401, "signature_missing")


@pytest.mark.parametrize(
    "body", [b'{"events": [{"id": 1}]}', b'{"events": null}', b'{"event": []}', b"[]", b'{"data": {"events": []}}']
)
def test_what_is_no_heartbeat_is_an_event(body: bytes) -> None:
    """An event that resembles a heartbeat must not be lost."""
    answer = signed(home("line"), body)

    assert answer.event_id is not None


def test_woocommerce_s_first_form_is_answered_unsigned() -> None:
    """It is sent before the secret is in use; WooCommerce creates the webhook only after an answer."""
    at = home("woocommerce")

    answer = post(at, b"webhook_id=42", content_type=FORM)

    assert (answer.status, answer.outcome) == (200, "handshake")
    assert at.queues.peek("unrouted") == []


@pytest.mark.parametrize(("body", "media_type", "status"), [
    (b"webhook_id=42&total=9", FORM, 415), (b"webhook_id=4x", FORM, 415), (b"webhook_id=", FORM, 415), (b"webhook_id=1\n", FORM, 415),
    (b'{"webhook_id": 42}', "application/json", 401),
])  # fmt: skip
def test_woocommerce_s_form_opens_nothing_else(body: bytes, media_type: str, status: int) -> None:
    """It must be exactly one number: an order that is sent as a form is no ping."""
    answer = post(home("woocommerce"), body, content_type=media_type)

    assert answer.status == status


DISCORD_KEY = b"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"  # RFC 8032 section 7.1, test 1
DISCORD_SEED = b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"


def _from_discord(body: bytes, *, forged: bool = False) -> tuple[int, bytes, str, str | None]:
    at = home("discord", secrets={"IT_SECRET": DISCORD_KEY})
    signer = home("discord", secrets={"IT_SECRET": DISCORD_KEY})
    headers = signer._config.schemes["it"].sign(body, secret=DISCORD_SEED, delivery_id="", at=at.clock.now())
    if forged:
        headers["X-Signature-Ed25519"] = "00" * 64
    answer = post(at, body, **{name.replace("-", "_"): value for name, value in headers.items()})
    return answer.status, answer.body, answer.outcome, answer.event_id


def test_discord_s_interaction_ping_gets_its_type_back() -> None:
    """Discord accepts an address for interactions only after this answer."""
    status, body, outcome, _ = _from_discord(b'{"id": "1", "type": 1, "token": "t", "version": 1}')

    assert (status, json.loads(body), outcome) == (200, {"type": 1}, "handshake")


def test_discord_s_webhook_ping_gets_204() -> None:
    """For such an address Discord sends type 0 and expects no body in the answer."""
    status, body, outcome, _ = _from_discord(b'{"version": 1, "application_id": "1", "type": 0}')

    assert (status, body, outcome) == (204, b"", "handshake")


def test_discord_s_event_of_type_one_is_an_event() -> None:
    """Type 1 is a ping in interactions, and an event in webhook events."""
    *_, event_id = _from_discord(
        b'{"version": 1, "type": 1, "event": {"type": "APPLICATION_AUTHORIZED", "timestamp": "2024-10-18T14:42:53.064834Z"}}'
    )

    assert event_id is not None


@pytest.mark.parametrize("body", [b'{"type": 1}', b'{"type": 0}'])
def test_discord_s_forged_ping_is_refused(body: bytes) -> None:
    """Discord itself sends calls with wrong signatures, and refuses an address that answers them."""
    status, _, outcome, _ = _from_discord(body, forged=True)

    assert (status, outcome) == (401, "signature_mismatch")
