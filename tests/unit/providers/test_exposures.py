"""The catalogue's claims about overheard calls are true: each sender's claim is tried."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.config.provider_page import provider_rows
from hookline.domain.request import Headers, Request
from hookline.errors import Rejected
from hookline.providers import PROVIDERS
from hookline.providers.coverage import Fate, exposure_of
from hookline.providers.primitives import mac
from hookline.providers.provider import Proves
from hookline.providers.scheme import SignsInside, SignsQuery
from hookline.testing import MemoryHome
from unit.builders import NOW, secret
from vectors.crc_forgery import forged
from vectors.senders import KEYS, NAMES, OWN_TOML, URL, built, secret_of, signing_secret_of

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.providers.coverage import Exposure

every_sender = pytest.mark.parametrize("name", NAMES)
FOREVER = timedelta(days=3650)
SECOND = timedelta(seconds=1)


def exposure(name: str) -> Exposure:
    """The claim of the catalogue."""
    return exposure_of(PROVIDERS[name], built(name))


def call(name: str, delivery_id: str = "delivery-1", at: datetime = NOW) -> Request:
    """The sender's sample, signed."""
    scheme, sample = built(name), PROVIDERS[name].sample
    assert sample
    body, headers = sample.filled(delivery_id, at)
    if isinstance(scheme, SignsInside):
        body = scheme.signed_body(body, secret=signing_secret_of(name), at=at)
    signed = scheme.sign(body, secret=signing_secret_of(name), delivery_id=delivery_id, at=at)
    fields = [(key.encode(), value.encode("latin-1")) for key, value in (headers | signed).items()]
    query = scheme.signed_query(body, secret=signing_secret_of(name), at=at) if isinstance(scheme, SignsQuery) else ""
    return Request(method="POST", path="/webhook/s", query=query, headers=Headers(fields), body=body, received_at=at)


def home_of(name: str) -> MemoryHome:
    """A system with one source of this sender, with only the settings that it needs."""
    provider = PROVIDERS[name]
    secrets = ', secrets = ["S"]' if provider.needs_secret else ""
    own = OWN_TOML.get(name, "")
    url = f'public_url = "{URL}"\n' if provider.needs_url else ""
    text = f'[sources.s]\nverify = {{ scheme = "{name}"{secrets}{own} }}\n{url}[queues.q]\n'
    return MemoryHome(parse(text, base=Path()), {"S": secret_of(name)}, start=NOW, keys=KEYS)


def sent(home: MemoryHome, request: Request, **more: object) -> str:
    """The result of a call, a second later than the last one."""
    home.clock.advance(SECOND)
    answer = home.post(replace(request, received_at=home.clock.now(), **more))  # type: ignore[arg-type]
    return "conflict" if answer.outcome == "delivery_conflict" else answer.outcome


def verifies(name: str, request: Request, at: datetime) -> bool:
    """Whether the signature is taken at that moment."""
    try:
        built(name).verify(replace(request, received_at=at), (secret(secret_of(name)),))
    except Rejected:
        return False
    return True


@every_sender
def test_the_same_call_again_is_what_the_catalogue_says(name: str) -> None:
    """A repetition is a duplicate, or an event each time, and people have to know which."""
    home, genuine = home_of(name), call(name)

    outcomes = [sent(home, genuine), sent(home, genuine)]

    assert outcomes == [Fate.EVENT, exposure(name).repeated]


@every_sender
def test_another_id_in_a_header_is_what_the_catalogue_says(name: str) -> None:
    """Where no signature covers the header, anyone can write another id there."""
    home, genuine = home_of(name), call(name)

    outcomes = [sent(home, genuine), sent(home, genuine, **renamed(name, genuine))]

    fate = exposure(name).renamed
    if fate is not None:
        assert outcomes == [Fate.EVENT, fate]
    else:
        assert outcomes[1] in {exposure(name).repeated, "signature_mismatch"}


def renamed(name: str, genuine: Request) -> dict[str, object]:
    """What gives the call another id: a header, or the same fields in another spelling where a digest of the form is the id."""
    if exposure(name).renamed is not None and "header:" not in (PROVIDERS[name].find_id or ""):
        return {"body": genuine.body + b"&"}
    return {"headers": renamed_headers(name, genuine)}


def renamed_headers(name: str, genuine: Request) -> Headers:
    """The headers with another id, where one of them has it."""
    parts = (PROVIDERS[name].find_id or "").split(" || ")
    headers = {part.removeprefix("header:").lower() for part in parts if part.startswith("header:")}
    return Headers(
        (key.encode(), b"another-id" if key in headers else value.encode("latin-1"))
        for key, value in genuine.headers.items()
    )


@every_sender
def test_another_body_is_what_the_catalogue_says(name: str) -> None:
    """The part of a call that a signature does not cover can be forged."""
    home, genuine, other = home_of(name), call(name), call(name, "delivery-2")
    altered = exposure(name).altered
    headers = renamed_headers(name, genuine) if altered is Fate.EVENT else genuine.headers
    sent(home, genuine)

    outcome = sent(home, genuine, body=changed(name, genuine.body, other.body), headers=headers)

    if altered is None:
        assert outcome in {"signature_mismatch", "signature_missing", "timestamp_missing", "timestamp_invalid"}
    else:
        assert outcome == altered


def changed(name: str, body: bytes, other: bytes) -> bytes:
    """The body with something changed that might not be signed."""
    if name in {"affirm", "braintree", "chargify", "twilio"}:
        return body + b"&more=1"
    if name == "paypal":
        return forged(b'{"id": "another", "event_type": "x"}', body)
    if name == "mailgun":
        return json.dumps(
            json.loads(other) | {"signature": json.loads(body)["signature"], "event-data": {"id": "2"}}
        ).encode()
    if not body.startswith((b"{", b"[")):
        return body + b"&more=1"
    document = json.loads(body)
    (document[0] if isinstance(document, list) else document)["hookline"] = "changed"
    if exposure(name).altered is Fate.EVENT:
        text = json.dumps(document).replace("delivery-1", "delivery-2")
        provider = PROVIDERS[name]
        own = (provider.sample.fresh if provider.sample else "", (provider.find_id or "").rpartition(".")[2])
        for member in {"id", "eventId", "messageId", "triggerUuid", "update_id", *own}:
            text = text.replace(f'"{member}": ', f'"{member}": 7, "old_{member}": ')
        return text.encode()
    return json.dumps(document).encode()


@every_sender
def test_a_call_verifies_for_as_long_as_the_catalogue_says(name: str) -> None:
    """A digest that is forgotten while the signature still verifies would make a second event of an overheard call."""
    window, genuine = exposure(name).window, call(name)

    first = verifies(name, genuine, NOW)

    assert first
    if PROVIDERS[name].max_age is None:
        assert verifies(name, genuine, NOW + FOREVER) is (window is None)
        assert window is None or not verifies(name, genuine, NOW + window + SECOND)


@every_sender
def test_every_page_says_what_is_signed_and_what_an_overheard_call_can_do(name: str) -> None:
    """A reader who chooses a sender for payments needs this first."""
    provider = PROVIDERS[name]

    rows = dict(provider_rows(provider))

    assert {"signed", "an overheard call", "verifies for"} <= set(rows)
    assert bool(provider.covers) is (provider.proves is not Proves.BODY)
    assert ("https://" in provider.unique_body) is bool(provider.unique_body)


def test_a_twilio_form_written_in_another_order_is_the_same_form() -> None:
    """Twilio signs the fields sorted: the same signature fits any order of them, and an unsigned header has the id."""
    home, genuine = home_of("twilio"), call("twilio")
    fields = [
        (key.encode(), value.encode()) for key, value in genuine.headers.items() if key != "i-twilio-idempotency-token"
    ]
    turned = b"&".join(reversed(genuine.body.split(b"&")))

    outcomes = [
        sent(home, genuine),
        sent(home, genuine, headers=Headers([*fields, (b"i-twilio-idempotency-token", b"another")]), body=turned),
        sent(home, genuine, headers=Headers(fields), body=turned),
    ]

    assert outcomes == [Fate.EVENT, Fate.MARKED, Fate.MARKED]


def test_values_of_signed_headers_cannot_be_cut_in_another_way() -> None:
    """Coinbase joins them with dots: the same signature fits another id where a value may hold one."""
    scheme, body = built("coinbase"), b'{"eventType": "onramp.transaction.success"}'
    names, values = "x-event-id x-other", {"x-event-id": "id-1", "x-other": "a.b"}
    stamp = str(int(NOW.timestamp()))
    text = f"{stamp}.{names}.id-1.a.b.".encode() + body
    signature = mac(signing_secret_of("coinbase"), text, "sha256").hex()
    header = {"X-Hook0-Signature": f"t={stamp},h={names},v1={signature}", "content-type": "application/json"}
    home = home_of("coinbase")

    def posted(own: dict[str, str]) -> str:
        fields = [(key.encode(), value.encode()) for key, value in (header | own).items()]
        request = Request(method="POST", path="/webhook/s", headers=Headers(fields), body=body, received_at=NOW)
        return sent(home, request)

    outcomes = [posted(values), posted({"x-event-id": "id-1.a", "x-other": "b"})]

    assert scheme.secret_complaint(secret_of("coinbase")) is None
    assert outcomes == [Fate.EVENT, Fate.DUPLICATE]
