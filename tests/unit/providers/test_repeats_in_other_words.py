"""What distinguishes a repeat from another event where neither the bytes nor an id of the call do: no payment twice, and none lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.testing import MemoryHome
from unit.builders import NOW
from vectors.senders import KEYS, built, secret_of, signing_secret_of

PRIMER = '{"eventType": "PAYMENT.STATUS", "date": "%s", "signedAt": "%s", "payment": {"id": "DdRZ6YY0", "status": "SETTLED"}}'
YUNO = (
    '{"type_event": "payment.purchase", "retry": %s, "data": {"payment": {"id": "a546c566", "idempotency_key": "%s"}}}'
)
CHARGIFY = "id=%s&event=payment_success&payload%%5Bsent%%5D=%s"


@pytest.mark.parametrize(
    ("name", "first", "repeat", "another"),
    [
        (
            "primer",
            PRIMER % ("2021-02-21T15:36:16", 1),
            PRIMER % ("2021-02-21T15:36:16", 2),
            PRIMER % ("2021-02-21T15:36:17", 2),
        ),
        ("yuno", YUNO % (0, "k1"), YUNO % (1, "k1"), YUNO % (0, "k2")),
        ("chargify", CHARGIFY % (1, 1), CHARGIFY % (1, 2), CHARGIFY % (2, 1)),
    ],
)
def test_a_repeat_with_other_bytes_is_no_second_event(name: str, first: str, repeat: str, another: str) -> None:
    """It is stored as a second body and answered as known, so the sender stops; another event is stored."""
    config = parse(f'[sources.s]\nverify = {{ scheme = "{name}", secrets = ["S"] }}\n[queues.q]\n', base=Path())
    home = MemoryHome(config, {"S": secret_of(name)}, start=NOW, keys=KEYS)
    media_type = "application/json" if first.startswith("{") else "application/x-www-form-urlencoded"

    answers = []
    for text in (first, repeat, another):
        body, at = text.encode(), home.clock.now()
        signed = built(name).sign(body, secret=signing_secret_of(name), delivery_id="delivery-1", at=at)
        fields = [
            (key.encode(), value.encode("latin-1")) for key, value in ({"content-type": media_type} | signed).items()
        ]
        call = Request(method="POST", path="/webhook/s", headers=Headers(fields), body=body, received_at=at)
        answers.append(home.post(call))
        home.clock.advance(timedelta(minutes=1))

    assert [answer.outcome for answer in answers] == ["accepted", "conflict", "accepted"]
    assert all(answer.status in {200, 202} for answer in answers)


@pytest.mark.parametrize("name", ["recharge", "recharge-legacy"])
def test_two_topics_with_the_same_body_are_two_events(name: str) -> None:
    """A new and a changed subscription are reported in the same words; the topic is in a header."""
    config = parse(f'[sources.s]\nverify = {{ scheme = "{name}", secrets = ["S"] }}\n[queues.q]\n', base=Path())
    home = MemoryHome(config, {"S": secret_of(name)}, start=NOW, keys=KEYS)
    body = b'{"subscription": {"id": 377749210, "status": "active"}}'
    signed = built(name).sign(body, secret=signing_secret_of(name), delivery_id="delivery-1", at=NOW)

    outcomes = []
    for topic in ("subscription/created", "subscription/updated", "subscription/updated"):
        fields = [
            (key.encode(), value.encode("latin-1")) for key, value in ({"x-recharge-topic": topic} | signed).items()
        ]
        call = Request(method="POST", path="/webhook/s", headers=Headers(fields), body=body, received_at=NOW)
        outcomes.append(home.post(call).outcome)

    assert outcomes == ["accepted", "repeated", "duplicate"]
