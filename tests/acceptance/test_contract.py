"""The HTTP contract and the message on the queue, row by row, as a sender and a consumer see them.

The scenarios run against every home, which is what ``Home`` says. Where API Gateway is in front, a few answers must differ; each
difference has a name in ``homes/differences.py``, with its reason.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from acceptance.homes import OPENERS
from acceptance.homes.differences import differs
from acceptance.sender import sign, transaction
from hookline.error_codes import CODES
from vectors.spelled_urls import CASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from acceptance.homes.home import Home, Taken
    from acceptance.sender import Answer

SOURCES = """
[server]
storage_timeout = "1s"

[sources.free]                      # proves nothing, checks nothing: what came in can be compared with what comes out
verify = { scheme = "none" }
id = "id"
type = "type"

[sources.timed]
verify = { scheme = "none" }
id = "id"
type = "type"
time = "at"

[sources.limited]
verify = { scheme = "none" }
id = "content-hash"
rate_limit = "2/s"

[sources.small]
verify = { scheme = "none" }
id = "content-hash"
max_body = 1000

[sources.lenient]
verify = { scheme = "none" }
id = "id"
on_conflict = "acknowledge"

[sources.forms]
verify = { scheme = "none" }
id = "content-hash"
media_types = ["application/x-www-form-urlencoded"]

[sources.shop]
verify = { scheme = "hmac", secrets = ["SHOP_SECRET", "SHOP_OLD_SECRET"], header = "X-Shop-Signature", prefix = "sha256=" }
id = "id"

[sources.hooks]                     # its id is in a header that nothing signs
verify = { scheme = "hmac", secrets = ["SHOP_SECRET"], header = "X-Shop-Signature", prefix = "sha256=" }
id = "header:X-Hook-Id"

[sources.slack]
verify = { scheme = "slack", secrets = ["SLACK_SECRET"] }

[sources.zoom]
verify = { scheme = "zoom", secrets = ["ZOOM_SECRET"] }

[sources.meta]
verify = { scheme = "meta", secrets = ["META_SECRET"], verify_token = "META_TOKEN" }

[sources.dropbox]
verify = { scheme = "dropbox", secrets = ["DROPBOX_SECRET"] }

[sources.trello]
verify = { scheme = "trello", secrets = ["TRELLO_SECRET"] }
public_url = "https://hooks.example.com/webhook/trello"

[sources.twilio]
verify = { scheme = "twilio", secrets = ["TWILIO_SECRET"] }
public_url = "https://hooks.example.com/webhook/twilio"

[sources.github]
verify = { scheme = "github", secrets = ["GITHUB_SECRET"] }

[sources.tasks]
verify = { scheme = "asana", secrets = ["TASKS_SECRET"] }

[sources.guarded]
verify = { scheme = "asana", secrets = ["GUARDED_SECRET"] }

[sources.near]                      # of this machine: where the tests call from, in both homes
verify = { scheme = "none", allow_from_is_enough = true }
id = "id"
allow_from = ["127.0.0.0/8"]
answer = { status = 200, body = "[accepted]" }

[sources.far]
verify = { scheme = "hmac", secrets = ["SHOP_SECRET"], header = "X-Shop-Signature", prefix = "sha256=" }
id = "id"
allow_from = ["192.0.2.0/24", "2001:db8::/32"]

[sources.own]                       # a sender that the catalogue does not know
verify = { scheme = "hmac", secrets = ["SHOP_SECRET"], header = "X-Shop-Signature", prefix = "sha256=" }
id = "id"
handshake = [
    { echo = "challenge", as = "json" },
    { echo = "X-Challenge", in = "header", as = "header", name = "X-Answer" },
    { echo = "challenge", in = "body", when = { type = "verify" } },
    { kind = "cloudevents", origins = ["events.example.com"], rate = "120/m" },
    { method = "HEAD" },
]

[sources.leads]
verify = { scheme = "hmac", secrets = ["LEADS_SECRET"], header = "X-Leads-Signature" }
id = "content-hash"
handshake = { echo = "code", answer = "hmac-sha256", as = "json", name = "hash", repeat = "code" }

[queues.everything]
[queues.left]
[queues.right]

[[routes]]
match = { source = [{ anything-but = ["hookline/transactions"] }], type = ["webhook", "kept"] }
queues = ["everything"]
[[routes]]
match = { type = ["both"] }
queues = ["left", "right"]
[[routes]]
match = { type = ["both"], data = { total = [{ numeric = [">", 100] }] } }
queues = ["right", "everything"]
"""
_PATIENCE = 180  # seconds, on a machine that does much else
SHOP_SECRETS = {"SHOP_SECRET": "the-current-one", "SHOP_OLD_SECRET": "the-one-before"}
HANDSHAKE_SECRETS = {
    "SLACK_SECRET": "the-signing-secret-of-an-app",
    "LEADS_SECRET": "the-secret-of-a-client-that-asks",
    "ZOOM_SECRET": "the-secret-token-of-an-app",
    "META_SECRET": "the-secret-of-an-app",
    "META_TOKEN": "a-token-of-the-operators",
    "DROPBOX_SECRET": "the-secret-of-another-app",
    "TRELLO_SECRET": "the-oauth-secret",
    "GITHUB_SECRET": "the-secret-of-a-webhook",
    "TWILIO_SECRET": "0123456789abcdef0123456789abcdef",
}
NOBODY = {"Content-Type": "application/json"}


@pytest.fixture(scope="module", params=list(OPENERS))
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The home under test: one for the whole file, so that scenarios use ids of their own."""
    with OPENERS[request.param](
        tmp_path_factory.mktemp("contract"), SOURCES, SHOP_SECRETS | HANDSHAKE_SECRETS
    ) as opened:
        yield opened


def test_an_event_is_accepted_with_its_id(home: Home) -> None:
    """The sender keeps the id for questions, and only a 202 means to it that the event is stored."""
    answer = home.post(transaction("accepted"))

    assert answer.status == 202
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"event_id": "transactions:accepted", "status": "accepted"}


def test_the_same_event_again_is_a_duplicate(home: Home) -> None:
    """Senders retry when they get no answer: the retry gets a success, and the queue has one message."""
    body = transaction("again", kind="refund")
    home.post(body)

    answer = home.post(body)

    assert answer.status == 200
    assert answer.json() == {"event_id": "transactions:again", "status": "duplicate"}
    assert _consumed(home, "refunds") == ["transactions:again"]


def test_a_duplicate_may_be_signed_again(home: Home) -> None:
    """Each attempt carries its own timestamp and delivery header: the event id in the body is what counts."""
    body = transaction("resigned")
    home.post(body)

    answer = home.post(body, headers=sign(body, delivery="msg_2", at=time.time() - 60))

    assert answer.status == 200


def test_another_body_under_a_known_id_is_a_conflict(home: Home) -> None:
    """Two amounts under one id is a fault that somebody must see: the second is not stored over the first, and the answer says so."""
    home.post(transaction("contested", amount="1.10"))

    answer = home.post(transaction("contested", amount="9999.00"))

    _is_problem(answer, 409, "delivery_conflict")
    assert answer.json()["event_id"] == "transactions:contested"
    assert home.status("transactions:contested") == ("routed", 1)


def test_a_source_may_acknowledge_conflicts(home: Home) -> None:
    """Some senders change a field between attempts and would retry a 409 for days: they get 200, and it is still counted."""
    home.post(b'{"id": "shifting", "attempt": 1}', path="/webhook/lenient", headers=NOBODY)

    answer = home.post(b'{"id": "shifting", "attempt": 2}', path="/webhook/lenient", headers=NOBODY)

    assert answer.status == 200
    assert answer.json()["event_id"] == "lenient:shifting"
    assert home.status("lenient:shifting") == ("routed", 1)
    assert [event["data"]["attempt"] for event in _events(home, "everything", "lenient:shifting")] == [1]


def test_a_known_body_under_another_id_is_queued_and_marked(home: Home) -> None:
    """An eavesdropper can send a call again under any id: it is not lost, and the mark lets no consumer take it for a second order."""
    body = b'{"order": 7, "total": "7.00"}'
    calls = [NOBODY | _signed_for_shop(body) | {"X-Hook-Id": id_} for id_ in ("hook-1", "hook-1", "hook-2")]

    first, again = (home.post(body, path="/webhook/hooks", headers=headers) for headers in calls[:2])
    (event,) = _events(home, "everything", "hooks:hook-1")
    renamed = home.post(body, path="/webhook/hooks", headers=calls[2])
    (marked,) = _events(home, "everything", "hooks:hook-2")

    assert [answer.status for answer in (first, again, renamed)] == [202, 200, 202]
    assert (event.get("repeatedbody"), marked.get("repeatedbody")) == (None, "hooks:hook-1")


def test_a_slack_event_sent_as_a_form_is_a_duplicate(home: Home) -> None:
    """No signature covers Content-Type: the same signed bytes are the same event."""
    body = b'{"type": "event_callback", "event_id": "Ev-form", "event": {"type": "kept"}}'
    headers = _like_slack("slack", body, "X-Slack-Signature")
    as_form = headers | {"Content-Type": "application/x-www-form-urlencoded"}

    answers = [home.post(body, path="/webhook/slack", headers=each) for each in (headers, as_form)]

    assert [answer.status for answer in answers] == [200, 200]
    assert len(_events(home, "everything", "slack:Ev-form")) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b'{"amount": NaN}',
        b'{"amount": Infinity}',
        b'{"amount": -Infinity}',
        b'{"name": "\xff"}',
        b'{"name": "\xed\xa0\x80"}',
        b"{} {}",
        b"{}\0",
        b"{'a': 1}",
        b'{"a": 01}',
        b'{"a": 1,}',
        b'{"a": "\x01"}',
        '{"a": 1}'.encode("utf-16"),
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_not_json_is_refused(home: Home, body: bytes) -> None:
    """Each of these is taken by some parser and refused by another: what is stored must read the same for every consumer."""
    answer = home.post(body)

    _is_problem(answer, 400, _not_json(home))


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"id": NaN}', b'{"id": "\\ud800", }', b"\xef\xbb\xbf{", b"{'a': 1}", b"{} {}"]
)
def test_what_is_not_json_is_refused_without_a_schema_too(home: Home, body: bytes) -> None:
    """A source that checks nothing still takes only JSON, and no gateway refuses it beforehand."""
    answer = home.post(body, path="/webhook/free", headers=NOBODY)

    _is_problem(answer, 400, "body_not_json")


@pytest.mark.parametrize("name", ['"amount"', '"amou\\u006et"'])
def test_a_body_that_can_be_read_in_two_ways_is_refused(home: Home, name: str) -> None:
    """The schema judges the last amount, and a consumer might pay out the first."""
    body = transaction("two ways").replace(b'"amount"', f'{name}: "99.99", "amount"'.encode(), 1)

    answer = home.post(body)

    _is_problem(answer, 400, "body_ambiguous")


def test_a_name_that_nobody_reads_may_occur_twice(home: Home) -> None:
    """The body is genuine, and is passed on unchanged, with both."""
    body = b'{"id": "twice-1", "type": "quiet", "note": 1, "note": 2}'

    answer = home.post(body, path="/webhook/free", headers=NOBODY)

    assert answer.status == 202


def test_the_answer_to_a_body_that_does_not_fit_says_where(home: Home) -> None:
    """JSON pointers name all faults in one answer, so a sender can fix them in one go."""
    body = transaction("unfit", amount="1,10", currency="euro", merchant_id=7)

    answer = home.post(body)

    _is_problem(answer, 400, "schema_mismatch")
    errors = answer.json()["errors"]
    assert {error["pointer"] for error in errors} == {"/amount", "/currency", "/merchant_id"}
    assert all(error["reason"] for error in errors)


@pytest.mark.parametrize("literal", ["12.50", "0.0001", "999999999999999999.9999", '"12.50"'])
def test_an_amount_may_be_a_number_or_text_and_keeps_its_characters(home: Home, literal: str) -> None:
    """A payments team sends what its system writes; what is booked is what was signed, and no float."""
    event_id = f"amount {literal.strip(chr(34))} {len(literal)}"
    body = transaction(event_id, amount=0).replace(b'"amount": 0', f'"amount": {literal}'.encode())

    answer = home.post(body)
    taken = _take(home, "payments", f"transactions:{event_id}")[0]

    assert answer.status == 202
    assert taken.body.endswith(f',"data":{body.decode()}}}')


@pytest.mark.parametrize(
    "literal",
    [
        "1e2",
        "-1",
        "-0",
        "0.00001",
        "1.23456",
        "1234567890123456789",
        *('"1e2"', '"+1"', '"1,00"', '" 1"', '"01"', '"1."'),
        "true",
        "null",
    ],
)
def test_an_amount_that_is_no_decimal_is_refused_by_its_characters(home: Home, literal: str) -> None:
    """A float would hide how it was written: 1e2 is 100.0 to every parser."""
    body = transaction("no decimal", amount=0).replace(b'"amount": 0', f'"amount": {literal}'.encode())

    answer = home.post(body)

    _is_problem(answer, 400, "schema_mismatch")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/amount"]


@pytest.mark.parametrize(
    ("delivery", "code"),
    [({"id": ""}, "delivery_id_missing"), ({}, "delivery_id_missing"), ({"id": None}, "delivery_id_missing"),
     ({"id": "x" * 257}, "delivery_id_invalid"), ({"id": "a\nb"}, "delivery_id_invalid"), ({"id": 1.5}, "delivery_id_invalid"),
     ({"id": True}, "delivery_id_invalid"), ({"id": ["a"]}, "delivery_id_invalid"), ({"id": 10**20}, "delivery_id_invalid")],
)  # fmt: skip
def test_an_id_that_cannot_name_the_event_is_refused(home: Home, delivery: dict[str, object], code: str) -> None:
    """No other id is used instead: otherwise every such event would be the duplicate of the first."""
    body = json.dumps({"type": "kept", **delivery}).encode()

    answer = home.post(body, path="/webhook/free", headers=NOBODY)

    _is_problem(answer, 400, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"webhook-signature": None}, "signature_missing"),
     ({"webhook-signature": ""}, "signature_missing"),
     ({"webhook-signature": "v1,"}, "signature_mismatch"),
     ({"webhook-signature": "v1," + "A" * 44}, "signature_mismatch"),
     ({"webhook-signature": "v2,anything"}, "signature_mismatch"),
     ({"webhook-id": None}, "signature_missing"),
     ({"webhook-id": "msg_other"}, "signature_mismatch"),
     ({"webhook-timestamp": None}, "timestamp_missing"),
     ({"webhook-timestamp": "yesterday"}, "timestamp_invalid"),
     ({"webhook-timestamp": "1e9"}, "timestamp_invalid"),
     ({"webhook-timestamp": "-1"}, "timestamp_invalid"),
     ({"webhook-timestamp": "9" * 5000}, "timestamp_invalid")],
)  # fmt: skip
def test_a_forged_request_is_refused(home: Home, change: dict[str, str | None], code: str) -> None:
    """Promise 4: nothing unverified is accepted, and what is missing or odd fails closed."""
    body = transaction("forged")
    headers = {name: value for name, value in (sign(body) | change).items() if value is not None}

    answer = home.post(body, headers=headers)

    _is_problem(answer, 401, code)
    assert answer.headers["www-authenticate"]


def test_a_changed_byte_breaks_the_signature(home: Home) -> None:
    """The signature is over the exact bytes: even a space that JSON does not see is another body."""
    body = transaction("changed")

    answer = home.post(body + b" ", headers=sign(body))

    _is_problem(answer, 401, "signature_mismatch")


def test_another_secret_does_not_open(home: Home) -> None:
    """It is signed in the right form, with a key that is not the source's."""
    body = transaction("foreign")

    answer = home.post(body, headers=sign(body, key=b"somebody else's key, 24b"))

    _is_problem(answer, 401, "signature_mismatch")


@pytest.mark.parametrize("seconds", [-310, 310, -86400, 86400 * 365])
def test_a_timestamp_far_from_now_is_refused(home: Home, seconds: int) -> None:
    """An old one is a replay. A future one would be a replay that works until then."""
    body = transaction("stale")

    answer = home.post(body, headers=sign(body, at=time.time() + seconds))

    _is_problem(answer, 401, "timestamp_outside_tolerance")


@pytest.mark.parametrize("seconds", [-290, 290])
def test_a_timestamp_near_now_is_taken(home: Home, seconds: int) -> None:
    """Clocks differ and attempts queue: five minutes either way are the specification's."""
    body = transaction(f"near{seconds}")

    answer = home.post(body, headers=sign(body, at=time.time() + seconds))

    assert answer.status == 202


def test_one_fitting_signature_of_several_is_enough(home: Home) -> None:
    """While a sender rotates its secret it signs with both."""
    body = transaction("rotated")
    headers = sign(body)
    headers["webhook-signature"] = f"v1,{'A' * 44} v1a,ignored {headers['webhook-signature']}"

    answer = home.post(body, headers=headers)

    assert answer.status == 202


@pytest.mark.parametrize("secret", SHOP_SECRETS.values())
def test_either_secret_of_a_rotation_is_taken(home: Home, secret: str) -> None:
    """While the receiver rotates, both its secrets are accepted."""
    body = json.dumps({"id": secret}).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    answer = home.post(body, path="/webhook/shop", headers=NOBODY | {"X-Shop-Signature": f"sha256={signature}"})

    assert answer.status == 202


@pytest.mark.parametrize("path", ["/", "/webhook/nobody", "/WEBHOOK", "/webhook/free/x"])
def test_an_unknown_path_is_404(home: Home, path: str) -> None:
    """Paths are compared exactly: a near miss must not land at another sender's source."""
    answer = home.post(transaction(), path=path)

    _is_problem(answer, 404, "unknown_path")


def test_a_slash_at_the_end_is_the_same_path(home: Home) -> None:
    """API Gateway takes both for one path, and a sender whose settings end in a slash sends genuine events."""
    body = transaction("slash at the end")

    answer = home.post(body, path="/webhook/")

    assert answer.status == 202


@pytest.mark.parametrize("path", ["/webhook/free/", "/webhook/shop/"])
def test_a_slash_at_the_end_opens_nothing(home: Home, path: str) -> None:
    """A call to that path must prove itself too, and an unsigned source accepts only what it accepts without the slash."""
    answer = home.post(b'{"id": "a slash", "type": "kept"}', path=path, headers=NOBODY)

    assert answer.status == (202 if "free" in path else 401)


@pytest.mark.parametrize("path", ["/webhook//", "/webhook/free//", "//webhook"])
def test_a_slash_too_many_is_404(home: Home, path: str) -> None:
    """Only one slash, and only at the end, is ignored."""
    answer = home.post(transaction("too many"), path=path)

    _is_problem(answer, 404, "unknown_path")


@pytest.mark.parametrize("query", CASES)
def test_a_url_that_is_signed_with_its_query_is_taken(home: Home, query: str) -> None:
    """The gateway decodes the query, and the signature covers it as the sender wrote it."""
    answer = _like_twilio(home, query)

    assert (answer.status, answer.body) == (200, b"<Response/>")


@pytest.mark.parametrize("query", ["a=1&", "a=%ff"])
def test_a_signed_query_that_no_usual_library_writes_is_verified_by_its_own_characters(home: Home, query: str) -> None:
    """Where the characters did not arrive nobody can know them: then nothing is accepted that was not proved."""
    answer = _like_twilio(home, query)

    if differs(home, "signed_query"):
        _is_problem(answer, 401, "signature_mismatch")
    else:
        assert (answer.status, answer.body) == (200, b"<Response/>")


def test_a_push_of_many_commits_is_taken_whole(home: Home) -> None:
    """GitHub sends up to 25 MB, once: a push that is answered 413 is lost."""
    commits = [{"id": f"{n:040x}", "added": [f"src/module_{n}/file_{m}.py" for m in range(40)]} for n in range(1100)]
    body = json.dumps({"ref": "refs/heads/main", "commits": commits}).encode()
    digest = hmac.new(HANDSHAKE_SECRETS["GITHUB_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    delivery = {
        "X-GitHub-Delivery": "a-large-push",
        "X-GitHub-Event": "both",
        "X-Hub-Signature-256": f"sha256={digest}",
    }

    answer = home.post(body, path="/webhook/github", headers=NOBODY | delivery)

    assert len(body) > 1.2 * 1024 * 1024
    assert (answer.status, answer.json()["event_id"]) == (202, "github:a-large-push")
    taken = [one for one in home.receive("left") if one.event["id"] == "github:a-large-push"]
    (large,) = taken
    assert large.event["bodysha256"] == hashlib.sha256(body).hexdigest()
    assert not {"data", "data_base64"} & large.event.keys(), "SQS clients expect no message over 1 MiB"
    assert home.fetch(large.event["dataref"]) == (body, "application/json")
    home.delete("left", large)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_405_with_the_right_ones(home: Home, method: str) -> None:
    """RFC 9110 section 15.5.6: a 405 names what is allowed."""
    answer = home.post(b"", method=method, headers={})

    status, code, allowed = _other_method(home)
    _is_problem(answer, status, code)
    assert answer.headers.get("allow") == allowed


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/jsonx", "json", "multipart/form-data"]
)
def test_another_media_type_is_415(home: Home, media_type: str) -> None:
    """The type of a body is never guessed."""
    body = transaction("typed")

    answer = home.post(body, headers=sign(body) | {"Content-Type": media_type})

    _is_problem(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON", "application/json; charset=utf-8"])
def test_json_by_any_spelling_is_taken(home: Home, media_type: str) -> None:
    """Media types are case-blind and may carry parameters (RFC 9110 section 8.3.1)."""
    body = transaction(f"spelled {media_type}")

    answer = home.post(body, headers=sign(body) | {"Content-Type": media_type})

    assert answer.status == 202


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "br", "deflate", "identity, gzip", "gzip, identity"])
@pytest.mark.parametrize("path", ["/webhook/shop", "/webhook/free", "/webhook/forms", "/webhook/slack"])
def test_a_coded_body_is_415_and_hears_what_is_taken(home: Home, path: str, coding: str) -> None:
    """A body that is stored without its coding could never be read; signed before or after coding, it gets the same answer."""
    body = gzip.compress(b'{"id": "coded", "type": "kept"}', mtime=0)
    media_type = "application/x-www-form-urlencoded" if path.endswith("forms") else "application/json"
    headers = {"Content-Type": media_type, "Content-Encoding": coding} | _signed_for_shop(body)

    answer = home.post(body, path=path, headers=headers)

    _is_problem(answer, 415, "unsupported_content_encoding")
    assert answer.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("coding", ["", "identity", "Identity, identity"])
def test_a_body_that_is_not_coded_may_say_so(home: Home, coding: str) -> None:
    """RFC 9110 section 8.4: identity means that there is no coding."""
    body = json.dumps({"id": f"as it is {coding}", "type": "quiet"}).encode()

    assert home.post(body, path="/webhook/free", headers=NOBODY | {"Content-Encoding": coding}).status == 202


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("/webhook/free", "application/json; charset=UTF-8", "application/json"),
        ("/webhook/free", 'Application/JSON;Profile="a;b" ; charset=utf-8', 'application/json; profile="a;b"'),
        ("/webhook/free", "application/json; charset", "application/json"),
        ("/webhook/forms", "application/x-www-form-urlencoded;charset=ISO-8859-1", "application/x-www-form-urlencoded; charset=ISO-8859-1"),
    ],
)  # fmt: skip
def test_what_the_content_type_says_of_the_body_is_passed_on(home: Home, path: str, sent: str, said: str) -> None:
    """A charset, a boundary or a profile is outside the body, and without it a consumer could not read the body."""
    body = json.dumps({"id": hashlib.sha256(sent.encode()).hexdigest(), "type": "kept"}).encode()
    name = hashlib.sha256(body if path.endswith("forms") else sent.encode()).hexdigest()
    assert home.post(body, path=path, headers={"Content-Type": sent}).status == 202

    event = _events(home, "everything", f"{path.rpartition('/')[2]}:{name}")[0]

    assert event["datacontenttype"] == said
    assert ("data" in event) == path.endswith("free")


def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_413(home: Home) -> None:
    """The limit is exact, counted on bytes, and nothing is ever cut to fit."""
    fits, over = (json.dumps("x" * (size - 2)).encode() for size in (1000, 1001))

    taken = home.post(fits, path="/webhook/small", headers=NOBODY)
    refused = home.post(over, path="/webhook/small", headers=NOBODY)

    assert taken.status == 202
    _is_problem(refused, 413, "body_too_large")


def test_a_mebibyte_is_taken_by_default(home: Home) -> None:
    """Both homes can carry the default limit."""
    padding = "x" * (1024 * 1024 - len(transaction("mebibyte", merchant_id="m", metadata={"padding": ""})))
    body = transaction("mebibyte", merchant_id="m", metadata={"padding": padding})

    taken = home.post(body)
    refused = home.post(body + b" ")

    assert len(body) == 1024 * 1024
    assert taken.status == 202
    _is_problem(refused, 413, "body_too_large")


def test_headers_beyond_the_limit_are_431(home: Home) -> None:
    """A sender behind a chatty proxy must read which limit it hit."""
    if differs(home, "large_headers"):
        pytest.skip("API Gateway refuses them before hookline is asked; the emulator has no such limit")
    body = transaction("chatty")

    answer = home.post(body, headers=sign(body) | {"X-Padding": "x" * 40_000})

    _is_problem(answer, 431, "headers_too_large")


def test_a_source_above_its_rate_is_429(home: Home) -> None:
    """The answer to one sender's flood asks it to wait, with the time, and the flood takes nothing from the others."""
    flood = [home.post(b"%d" % number, path="/webhook/limited", headers=NOBODY) for number in range(8)]

    other = home.post(transaction("not limited"))

    refused = [answer for answer in flood if answer.status != 202]
    assert 2 <= len(flood) - len(refused) <= 4
    for answer in refused:
        _is_problem(answer, 429, "too_many_requests")
        assert int(answer.headers["retry-after"]) >= 1
    assert other.status == 202


def test_without_storage_senders_are_asked_to_come_again(home: Home) -> None:
    """Our fault is never the sender's: 503, a time to come again, and then the same event is taken."""
    body = transaction("patient")
    with home.without_storage():
        refused = home.post(body)

    accepted = home.post(body)

    _is_problem(refused, 503, "storage_unavailable")
    assert int(refused.headers["retry-after"]) >= 1
    assert accepted.status == 202


@pytest.mark.parametrize(("kind", "queue"), [("payment", "payments"), ("refund", "refunds"), ("dispute", "disputes")])
def test_each_kind_goes_to_its_own_queue(home: Home, kind: str, queue: str) -> None:
    """These are the routes of the first customer."""
    home.post(transaction(f"routed_{kind}", kind=kind))

    found = _take(home, queue, f"transactions:routed_{kind}")

    assert [taken.attributes for taken in found] == [{"event_type": kind, "source": "transactions"}]


def test_an_event_goes_to_every_queue_that_wants_it_and_to_each_once(home: Home) -> None:
    """Two rules that name one queue mean one message on it."""
    home.post(b'{"id": "fan", "type": "both", "total": 250}', path="/webhook/free", headers=NOBODY)

    found = {queue: len(_take(home, queue, "free:fan")) for queue in ("left", "right", "everything", "unrouted")}

    assert found == {"left": 1, "right": 1, "everything": 1, "unrouted": 0}


def test_what_no_route_wants_goes_to_unrouted(home: Home) -> None:
    """A missing rule must not lose events: they wait on a queue that is watched."""
    home.post(b'{"id": "stray", "type": "surprise"}', path="/webhook/free", headers=NOBODY)

    found = _take(home, "unrouted", "free:stray")

    assert len(found) == 1
    assert home.status("free:stray") == ("unmatched", 0)


def test_a_message_is_a_cloud_event_with_the_senders_own_words(home: Home) -> None:
    """CloudEvents 1.0: what consumers' libraries expect, and the sender's own time, not ours."""
    body = transaction("cloud", kind="dispute")
    home.post(body)

    event = _events(home, "disputes", "transactions:cloud")[0]

    assert event.pop("data") == json.loads(body)
    assert event == {
        "specversion": "1.0",
        "id": "transactions:cloud",
        "source": "hookline/transactions",
        "type": "dispute",
        "time": "2026-01-02T03:04:05Z",
        "datacontenttype": "application/json",
        "bodysha256": hashlib.sha256(body).hexdigest(),
    }


@pytest.mark.parametrize(
    "amount",
    [
        "1.10",
        "1.0",
        "100",
        "0.1000000000000000055511151231257827",
        "12345678901234567890.123",
        "1E2",
        "-0",
        "1e-400",
        "1" * 200,
    ],
)
def test_an_amount_comes_out_byte_for_byte(home: Home, amount: str) -> None:
    """Promise 5. 1.10 that becomes 1.1 breaks a signature, and a long number that becomes a float is other money."""
    body = f'{{ "id":"exact {amount}",\r\n\t"type" : "kept","amount":{amount} , "ü":"\\u00fc\\/ü" }}'.encode()
    home.post(body, path="/webhook/free", headers=NOBODY)

    taken = _take(home, "everything", f"free:exact {amount}")[0]

    embedded = taken.body.partition(',"data":')[2].removesuffix("}").encode()
    assert embedded == body
    assert taken.event["bodysha256"] == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("t1", "2026-01-02T03:04:05.10+02:00", "2026-01-02T03:04:05.10+02:00"),
        ("t2", "2026-01-02t03:04:05z", "2026-01-02T03:04:05Z"),
        ("t3", "2026-01-02T03:04:05+23:00", "2026-01-01T04:04:05Z"),
        ("t4", "2016-12-31T23:59:60Z", None),
        ("t5", "yesterday", None),
    ],
)
def test_a_time_that_readers_refuse_reaches_no_queue_and_costs_no_event(
    home: Home, name: str, written: str, said: str | None
) -> None:
    """A consumer's library would refuse the whole message, until it is dead; the sender would be refused at every retry."""
    body = json.dumps({"id": name, "type": "kept", "at": written}).encode()
    assert home.post(body, path="/webhook/timed", headers=NOBODY).status == 202

    event = _events(home, "everything", f"timed:{name}")[0]

    assert event["time"] == said or (said is None and event["time"].endswith("Z"))
    assert event.get("originaltime") == (written if said is None else None)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("beyond", b'{"id": "beyond", "type": "kept", "amount": 1e400}'),
        ("long", b'{"id": "long", "type": "kept", "amount": ' + b"1" * 310 + b"}"),
        ("cut", b'{"id": "cut", "type": "kept", "text": "cut \\ud83d"}'),
        ("cut-name", b'{"id": "cut-name", "type": "kept", "\\ud83d": 1}'),
        ("marked", b'\xef\xbb\xbf{"id": "marked", "type": "kept"}'),
        ("deep", b'{"id": "deep", "type": "kept", "a": ' + b"[" * 3000 + b"]" * 3000 + b"}"),
    ],
)
def test_what_only_the_grammar_allows_travels_as_base64(home: Home, name: str, body: bytes) -> None:
    """RFC 8259 lets a sender write it, so a genuine event must not be refused for it; many consumers could not read the message."""
    answer = home.post(body, path="/webhook/free", headers=NOBODY)

    assert answer.status == 202
    event = _events(home, "everything", f"free:{name}")[0]
    assert base64.b64decode(event["data_base64"]) == body
    assert event["datacontenttype"] == "application/json"
    assert event["bodysha256"] == hashlib.sha256(body).hexdigest()


def test_a_route_looks_into_what_only_the_grammar_allows(home: Home) -> None:
    """The event goes where its data say, like any other."""
    body = b'{"id": "far", "type": "both", "total": 101, "note": "cut \\ud83d", "n": 1e400}'
    home.post(body, path="/webhook/free", headers=NOBODY)

    assert "free:far" in [event["id"] for event in _events(home, "everything", "free:far")]


def test_a_repeated_key_comes_out_repeated(home: Home) -> None:
    """The consumer decides which of two keys counts: hookline embeds both."""
    body = b'{"id": "twice", "type": "kept", "a": 1, "a": 2}'
    home.post(body, path="/webhook/free", headers=NOBODY)

    taken = _take(home, "everything", "free:twice")[0]

    assert body.decode() in taken.body


def test_a_form_travels_as_base64(home: Home) -> None:
    """What is not JSON is kept as bytes: repeated fields survive, and nothing is decoded on the way.

    A form is ASCII; bytes that are not even UTF-8 come through API Gateway only in media types that are configured as binary.
    """
    body = b"a=1&a=2&b=%FF+\x00" + (b"" if differs(home, "binary_form") else b"\xff")
    event_id = f"forms:{hashlib.sha256(body).hexdigest()}"
    home.post(body, path="/webhook/forms", headers={"Content-Type": "application/x-www-form-urlencoded"})

    event = _events(home, "everything", event_id)[0]

    assert base64.b64decode(event["data_base64"]) == body
    assert event["datacontenttype"] == "application/x-www-form-urlencoded"


def test_what_sqs_refuses_travels_as_base64(home: Home) -> None:
    """U+FFFE and U+FFFF are JSON text and no SQS text: the event must not fail in one home and pass in the other."""
    body = '{"id": "odd", "type": "kept", "name": "\ufffe\uffff"}'.encode()
    home.post(body, path="/webhook/free", headers=NOBODY)

    event = _events(home, "everything", "free:odd")[0]

    assert base64.b64decode(event["data_base64"]) == body


def test_a_message_that_nobody_can_consume_goes_to_the_dead_letter_queue(home: Home) -> None:
    """After max_receives (three on payments) a poisonous message no longer blocks the others, and is kept whole."""
    body = transaction("poison")
    home.post(body)
    receives = []
    for _ in range(3):
        taken = _take(home, "payments", "transactions:poison", consume=False)[0]
        receives.append(taken.receives)
        home.give_back("payments", taken)

    fourth = _take(home, "payments", "transactions:poison")
    dead = _events(home, "payments-dlq", "transactions:poison")

    assert receives == [1, 2, 3]
    assert fourth == []
    assert [event["data"] for event in dead] == [json.loads(body)]


def test_slack_s_signed_challenge_comes_back(home: Home) -> None:
    """Slack takes an address only when it does; no part of it is kept, and no model at the edge refuses it."""
    body = b'{"token": "t", "challenge": "3eZbrw1aBm2rZgRNFdxV", "type": "url_verification"}'

    answer = home.post(body, path="/webhook/slack", headers=_like_slack("slack", body, "X-Slack-Signature"))

    _is_greeted(answer, b"3eZbrw1aBm2rZgRNFdxV")


def test_slack_s_unsigned_challenge_does_not(home: Home) -> None:
    """Otherwise anyone could choose what this address answers."""
    body = b'{"challenge": "3eZbrw1aBm2rZgRNFdxV", "type": "url_verification"}'

    answer = home.post(body, path="/webhook/slack", headers=NOBODY)

    _is_problem(answer, 401, "signature_missing")


def test_zoom_s_token_comes_back_hashed(home: Home) -> None:
    """Zoom asks again every 72 hours."""
    body = b'{"event": "endpoint.url_validation", "event_ts": 1654503849680, "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}'
    key = HANDSHAKE_SECRETS["ZOOM_SECRET"].encode()

    answer = home.post(body, path="/webhook/zoom", headers=_like_slack("zoom", body, "x-zm-signature"))

    assert answer.status == 200
    assert answer.json() == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": hmac.new(key, b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest(),
    }


def test_zoom_s_token_that_looks_like_a_signed_body_is_refused(home: Home) -> None:
    """The same key signs bodies: no caller may have one signed."""
    body = b'{"event": "endpoint.url_validation", "payload": {"plainToken": "v0:1654503849:{}"}}'

    answer = home.post(body, path="/webhook/zoom", headers=_like_slack("zoom", body, "x-zm-signature"))

    _is_problem(answer, 400, "handshake_invalid")


def test_meta_s_challenge_comes_back_with_the_right_token(home: Home) -> None:
    """A GET, only on the paths of such senders."""
    query = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="

    right = home.post(b"", path=f"/webhook/meta?{query}a-token-of-the-operators", headers={}, method="GET")
    wrong = home.post(b"", path=f"/webhook/meta?{query}a-token-of-somebody", headers={}, method="GET")

    _is_greeted(right, b"1158201444")
    _is_problem(wrong, 403, "handshake_refused")


def test_dropbox_s_challenge_comes_back_as_text(home: Home) -> None:
    """Percent signs decoded once, and nothing that a browser would run."""
    answer = home.post(b"", path="/webhook/dropbox?challenge=a%20%3Cb%3E%2Bc%25", headers={}, method="GET")

    _is_greeted(answer, b"a <b>+c%")


def test_a_get_that_is_no_handshake_is_refused(home: Home) -> None:
    """Dropbox's path answers only Dropbox's handshake."""
    answer = home.post(b"", path="/webhook/dropbox?hello=there", headers={}, method="GET")

    _is_problem(answer, 400, "handshake_invalid")


def test_trello_finds_its_address_there(home: Home) -> None:
    """A HEAD request, answered with 200 and nothing."""
    answer = home.post(b"", path="/webhook/trello", headers={}, method="HEAD")

    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(("path", "method", "allowed"), [
    ("slack", "GET", "POST"), ("dropbox", "HEAD", "GET, POST"), ("trello", "GET", "HEAD, POST"), ("meta", "PUT", "GET, POST"),
])  # fmt: skip
def test_a_handshake_s_method_is_its_own_sender_s(home: Home, path: str, method: str, allowed: str) -> None:
    """Each method is allowed for one sender only."""
    answer = home.post(b"", path=f"/webhook/{path}?challenge=abc", headers={}, method=method)

    status, _, _ = _other_method(home)
    assert answer.status == status
    assert answer.headers.get("allow") == (None if differs(home, "other_method") else allowed)


def test_asana_s_secret_is_kept_while_the_source_is_armed_and_then_proves_its_events(home: Home) -> None:
    """The operator arms, Asana brings its secret, and from then on signs by it; nobody restarts or deploys anything."""
    key = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81"
    body = b'{"events": [{"action": "changed", "resource": {"gid": "1337"}}]}'
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    address = home.arm("tasks")
    somebody = NOBODY | {"X-Hook-Secret": "a-secret-of-somebody-else"}

    guessed = [
        home.post(b"{}", path=path, headers=somebody) for path in ("/webhook/tasks", "/webhook/tasks?arm=guessed")
    ]
    brought = home.post(b"{}", path=address, headers=NOBODY | {"X-Hook-Secret": key})
    second = home.post(b"{}", path=address, headers=somebody)
    event = home.post(body, path=address, headers=NOBODY | {"X-Hook-Signature": signature})
    forged = home.post(body, path="/webhook/tasks", headers=NOBODY | {"X-Hook-Signature": "0" * 64})

    assert [answer.status for answer in guessed] == [403, 403]
    assert (brought.status, brought.headers["x-hook-secret"]) == (200, key)
    _is_problem(second, 403, "handshake_refused")
    assert event.json()["event_id"] == f"tasks:{hashlib.sha256(body).hexdigest()}"
    _is_problem(forged, 401, "signature_mismatch")


def test_an_unarmed_source_takes_no_secret_from_anybody(home: Home) -> None:
    """The owner of the kept secret can forge every event from then on."""
    key = "0123456789abcdef0123456789abcdef"
    body = b'{"events": [{"action": "changed"}]}'
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()

    brought = home.post(b"{}", path="/webhook/guarded", headers=NOBODY | {"X-Hook-Secret": key})
    event = home.post(body, path="/webhook/guarded", headers=NOBODY | {"X-Hook-Signature": signature})

    _is_problem(brought, 403, "handshake_refused")
    assert "x-hook-secret" not in brought.headers
    _is_problem(event, 401, "signature_mismatch")


def test_an_allowed_address_is_served_with_the_sender_s_own_answer(home: Home) -> None:
    """Nothing but the address proves the sender, and it requires a fixed answer."""
    first = home.post(b'{"id": "near"}', path="/webhook/near", headers=NOBODY)
    again = home.post(b'{"id": "near"}', path="/webhook/near", headers=NOBODY)

    assert [(one.status, one.body) for one in (first, again)] == [(200, b"[accepted]")] * 2
    assert first.headers["content-type"] == "text/plain; charset=utf-8"
    assert home.status("near:near")[0] in {"routed", "unmatched"}


def test_another_address_is_refused_whatever_it_writes(home: Home) -> None:
    """The call is signed correctly, and has every header that a proxy might have written."""
    body = b'{"id": "far"}'
    forwarded = {"X-Forwarded-For": "192.0.2.1", "X-Real-IP": "192.0.2.1", "Forwarded": "for=192.0.2.1"}

    plain = home.post(body, path="/webhook/far", headers=NOBODY | _signed_for_shop(body))
    spoofed = home.post(body, path="/webhook/far", headers=NOBODY | _signed_for_shop(body) | forwarded)

    _is_problem(plain, 403, "address_not_allowed")
    _is_problem(spoofed, 403, "address_not_allowed")
    assert b"192.0.2" not in plain.body


def test_a_challenge_of_an_unknown_sender_comes_back(home: Home) -> None:
    """hookline.toml says where it is: in the query, in a header, or in a signed body."""
    body = b'{"type": "verify", "challenge": "3eZbrw1aBm2rZgRNFdxV"}'

    asked = home.post(b"", path="/webhook/own?challenge=a%20%3Cb%3E", headers={}, method="GET")
    named = home.post(b"", path="/webhook/own", headers={"X-Challenge": "3eZbrw1aBm2rZgRNFdxV"}, method="GET")
    signed = home.post(body, path="/webhook/own", headers=NOBODY | _signed_for_shop(body))
    unsigned = home.post(body, path="/webhook/own", headers=NOBODY)

    assert asked.json() == {"challenge": "a <b>"}
    assert asked.headers["x-content-type-options"] == "nosniff"
    assert (named.status, named.headers["x-answer"]) == (200, "3eZbrw1aBm2rZgRNFdxV")
    _is_greeted(signed, b"3eZbrw1aBm2rZgRNFdxV")
    _is_problem(unsigned, 401, "signature_missing")


def test_an_origin_is_allowed_by_options(home: Home) -> None:
    """CloudEvents asks by a method of its own, which the gateway has only on this path."""
    right = home.post(
        b"", path="/webhook/own", headers={"WebHook-Request-Origin": "events.example.com"}, method="OPTIONS"
    )
    wrong = home.post(
        b"", path="/webhook/own", headers={"WebHook-Request-Origin": "other.example.com"}, method="OPTIONS"
    )
    elsewhere = home.post(
        b"", path="/webhook/free", headers={"WebHook-Request-Origin": "events.example.com"}, method="OPTIONS"
    )

    assert right.status == 200
    assert right.headers["webhook-allowed-origin"] == "events.example.com"
    assert right.headers["webhook-allowed-rate"] == "120"
    _is_problem(wrong, 403, "handshake_refused")
    assert elsewhere.status == _other_method(home)[0]


def test_a_look_at_an_unknown_sender_s_address_is_answered(home: Home) -> None:
    """HEAD, with 200 and nothing."""
    answer = home.post(b"", path="/webhook/own", headers={}, method="HEAD")

    assert (answer.status, answer.body) == (200, b"")


def test_a_code_comes_back_hashed_and_opens_nothing(home: Home) -> None:
    """LinkedIn's form. Nobody can obtain the hash of a text that could be a body, and no such body is taken."""
    key = HANDSHAKE_SECRETS["LEADS_SECRET"].encode()

    answer = home.post(b"", path="/webhook/leads?code=890e4665-4dfe", headers={}, method="GET")
    number = home.post(b"", path="/webhook/leads?code=12", headers={}, method="GET")
    forged = home.post(
        b"12", path="/webhook/leads", headers=NOBODY | {"X-Leads-Signature": hmac.new(key, b"12", "sha256").hexdigest()}
    )

    assert answer.json() == {"code": "890e4665-4dfe", "hash": hmac.new(key, b"890e4665-4dfe", "sha256").hexdigest()}
    _is_problem(number, 400, "handshake_invalid")
    _is_problem(forged, 400, "body_not_json")


def _not_json(home: Home) -> str:
    """API Gateway's model is asked before any signature, and has one word for all that does not fit it."""
    return "schema_mismatch" if differs(home, "model_first") else "body_not_json"


def _other_method(home: Home) -> tuple[int, str, str | None]:
    """Status, code and ``Allow``. To API Gateway a method that is not there is the same as a path that is not there."""
    return (404, "unknown_path", None) if differs(home, "other_method") else (405, "method_not_allowed", "POST")


def test_a_refused_request_is_kept_shown_and_explained(home: Home) -> None:
    """Why a signature does not fit can be found only over the very bytes, in both homes by the same words."""
    body = transaction("kept") + b"\n"
    sent = sign(transaction("kept"))  # over the body without its last byte

    number = _refused_and_kept(home, body, sent, "signature_mismatch")
    shown = json.loads(home.operate("rejected", "show", str(number), "--json"))
    diagnosis = json.loads(home.operate("doctor", "--rejected", str(number), "--json"))

    assert shown["body"].encode() == body
    assert shown["headers"]["webhook-signature"] == [sent["webhook-signature"]]
    assert diagnosis["finding"]["cause"] == "line_end"


def test_a_refused_request_is_accepted_once_its_reason_is_gone(home: Home) -> None:
    """An event that its sender proved must not be lost to a name that occurs twice."""
    body = transaction("retried").replace(b'"amount"', b'"amount": "99.99", "amount"', 1)
    number = _refused_and_kept(home, body, sign(body), "body_ambiguous")

    why = ("--reason", "looked at by two of us")
    retried = json.loads(home.operate("rejected", "retry", str(number), "--accept-ambiguous", *why, "--json"))
    entry = json.loads(home.operate("audit", "--limit", "1", "--json"))[0]
    left = json.loads(home.operate("rejected", "list", "--limit", "100", "--json"))

    assert [(one["id"], one["outcome"], one["event_id"]) for one in retried] == [
        (number, "new", "transactions:retried")
    ]
    assert number not in [one["id"] for one in left]
    assert (entry["action"], entry["subject"], entry["affected"]) == ("retry", f"rejected {number}", 1)
    assert entry["reason"] == why[1]
    (event,) = _events(home, "payments", "transactions:retried")
    assert event["bodysha256"] == hashlib.sha256(body).hexdigest()


def _refused_and_kept(home: Home, body: bytes, headers: Mapping[str, str], code: str) -> int:
    """The id of a request that was refused. It is sent again until it is kept: that it is kept is not promised to every one."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        answer = home.post(body, headers=headers)
        _is_problem(answer, CODES[code].status or 0, code)
        time.sleep(0.5)
        for one in json.loads(home.operate("rejected", "list", "--limit", "100", "--json")):
            if (one["code"], one["size"]) == (code, len(body)) and _shown(home, one["id"]) == body:
                return int(one["id"])
    raise AssertionError(f"nothing is kept with {code}: {home.said()}")


def _shown(home: Home, number: int) -> bytes:
    """The body of a request that is kept."""
    return str(json.loads(home.operate("rejected", "show", str(number), "--json"))["body"]).encode()


def _like_twilio(home: Home, query: str) -> Answer:
    """The answer to a call that is signed with its query."""
    signed = f"https://hooks.example.com/webhook/twilio?{query}MessageSid{query}".encode()
    key = HANDSHAKE_SECRETS["TWILIO_SECRET"].encode()
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha1).digest()).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return home.post(urlencode({"MessageSid": query}).encode(), path=f"/webhook/twilio?{query}", headers=headers)


def _like_slack(source: str, body: bytes, header: str) -> dict[str, str]:
    """Signed over version, time and body, as Slack and Zoom do it."""
    moment = str(int(time.time()))
    key = HANDSHAKE_SECRETS[f"{source.upper()}_SECRET"].encode()
    digest = hmac.new(key, f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
    times = {"slack": "X-Slack-Request-Timestamp", "zoom": "x-zm-request-timestamp"}
    return NOBODY | {header: f"v0={digest}", times[source]: moment}


def _signed_for_shop(body: bytes) -> dict[str, str]:
    """A signature over the bytes that are sent."""
    digest = hmac.new(SHOP_SECRETS["SHOP_SECRET"].encode(), body, hashlib.sha256).hexdigest()
    return {"X-Shop-Signature": f"sha256={digest}"}


def _is_greeted(answer: Answer, body: bytes) -> None:
    """The challenge, as text that no browser takes for a page."""
    assert (answer.status, answer.body) == (200, body), answer
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def _is_problem(answer: Answer, status: int, code: str) -> None:
    """RFC 9457, with the stable code that the reference lists."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["code"] == code
    assert document["status"] == status == CODES[code].status
    assert document["type"].endswith(code)
    assert document["title"]
    assert document["detail"]


def _take(home: Home, queue: str, event_id: str, *, consume: bool = True) -> list[Taken]:
    """The messages of ``event_id``; others on the queue are consumed by the way."""
    found = []
    while batch := home.receive(queue):
        for taken in batch:
            wanted = taken.event["id"] == event_id
            found += [taken] if wanted else []
            if consume or not wanted:
                home.delete(queue, taken)
        if found:
            return found
    return found


def _events(home: Home, queue: str, event_id: str) -> list[dict[str, Any]]:  # as in Taken.event
    return [taken.event for taken in _take(home, queue, event_id)]


def _consumed(home: Home, queue: str) -> list[str]:
    """Every event id on ``queue``, which is empty then."""
    found = []
    while batch := home.receive(queue):
        for taken in batch:
            home.delete(queue, taken)
            found.append(taken.event["id"])
    return found
