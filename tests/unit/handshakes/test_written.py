"""Handshakes that hookline.toml itself describes: each way to ask and to answer, as the senders that need it do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from hookline.config import parse
from hookline.domain.secret import Secret
from hookline.errors import Rejected
from hookline.providers.handshakes.ping import FixedAnswer
from hookline.testing import MemoryHome
from unit.builders import NOW
from unit.handshakes.homes import AT, HMAC, SECRET, TOKEN, call, get, post, shaking
from unit.providers.test_catalogue import call as catalogue_call
from vectors.senders import KEYS, secret_of

if TYPE_CHECKING:
    from hookline.testing import Answer

CHALLENGE = "3eZbrw1aBm2rZgRNFdxV"
SCRIPT = "<script>alert(1)</script>"
GRID = "Microsoft.EventGrid.SubscriptionValidationEvent"


def _hmac(text: str, algorithm: str = "sha256") -> str:
    return hmac.new(SECRET, text.encode(), algorithm).hexdigest()


def _signed(at: MemoryHome, body: bytes, **headers: str) -> Answer:
    return at.send("it", body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def _is_greeted(answer: Answer, challenge: str = CHALLENGE) -> None:
    assert (answer.status, answer.body.decode(), answer.outcome) == (200, challenge, "handshake")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_challenge_in_the_query_comes_back() -> None:
    """Nylas and Adobe I/O ask in this way."""
    _is_greeted(get(shaking('{ echo = "challenge" }'), challenge=CHALLENGE))


def test_the_spelling_of_its_name_is_the_sender_s() -> None:
    """SharePoint writes the name in lower case."""
    at = shaking('{ echo = "validationtoken", method = "POST", signed = false }')

    _is_greeted(post(at, b"", query=f"validationtoken={CHALLENGE}"))
    assert post(at, b"", query=f"validationToken={CHALLENGE}").status == 401


def test_a_name_may_need_escapes() -> None:
    """Senders usually escape brackets as percent signs."""
    at = shaking('{ echo = "hub[challenge]" }')

    _is_greeted(at.post(call("GET", query=f"hub%5Bchallenge%5D={CHALLENGE}")))


def test_a_challenge_in_json_comes_back_as_json() -> None:
    """Under its own name, or under the name that the sender wants."""
    own = get(shaking('{ echo = "challenge", as = "json" }'), challenge=CHALLENGE)
    named = get(shaking('{ echo = "challenge", as = "json", name = "answer" }'), challenge=CHALLENGE)

    assert [json.loads(one.body) for one in (own, named)] == [{"challenge": CHALLENGE}, {"answer": CHALLENGE}]
    assert own.headers["content-type"] == "application/json"
    assert own.headers["x-content-type-options"] == "nosniff"


def test_a_challenge_in_a_header_comes_back_in_a_header() -> None:
    """RingCentral uses Validation-Token, Smartsheet a header with another name."""
    same = shaking('{ echo = "Validation-Token", in = "header", method = "POST", signed = false, as = "header" }')
    other = shaking(
        '{ echo = "Hook-Challenge", in = "header", method = "POST", signed = false, as = "header", name = "Hook-Response" }'
    )

    first, second = post(same, b"{}", Validation_Token=CHALLENGE), post(other, b"{}", Hook_Challenge=CHALLENGE)

    assert (first.status, first.body, first.headers["validation-token"]) == (200, b"", CHALLENGE)
    assert second.headers["hook-response"] == CHALLENGE


def test_an_event_without_the_header_is_an_event() -> None:
    """An event has the same path and method as a handshake."""
    at = shaking('{ echo = "Validation-Token", in = "header", method = "POST", signed = false, as = "header" }')

    assert _signed(at, b"{}").status == 202


def test_a_signed_challenge_in_the_body_comes_back() -> None:
    """The body says that it is a challenge, as Slack's does."""
    at = shaking('{ echo = "challenge", in = "body", when = { type = "url_verification" } }')

    _is_greeted(_signed(at, json.dumps({"type": "url_verification", "challenge": CHALLENGE, "more": 1}).encode()))
    assert at.queues.peek("unrouted") == []


def test_an_unsigned_one_does_not() -> None:
    """A call by POST is verified as an event is, unless the source says otherwise."""
    at = shaking('{ echo = "challenge", in = "body", when = { type = "url_verification" } }')

    answer = post(at, json.dumps({"type": "url_verification", "challenge": CHALLENGE}).encode())

    assert (answer.status, answer.outcome) == (401, "signature_missing")
    assert CHALLENGE.encode() not in answer.body


def test_a_body_that_says_nothing_must_hold_the_challenge_and_nothing_else() -> None:
    """An event may have a member of this name."""
    at = shaking('{ echo = "challenge", in = "body", signed = false }')

    _is_greeted(post(at, json.dumps({"challenge": CHALLENGE}).encode()))
    assert _signed(at, json.dumps({"challenge": CHALLENGE, "id": 1}).encode()).status == 202


@pytest.mark.parametrize("value", ["1", "true", '"a/b"', '"\\u00e9"'])
def test_a_condition_compares_values_in_the_body(value: str) -> None:
    """The value may be a number, a boolean, or text with any escapes."""
    at = shaking(f'{{ echo = "data.code", in = "body", when = {{ "kind.of" = {value} }} }}')
    body = {"kind": {"of": json.loads(value)}, "data": {"code": CHALLENGE}}

    _is_greeted(_signed(at, json.dumps(body).encode()))
    _is_greeted(_signed(at, json.dumps(body).replace("/", "\\/").encode()))
    assert _signed(at, json.dumps({**body, "kind": {"of": "other"}}).encode()).status == 202


def test_one_is_not_true() -> None:
    """JSON distinguishes them, and so does a condition."""
    at = shaking('{ echo = "code", in = "body", when = { kind = 1 } }')

    assert _signed(at, b'{"kind": true, "code": "abc"}').status == 202
    assert _signed(at, b'{"kind": "1", "code": "abc"}').status == 202


def test_conditions_may_look_elsewhere() -> None:
    """A condition may read a header that names the kind of the call, as Twitch's does."""
    at = shaking('{ echo = "challenge", in = "body", when = { "header:X-Kind" = "verify", "query:v" = "2" } }')
    body = json.dumps({"challenge": CHALLENGE}).encode()

    header_only = _signed(at, body, X_Kind="verify")
    request = at.request("it", body, headers={"X-Kind": "verify"})
    both = at.post(
        call("POST", body, "v=2", **{name.replace("-", "_"): value for name, value in request.headers.items()})
    )

    assert header_only.status == 202
    _is_greeted(both)


RUNS = '{ echo = "hub.challenge", when = { "hub.mode" = "subscribe" }, token = "hub.verify_token", token_secret = "IT_TOKEN", as = "json" }'
ASKED = {"hub.mode": "subscribe", "hub.challenge": CHALLENGE, "hub.verify_token": TOKEN.decode()}


def test_a_challenge_comes_back_to_who_knows_the_token() -> None:
    """Strava sends Meta's question and expects JSON as the answer."""
    assert json.loads(get(shaking(RUNS), **ASKED).body) == {"hub.challenge": CHALLENGE}


@pytest.mark.parametrize("token", ["", "a-token-of-somebody", TOKEN.decode()[:-1], f"{TOKEN.decode()}x", "é", None])
def test_it_does_not_to_others(token: str | None) -> None:
    """A question without a token is treated as one with a wrong token."""
    query = {name: value for name, value in (ASKED | {"hub.verify_token": token}).items() if value is not None}

    answer = get(shaking(RUNS), **query)

    assert (answer.status, answer.outcome) == (403, "handshake_refused")
    assert CHALLENGE.encode() not in answer.body


def test_a_signed_call_may_have_a_token_too() -> None:
    """Lark's calls must prove both when the source verifies."""
    at = shaking(
        '{ echo = "challenge", in = "body", when = { type = "verify" }, token = "token", token_secret = "IT_TOKEN", as = "json" }'
    )
    body = {"type": "verify", "challenge": CHALLENGE, "token": TOKEN.decode()}

    right = _signed(at, json.dumps(body).encode())
    wrong = _signed(at, json.dumps(body | {"token": SECRET.decode()}).encode())
    unsigned = post(at, json.dumps(body).encode())

    assert json.loads(right.body) == {"challenge": CHALLENGE}
    assert (wrong.status, unsigned.status) == (403, 401)


def test_a_challenge_may_be_the_token() -> None:
    """Acrobat Sign wants its client's id back, and gets it only when it is the right one."""
    at = shaking('{ echo = "X-Client", in = "header", as = "header", token = "X-Client", token_secret = "IT_TOKEN" }')

    right, wrong = at.post(call("GET", X_Client=TOKEN.decode())), at.post(call("GET", X_Client="other"))

    assert (right.status, right.headers["x-client"]) == (200, TOKEN.decode())
    assert (wrong.status, wrong.headers.get("x-client")) == (403, None)


def test_a_challenge_comes_back_hashed() -> None:
    """LinkedIn expects the code and its hash by the client's secret, in hex."""
    at = shaking(
        '{ echo = "challengeCode", answer = "hmac-sha256", as = "json", name = "challengeResponse", repeat = "challengeCode" }'
    )

    answer = get(at, challengeCode="890e4665-4dfe-4ab1-b689-ed553bceeed0")

    assert json.loads(answer.body) == {
        "challengeCode": "890e4665-4dfe-4ab1-b689-ed553bceeed0",
        "challengeResponse": _hmac("890e4665-4dfe-4ab1-b689-ed553bceeed0"),
    }


def test_a_hash_is_written_as_the_sender_wants_it() -> None:
    """Senders choose the algorithm, the encoding and a prefix."""
    at = shaking('{ echo = "c", answer = "hmac-sha1", encoding = "base64", prefix = "sha1=" }')

    answer = get(at, c="abc")

    assert answer.body == b"sha1=" + _base64("abc")


def _base64(text: str) -> bytes:
    """HMAC-SHA1 in base64."""
    return base64.b64encode(hmac.new(SECRET, text.encode(), hashlib.sha1).digest())


def test_a_signed_challenge_comes_back_hashed() -> None:
    """Smartcar sends the challenge in a nested member and hashes it with the token that signs."""
    at = shaking(
        '{ echo = "data.challenge", in = "body", when = { eventType = "VERIFY" }, answer = "hmac-sha256", as = "json", name = "challenge" }'
    )

    answer = _signed(at, json.dumps({"eventType": "VERIFY", "data": {"challenge": CHALLENGE}}).encode())

    assert json.loads(answer.body) == {"challenge": _hmac(CHALLENGE)}


def test_a_fixed_text_is_answered() -> None:
    """Meraki expects its validator in the body, Vercel in a header."""
    text, header = (
        shaking('{ text = "a1b2c3" }'),
        shaking('{ text = "a1b2c3", as = "header", name = "x-vercel-verify" }'),
    )

    _is_greeted(get(text), "a1b2c3")
    assert (get(header).status, get(header).headers["x-vercel-verify"], get(header).body) == (200, "a1b2c3", b"")


def test_a_fixed_text_may_be_a_secret_that_an_option_names() -> None:
    """For named senders: the text is the user's. One that cannot be sent is not."""
    kind = FixedAnswer(reply="header", under="x-vercel-verify", option="verify_code")

    reply = kind.answer(call("GET"), [Secret(name="CODE", value=b"a1b2c3")])

    assert reply.headers == (("x-vercel-verify", "a1b2c3"),)
    with pytest.raises(Rejected, match="printable"):
        kind.answer(call("GET"), [Secret(name="CODE", value=b"a\r\nb: c")])


def test_a_token_without_a_challenge_is_right_or_unknown() -> None:
    """Fitbit calls twice, once with a wrong code, and expects 204 and 404."""
    at = shaking('{ token = "verify", token_secret = "IT_TOKEN" }')

    right, wrong, other = get(at, verify=TOKEN.decode()), get(at, verify="a-wrong-code"), get(at, hello="there")

    assert (right.status, right.body) == (204, b"")
    assert (wrong.status, wrong.outcome) == (404, "handshake_unknown")
    assert other.status == 400


def test_a_look_is_answered() -> None:
    """Mailchimp checks the address with GET, Mandrill with HEAD."""
    at = shaking('[{ method = "GET" }, { method = "HEAD", status = 204 }]')

    looked, headed, put = get(at, any="thing"), at.post(call("HEAD")), at.post(call("PUT"))

    assert (looked.status, looked.body) == (200, b"")
    assert headed.status == 204
    assert (put.status, put.headers["allow"]) == (405, "GET, HEAD, POST")


def test_a_signed_test_call_is_answered_and_not_kept() -> None:
    """Some senders test an address with a signed POST."""
    at = shaking('{ method = "POST", when = { "body:type" = "ping" } }')

    ping, forged, event = _signed(at, b'{"type":"ping"}'), post(at, b'{"type":"ping"}'), _signed(at, b'{"type":"pong"}')

    assert (ping.status, ping.outcome, forged.status, event.status) == (200, "handshake", 401, 202)


def test_the_first_that_fits_answers() -> None:
    """Handshakes are tried in the order of the file."""
    at = shaking('[{ echo = "a" }, { echo = "b", as = "json" }, { text = "looked" }]')

    answers = [get(at, a="1", b="2"), get(at, b="2"), get(at)]

    assert [one.body for one in answers] == [b"1", b'{"b":"2"}', b"looked"]


def test_a_secret_that_the_sender_brings_is_kept_while_the_source_is_armed() -> None:
    """Clio's handshake has Asana's form. An unarmed source accepts no secret: the guard is the same."""
    toml = f'[sources.it]\nverify = {HMAC}\nid = "content-hash"\nhandshake = {{ secret_header = "X-Hook-Secret" }}\n[queues.all]\n'
    config = parse(toml, base=Path())
    at = MemoryHome(config, {}, start=AT)

    answer = post(at, b"{}", X_Hook_Secret="b537207f20cbfa02357cf448134da559")

    assert config.learning_sources == ("it",)
    assert (answer.status, answer.outcome) == (403, "handshake_refused")


SUB = '{ kind = "websub", topics = ["https://videos.example.com/feed?channel=1"] }'
TOPIC = "https://videos.example.com/feed?channel=1"


def _hub(at: MemoryHome, mode: str, topic: str, **more: str) -> Answer:
    return at.post(
        call("GET", query=urlencode({"hub.mode": mode, "hub.topic": topic, "hub.challenge": CHALLENGE, **more}))
    )


def test_a_hub_hears_that_a_topic_is_wanted() -> None:
    """YouTube and every other WebSub hub ask this question."""
    _is_greeted(_hub(shaking(SUB), "subscribe", TOPIC, **{"hub.lease_seconds": "432000"}))


@pytest.mark.parametrize("topic", [f"{TOPIC}0", TOPIC.upper(), "", "https://videos.example.com/feed"])
def test_a_hub_hears_that_another_is_not(topic: str) -> None:
    """Anyone may ask a hub to subscribe this address to anything."""
    answer = _hub(shaking(SUB), "subscribe", topic)

    assert (answer.status, answer.outcome) == (404, "handshake_unknown")
    assert CHALLENGE.encode() not in answer.body


def test_nobody_else_ends_a_subscription() -> None:
    """Anyone may ask a hub to end a subscription; it ends only when hookline.toml no longer has the topic."""
    wanted, other = _hub(shaking(SUB), "unsubscribe", TOPIC), _hub(shaking(SUB), "unsubscribe", f"{TOPIC}0")

    assert (wanted.status, wanted.outcome) == (404, "handshake_unknown")
    _is_greeted(other)


def test_a_denial_is_only_taken_note_of() -> None:
    """The hub expects no answer to a denial."""
    answer = _hub(shaking(SUB), "denied", TOPIC, **{"hub.reason": "no"})

    assert (answer.status, answer.body) == (200, b"")


def test_an_older_hub_repeats_a_token() -> None:
    """PubSubHubbub 0.3 had such a token."""
    at = shaking(SUB.replace(" }", ', token_secret = "IT_TOKEN" }'))

    right = _hub(at, "subscribe", TOPIC, **{"hub.verify_token": TOKEN.decode()})
    wrong = _hub(at, "subscribe", TOPIC)

    _is_greeted(right)
    assert wrong.status == 403


def _asked(at: MemoryHome, origin: str, **headers: str) -> Answer:
    return at.post(call("OPTIONS", b"", "", WebHook_Request_Origin=origin, **headers))


def test_an_origin_may_deliver() -> None:
    """CloudEvents asks before it delivers; the name is compared without case, as in DNS."""
    at = shaking('{ kind = "cloudevents", origins = ["eventemitter.example.com"], rate = "2/s" }')

    answer = _asked(at, "EventEmitter.example.com", WebHook_Request_Rate="1000")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["webhook-allowed-origin"] == "EventEmitter.example.com"
    assert answer.headers["webhook-allowed-rate"] == "120"
    assert answer.headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize(
    "origin", ["other.example.com", "eventemitter.example.com.evil.example", "*", "a\r\nb: c", "a b", ""]
)
def test_another_origin_may_not(origin: str) -> None:
    """No part of it comes back."""
    answer = _asked(shaking('{ kind = "cloudevents", origins = ["eventemitter.example.com"] }'), origin)

    assert answer.status in (400, 403)
    assert "webhook-allowed-origin" not in answer.headers


def test_any_origin_can_be_meant() -> None:
    """The signature keeps others out; a header with an invalid name is still no origin."""
    at = shaking('{ kind = "cloudevents", origins = ["*"] }')

    assert _asked(at, "anyone.example").headers["webhook-allowed-rate"] == "*"
    assert _asked(at, "a\r\nset-cookie: b").status == 400


@pytest.mark.parametrize("handshake", ['"event-grid"', '{ kind = "event-grid" }'])
def test_event_grid_hears_its_code(handshake: str) -> None:
    """Its first event, in the schema of Event Grid, and OPTIONS in that of CloudEvents."""
    at = shaking(handshake, verify='{ scheme = "none" }')
    body = [
        {"id": "2d1781af", "topic": "/subscriptions/x", "eventType": GRID, "data": {"validationCode": "512d38b6-c7b8"}}
    ]

    validated = post(at, json.dumps(body).encode(), aeg_event_type="SubscriptionValidation")
    allowed = _asked(at, "eventgrid.azure.net", WebHook_Request_Rate="120")

    assert json.loads(validated.body) == {"validationResponse": "512d38b6-c7b8"}
    assert allowed.headers["webhook-allowed-origin"] == "eventgrid.azure.net"
    assert at.queues.peek("unrouted") == []


def test_event_grid_s_code_is_verified_as_its_events_are() -> None:
    """A scheme that verifies gives the code back only to the sender."""
    body = json.dumps([{"eventType": GRID, "data": {"validationCode": "512d38b6"}}]).encode()

    assert post(shaking('"event-grid"'), body).status == 401
    assert json.loads(_signed(shaking('"event-grid"'), body).body) == {"validationResponse": "512d38b6"}


@pytest.mark.parametrize(
    "body",
    [
        [{"eventType": GRID, "data": {"validationCode": "a"}}, {"eventType": "Other", "data": {}}],
        [{"eventType": "Other", "data": {"eventType": GRID}}],
        {"eventType": GRID, "data": {"validationCode": "a"}},
        [],
    ],
)
def test_other_lists_are_events(body: object) -> None:
    """A list that is no handshake is stored as one event."""
    assert _signed(shaking('"event-grid"'), json.dumps([body, GRID] if body == [] else body).encode()).status == 202


HOSTILE = {
    "query": '{ echo = "challenge" }',
    "json": '{ echo = "challenge", as = "json" }',
    "header": '{ echo = "challenge", as = "header", name = "X-Answer" }',
    "websub": '{ kind = "websub", topics = ["t"] }',
}


@pytest.mark.parametrize("how", HOSTILE)
@pytest.mark.parametrize(
    "challenge", ["", "é", "a\nb", "a\r\nset-cookie: b=c", "\0", "\x7f", "x" * 2049, "x" * 100_000, "\u2028"]
)
def test_what_no_sender_sends_is_not_echoed(how: str, challenge: str) -> None:
    """It echoes no header, no page and no letter of another origin."""
    answer = get(
        shaking(HOSTILE[how]),
        **{"challenge": challenge, "hub.mode": "subscribe", "hub.topic": "t", "hub.challenge": challenge},
    )

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")
    assert "set-cookie" not in answer.headers
    assert not challenge or challenge.encode() not in answer.body


@pytest.mark.parametrize("how", HOSTILE)
def test_an_echo_is_never_a_page(how: str) -> None:
    """Anyone may send the link around."""
    answer = get(
        shaking(HOSTILE[how]),
        **{"challenge": SCRIPT, "hub.mode": "subscribe", "hub.topic": "t", "hub.challenge": SCRIPT},
    )

    assert answer.status == 200
    assert answer.headers.get("content-type", "text/plain").startswith(("text/plain", "application/json"))
    assert how == "header" or answer.headers["x-content-type-options"] == "nosniff"


def test_a_large_body_is_no_handshake() -> None:
    """No caller can make the server parse a large body for a challenge: it is checked as an event."""
    at = shaking('{ echo = "challenge", in = "body", when = { type = "verify" }, signed = false }')
    body = json.dumps({"type": "verify", "challenge": CHALLENGE, "more": "x" * 70_000}).encode()

    assert post(at, body).status == 401


def test_a_body_that_can_be_read_in_two_ways_is_refused() -> None:
    """What is echoed must not depend on which of two members is read."""
    at = shaking('{ echo = "challenge", in = "body", when = { type = "verify" } }')

    answer = _signed(at, b'{"type": "verify", "challenge": "a", "challenge": "b"}')

    assert (answer.status, answer.outcome) == (400, "body_ambiguous")


def test_a_source_without_one_answers_no_other_method() -> None:
    """A source answers other methods only when it asks for handshakes."""
    toml = f'[sources.it]\nverify = {HMAC}\nid = "content-hash"\n[queues.all]\n'
    at = MemoryHome(parse(toml, base=Path()), {"IT_SECRET": SECRET}, start=AT)

    assert [at.post(call(method, query="challenge=a")).status for method in ("GET", "HEAD", "OPTIONS")] == [405] * 3


def test_a_signed_question_of_a_sender_with_a_fetched_key_is_answered() -> None:
    """The key is fetched for it too; without a signature no key is fetched."""
    verify = '{ scheme = "paypal", secrets = ["IT_SECRET"] }'
    toml = f'[sources.it]\nverify = {verify}\nhandshake = {{ echo = "a", signed = true }}\n[queues.all]\n'
    at = MemoryHome(parse(toml, base=Path()), {"IT_SECRET": secret_of("paypal")}, start=NOW, keys=KEYS)
    asked = replace(catalogue_call("paypal"), method="GET", path="/webhook/it", query=f"a={CHALLENGE}")

    signed, unsigned = at.post(asked), get(at, a=CHALLENGE)

    _is_greeted(signed)
    assert unsigned.status == 401
    assert CHALLENGE.encode() not in unsigned.body
