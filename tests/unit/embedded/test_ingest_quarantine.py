"""What the webhook endpoint passes on to the quarantine, and what it warns of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hookline.adapters.local.secrets import LoadedSecrets
from hookline.adapters.memory.queues import MemoryQueues
from hookline.config import parse
from hookline.domain.reads import Reads, members_of
from unit.embedded.endpoint import JSON, MAX_BODY, Endpoint, as_bytes, body_of
from unit.embedded.fakes import Sender, source


def test_a_request_that_was_read_whole_and_refused_is_passed_on_unchanged(endpoint: Endpoint) -> None:
    """An operator needs the exact bytes to find the cause, including the query and repeated headers."""
    headers = [JSON, (b"x-twice", b"1"), (b"x-twice", b"2")]
    sender = Sender(b"not ", b"JSON", headers=headers, query_string=b"a=%20")

    endpoint.post(sender)

    (kept,) = endpoint.rejected
    assert sender.status == 400
    assert (kept.source, kept.code) == ("transactions", "body_not_json")
    assert (kept.request.method, kept.request.path, kept.request.query) == ("POST", "/webhook", "a=%20")
    assert kept.request.body == b"not JSON"
    assert kept.request.headers.all("x-twice") == ("1", "2")


def test_a_request_that_can_be_read_in_two_ways_is_passed_on_with_a_warning() -> None:
    """The sender is proved and its event refused, so an operator must look at it."""
    known = source(max_body=MAX_BODY, reads=Reads(members=members_of([("id",)])))
    endpoint = Endpoint(known)
    sender = Sender(b'{"id": 1, "id": 2}')

    endpoint.post(sender)

    assert [rejected.code for rejected in endpoint.rejected] == ["body_ambiguous"]
    assert endpoint.log.texts("warning") == ["a verified request can be read in two ways: it was refused"]
    assert endpoint.stored == []


def test_what_is_accepted_or_never_read_is_not_passed_on(endpoint: Endpoint) -> None:
    """A request for an unknown path, or over the size limit, has no body that a person could look at."""
    over = Sender(b"{", b"}", headers=[JSON, (b"content-length", b"1073741824")])

    endpoint.post(Sender(body_of()), Sender(body_of(), path="/nobody"), over)

    assert over.status == 413
    assert endpoint.rejected == []


def test_another_body_under_a_known_id_is_a_warning() -> None:
    """No sender does that by mistake, and nothing else in this home reports it."""
    bodies = (b'{"id":"1","amount":1}', b'{"id":"1","amount":2}')
    endpoint = Endpoint()

    for body in bodies:
        endpoint.post(Sender(body))

    warnings = [line for line in endpoint.log.lines if line.level == "warning"]
    assert [line.text for line in warnings] == [
        "another body arrived with a known id or signature: it is stored separately"
    ]


def test_a_known_body_under_another_id_is_a_warning_and_accepted() -> None:
    """GitHub's id is in a header that is not signed."""
    text = '[sources.s]\nverify = { scheme = "github", secrets = ["S"] }\n[queues.payments]\n'
    config = parse(text, base=Path())
    secret = b"a-secret-of-some-length"
    body = b'{"ref": "refs/heads/main"}'
    signed = config.schemes["s"].sign(body, secret=secret, delivery_id="", at=datetime(2026, 1, 2, tzinfo=UTC))
    endpoint = Endpoint(config.sources[0], secrets=LoadedSecrets({"S": secret}))
    senders = [
        Sender(
            body,
            path="/webhook/s",
            headers=[JSON, (b"x-github-delivery", id_), (b"x-github-event", b"push"), *as_bytes(signed)],
        )
        for id_ in (b"a", b"b")
    ]

    for sender in senders:
        endpoint.post(sender)

    assert [sender.status for sender in senders] == [202, 202]
    assert [line.text for line in endpoint.log.lines if line.level == "warning"] == [
        "a known body arrived with another id: it is stored, queued and marked"
    ]


def test_what_an_expired_event_leaves_is_refused_and_kept_in_the_quarantine() -> None:
    """There is no event any more to store the body with, so the answer must not say that it was kept."""
    text = '[sources.s]\nverify = { scheme = "hmac", secrets = ["S"], header = "X-Signature" }\nid = "id"\n[queues.payments]\n'
    config = parse(text, base=Path())
    secret = b"a-secret-of-some-length"
    endpoint = Endpoint(config.sources[0], secrets=LoadedSecrets({"S": secret}))

    def sent(body: bytes) -> Sender:
        signed = config.schemes["s"].sign(body, secret=secret, delivery_id="", at=datetime(2026, 1, 2, tzinfo=UTC))
        return Sender(body, path="/webhook/s", headers=[JSON, *as_bytes(signed)])

    endpoint.post(sent(b'{"id":"1"}'))
    taken = MemoryQueues(endpoint.memory.state)
    taken.delete("payments", [one.receipt for one in taken.receive("payments")])
    endpoint.memory.clock.advance(timedelta(days=31))
    again, other = sent(b'{"id":"1"}'), sent(b'{"id":"1","amount":2}')

    endpoint.post(again)
    endpoint.post(other)

    assert (again.status, other.status) == (200, 409)
    assert other.document["code"] == "delivery_reused"
    assert [one.code for one in endpoint.rejected] == ["delivery_reused"]
