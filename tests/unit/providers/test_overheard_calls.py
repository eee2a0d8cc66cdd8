"""One overheard call never becomes a second event for a payment that was made once."""

from __future__ import annotations

import json
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.memory.confirmations import MemoryConfirmations
from hookline.config import parse
from hookline.domain.claim import REPEATED_BODY
from hookline.domain.request import Headers, Request
from hookline.testing import MemoryHome
from unit.builders import NOW
from vectors.crc_forgery import forged
from vectors.senders import KEYS, OWN_TOML, built, secret_of, signing_secret_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.testing import Answer

PAYMENT = b'{"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"amount": {"value": "7.00"}}}'
FORGED = b'{"id": "WH-2", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"amount": {"value": "7000.00"}}}'


def home_of(name: str, more: str = "", events: str = "") -> MemoryHome:
    """A whole system with one source of this sender."""
    own = OWN_TOML.get(name, "")
    secrets = "" if name == "aws-sns" else ', secrets = ["S"]'
    text = f"""
[events]
retention = "30d"
{events}
[sources.s]
verify = {{ scheme = "{name}"{secrets}{own} }}
{more}
[queues.q]
[[routes]]
match = {{ source = ["hookline/s"] }}
queues = ["q"]
"""
    return MemoryHome(parse(text, base=Path()), {"S": secret_of(name)}, start=NOW, keys=KEYS)


def call(name: str, body: bytes, headers: Mapping[str, str] | None = None) -> Request:
    """A genuine call of the sender's, made now."""
    scheme = built(name)
    signed = scheme.sign(body, secret=signing_secret_of(name), delivery_id="delivery-1", at=NOW)
    fields = {"content-type": "application/json"} | signed | dict(headers or {})
    return Request(
        method="POST",
        path="/webhook/s",
        headers=Headers((key.encode(), value.encode("latin-1")) for key, value in fields.items()),
        body=body,
        received_at=NOW,
    )


def after(home: MemoryHome, sent: Request, **more: object) -> Answer:
    """The answer to an overheard call at the home's time, with something of it changed."""
    return home.post(replace(sent, received_at=home.clock.now(), **more))  # type: ignore[arg-type]


def with_header(sent: Request, name: str, value: str | None) -> Headers:
    """The call's headers with one of them changed or left out."""
    fields = [(key.encode(), text.encode("latin-1")) for key, text in sent.headers.items() if key != name]
    return Headers([*fields, *([] if value is None else [(name.encode(), value.encode())])])


def consume(home: MemoryHome) -> None:
    """Remove all messages from the queue: an event whose message is still there is known in any case."""
    home.queues.delete("q", [one.receipt for one in home.queues.receive("q", max_messages=10)])


def queued(home: MemoryHome) -> list[str]:
    """The ids of all events on the queue."""
    return [json.loads(one.body)["id"] for one in home.queues.peek("q", limit=100)]


def test_paypals_headers_do_not_fit_a_second_body_three_days_later() -> None:
    """Of the body PayPal signs a CRC-32: 64 blanks make any other body fit it, and PayPal's own signature with it."""
    genuine = call("paypal", PAYMENT)
    forgery = forged(FORGED, PAYMENT)
    home = home_of("paypal")
    first = home.post(genuine)
    home.clock.advance(timedelta(days=3))

    answer = after(home, genuine, body=forgery)

    assert zlib.crc32(forgery) == zlib.crc32(PAYMENT)
    assert json.loads(forgery) == json.loads(FORGED)
    assert (first.outcome, answer.outcome) == ("accepted", "conflict")
    assert queued(home) == ["s:WH-1"]
    stored = home.events.get("s:WH-1")
    assert stored is not None
    assert [one.body for one in stored.set_aside] == [forgery]
    assert home.events.get("s:WH-2") is None


def test_paypals_own_repeat_is_a_duplicate_until_its_signature_is_too_old() -> None:
    """PayPal repeats a call in the same form when it tries again."""
    genuine = call("paypal", PAYMENT)
    home = home_of("paypal")
    home.post(genuine)

    outcomes = []
    for _ in range(5):
        home.clock.advance(timedelta(days=1))
        outcomes.append(after(home, genuine).outcome)

    assert outcomes == ["duplicate"] * 4 + ["timestamp_outside_tolerance"]


def test_mailguns_token_fits_one_body() -> None:
    """Mailgun signs a time and a token and says to remember the token: a second event with it is not Mailgun's."""
    scheme = built("mailgun")
    secret = signing_secret_of("mailgun")
    one, other = (
        b'{"event-data": {"id": "%s", "event": "delivered", "timestamp": 1521472262.9}}' % id_ for id_ in (b"a", b"b")
    )
    genuine = call("mailgun", scheme.signed_body(one, secret=secret, at=NOW))  # type: ignore[attr-defined]
    signature = json.loads(genuine.body)["signature"]
    forgery = json.dumps(json.loads(other) | {"signature": signature}).encode()
    home = home_of("mailgun")

    answers = [home.post(genuine), after(home, genuine, body=forgery), after(home, genuine)]

    assert [answer.outcome for answer in answers] == ["accepted", "conflict", "duplicate"]
    assert queued(home) == ["s:a"]


def test_mercado_pagos_request_id_fits_one_body() -> None:
    """Of the body only data.id is signed: the notification's own id and what it says happened could be anything."""
    body = b'{"id": 1, "type": "payment", "action": "payment.created", "data": {"id": "99"}}'
    genuine = replace(call("mercado-pago", body), query="data.id=99")
    home = home_of("mercado-pago")

    answers = [home.post(genuine), after(home, genuine, body=body.replace(b'"id": 1,', b'"id": 2,'))]

    assert [answer.outcome for answer in answers] == ["accepted", "conflict"]
    assert queued(home) == ["s:1"]


def test_plaids_signature_belongs_to_one_call() -> None:
    """Each of Plaid's calls is a separate event; the same signature again is the same call, in either of its two spellings."""
    body = b'{"webhook_type": "TRANSACTIONS", "webhook_code": "SYNC_UPDATES_AVAILABLE", "item_id": "x"}'
    home = home_of("plaid")
    genuine = call("plaid", body)

    outcomes = [home.post(genuine).outcome]
    for sent in (genuine, call("plaid", body)):
        home.clock.advance(timedelta(seconds=1))
        outcomes.append(after(home, sent).outcome)

    assert outcomes == ["accepted", "duplicate", "accepted"]


def test_a_github_call_under_another_id_is_marked_and_counted() -> None:
    """X-GitHub-Delivery is not signed: an eavesdropper can send the call again under any id, or under none."""
    genuine = call("github", b'{"ref": "refs/heads/main"}', {"X-GitHub-Delivery": "a", "X-GitHub-Event": "push"})
    home = home_of("github")
    home.post(genuine)
    home.clock.advance(timedelta(days=90))

    answers = [
        after(home, genuine),
        after(home, genuine, headers=with_header(genuine, "x-github-delivery", "b")),
        after(home, genuine, headers=with_header(genuine, "x-github-delivery", None)),
    ]

    assert [answer.outcome for answer in answers] == ["duplicate", "repeated", "repeated"]
    messages = {one["id"]: one for one in (json.loads(each.body) for each in home.queues.peek("q", limit=9))}
    assert messages["s:b"][REPEATED_BODY] == "s:a"
    assert [answer.status for answer in answers] == [200, 202, 202]


def test_a_repeated_body_becomes_no_event_where_the_source_says_so() -> None:
    """A shop whose every body has its own number wants none of them as a second event."""
    genuine = call("github", b'{"ref": "refs/heads/main"}', {"X-GitHub-Delivery": "a", "X-GitHub-Event": "push"})
    home = home_of("github", 'repeated_body = "set-aside"')
    home.post(genuine)

    answer = after(home, genuine, headers=with_header(genuine, "x-github-delivery", "b"))

    assert (answer.status, answer.outcome) == (200, "conflict")
    assert home.events.get("s:b") is None


def test_the_same_bytes_under_two_topics_are_two_events() -> None:
    """A shop sends one order for two topics: as a duplicate the second would be lost, also where no header has an id."""
    body = b'{"id": 820982911946154508, "total_price": "403.00"}'
    home = home_of("shopify")

    answers = [
        home.post(call("shopify", body, {"X-Shopify-Topic": topic})) for topic in ("orders/create", "orders/paid")
    ]

    assert [answer.outcome for answer in answers] == ["accepted", "repeated"]
    assert len(set(queued(home))) == 2


def test_a_slack_event_sent_as_a_form_is_the_same_event() -> None:
    """Content-Type is not signed: the body says what it is, and its own id names it."""
    body = b'{"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_mention"}, "event_time": 1515449522}'
    genuine = call("slack", body)
    home = home_of("slack")

    answers = [
        home.post(genuine),
        after(home, genuine, headers=with_header(genuine, "content-type", "application/x-www-form-urlencoded")),
    ]

    assert [(answer.outcome, answer.event_id) for answer in answers] == [("accepted", "s:Ev1"), ("duplicate", "s:Ev1")]


def test_the_media_type_decides_nothing_where_a_source_names_two() -> None:
    """The rule is the same for a source that hookline.toml describes, in either order of the calls."""
    text = """
[sources.s]
verify = { scheme = "hmac", secrets = ["S"], header = "X-Signature" }
media_types = ["application/json", "text/plain"]
id = "event_id || content-hash"
[queues.q]
"""
    headers = ("text/plain", "application/json; charset=utf-8", "application/json")
    home = MemoryHome(parse(text, base=Path()), {"S": b"0123456789abcdef"}, start=NOW)

    answers = [home.send("s", b' \n{"event_id": "1"}', headers={"content-type": kind}) for kind in headers]
    plain = home.send("s", b"{plain text", headers={"content-type": "text/plain"})

    assert [(answer.outcome, answer.event_id) for answer in answers] == [
        ("accepted", "s:1"),
        ("duplicate", "s:1"),
        ("duplicate", "s:1"),
    ]
    assert plain.outcome == "accepted"


@pytest.mark.parametrize(("days", "outcome"), [(31, "duplicate"), (399, "duplicate"), (401, "accepted")])
def test_a_call_without_a_signed_time_is_known_for_400_days(days: int, outcome: str) -> None:
    """Square does not sign a time: its call verifies a year later as it did on the first day."""
    body = b'{"event_id": "6a8f5f28", "type": "payment.updated", "created_at": "2020-02-06T21:27:34.308Z"}'
    url = 'public_url = "https://hooks.example.com/webhook/provider"'
    home = home_of("square", url)
    genuine = call("square", body)
    home.post(genuine)
    consume(home)
    home.clock.advance(timedelta(days=days))

    answer = after(home, genuine)

    assert answer.outcome == outcome


def test_how_long_a_call_is_known_is_a_setting() -> None:
    """The operator pays for it by the gigabyte and decides; zero keeps nothing beyond the event."""
    genuine = call("square", b'{"event_id": "1", "type": "payment.updated"}')
    url = 'public_url = "https://hooks.example.com/webhook/provider"'

    outcomes = []
    for dedupe in ("60d", "0s"):
        home = home_of("square", url, f'dedupe = "{dedupe}"')
        home.post(genuine)
        consume(home)
        home.clock.advance(timedelta(days=31))
        outcomes.append(after(home, genuine).outcome)

    assert outcomes == ["duplicate", "accepted"]


def test_an_sns_message_is_too_old_after_a_day() -> None:
    """SNS signs when a message was published; nothing else keeps an overheard one from being repeated for years."""
    scheme = built("aws-sns")
    sample = b'{"Type": "Notification", "MessageId": "m", "Message": "x", "Timestamp": "%s"}'
    body = scheme.signed_body(  # type: ignore[attr-defined]
        sample % NOW.isoformat().replace("+00:00", "Z").encode(), secret=signing_secret_of("aws-sns"), at=NOW
    )
    genuine = call("aws-sns", body, {"content-type": "text/plain"})
    home = home_of("aws-sns")
    patient = home_of("aws-sns", 'max_age = "2d"')
    outcomes = [home.post(genuine).outcome, patient.post(genuine).outcome]
    for one in (home, patient):
        one.clock.advance(timedelta(days=1, seconds=1))

    outcomes += [after(home, genuine).outcome, after(patient, genuine).outcome]

    assert outcomes == ["accepted", "accepted", "timestamp_outside_tolerance", "duplicate"]


@pytest.mark.parametrize(
    ("time", "outcome"),
    [
        ('"2026-01-01T00:00:00Z"', "timestamp_outside_tolerance"),
        ("1", "timestamp_outside_tolerance"),
        ("99999999999", "timestamp_outside_tolerance"),
        ("1e300", "timestamp_invalid"),
        ('"yesterday"', "timestamp_invalid"),
        ("true", "timestamp_invalid"),
        ("null", "timestamp_missing"),
    ],
)
def test_a_time_that_max_age_cannot_read_is_refused(time: str, outcome: str) -> None:
    """A time that proves no age counts as old; in any case the caller gets an answer."""
    text = """
[sources.s]
verify = { scheme = "hmac", secrets = ["S"], header = "X-Signature" }
id = "id"
time = "at"
max_age = "1h"
[queues.q]
"""
    home = MemoryHome(parse(text, base=Path()), {"S": b"0123456789abcdef"}, start=NOW)

    answer = home.send("s", f'{{"id": "1", "at": {time}}}'.encode())
    fresh = home.send("s", f'{{"id": "2", "at": {NOW.timestamp() * 1000:.0f}}}'.encode())
    assert (answer.outcome, fresh.outcome) == (outcome, "accepted")


CONFIRMED = """
[sources.s]
verify = { scheme = "paypal", secrets = ["S"], confirm = "PAYPAL_CLIENT", environment = "sandbox" }
[queues.q]
[[routes]]
match = { source = ["hookline/s"] }
queues = ["q"]
"""


def confirmed_home(confirmations: MemoryConfirmations) -> MemoryHome:
    """A system that asks PayPal."""
    secrets = {"S": secret_of("paypal"), "PAYPAL_CLIENT": b"client:secret-of-some-length"}
    return MemoryHome(parse(CONFIRMED, base=Path()), secrets, start=NOW, keys=KEYS, confirmations=confirmations)


def test_paypal_is_asked_with_the_bytes_that_came() -> None:
    """A body that was parsed and written again would not be the one that PayPal sent."""
    genuine = call("paypal", PAYMENT)
    asked = MemoryConfirmations()
    confirmed_home(asked).post(genuine)
    (question,) = asked.asked

    home = confirmed_home(MemoryConfirmations({question.body}))
    answers = [home.post(genuine), after(home, genuine, body=forged(FORGED, PAYMENT))]

    assert question.place == "sandbox"
    assert question.body.endswith(b', "webhook_event": ' + PAYMENT + b"}")
    fields = json.loads(question.body)
    assert fields["transmission_id"] == "delivery-1"
    assert fields["webhook_id"].encode() == secret_of("paypal")
    assert sorted(fields) == [
        "auth_algo",
        "cert_url",
        "transmission_id",
        "transmission_sig",
        "transmission_time",
        "webhook_event",
        "webhook_id",
    ]
    assert [answer.outcome for answer in answers] == ["accepted", "signature_mismatch"]
    assert queued(home) == ["s:WH-1"]


def test_a_call_that_paypal_does_not_confirm_is_not_taken() -> None:
    """It fails closed: PayPal sends again."""
    home = confirmed_home(MemoryConfirmations())

    answer = home.post(call("paypal", PAYMENT))

    assert (answer.status, answer.outcome) == (503, "confirmation_unavailable")
    assert queued(home) == []


def test_a_forged_call_is_refused_before_paypal_is_asked() -> None:
    """A caller without an overheard signature must not make hookline call PayPal."""
    asked = MemoryConfirmations()
    genuine = call("paypal", PAYMENT)

    answer = confirmed_home(asked).post(replace(genuine, body=FORGED))

    assert answer.outcome == "signature_mismatch"
    assert asked.asked == []


def test_only_json_is_handed_to_paypal() -> None:
    """A body of another type could end the question to PayPal early and write another one."""
    text = CONFIRMED.replace("[queues.q]", 'media_types = ["application/json", "text/plain"]\n[queues.q]')
    secrets = {"S": secret_of("paypal"), "PAYPAL_CLIENT": b"client:secret-of-some-length"}
    asked = MemoryConfirmations()
    home = MemoryHome(parse(text, base=Path()), secrets, start=NOW, keys=KEYS, confirmations=asked)

    answer = home.post(call("paypal", b'{"id": "1"}, "webhook_id": "2"', {"content-type": "text/plain"}))

    assert answer.outcome == "signature_mismatch"
    assert asked.asked == []


@pytest.mark.parametrize(
    ("secret", "complaint"), [(b"no-colon-in-this-one", "client_id:secret"), (b"client:short", "at least 8")]
)
def test_credentials_to_ask_with_are_checked_at_the_start(secret: bytes, complaint: str) -> None:
    """PayPal would refuse them at every call: the error comes before the first."""
    config = parse(CONFIRMED, base=Path())

    complaints = config.secret_complaints({"S": secret_of("paypal"), "PAYPAL_CLIENT": secret})

    assert [complaint in one.why for one in complaints] == [True]
    assert config.secret_names == ("S", "PAYPAL_CLIENT")
