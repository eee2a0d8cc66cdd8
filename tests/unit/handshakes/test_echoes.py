"""Challenges that are echoed: to which callers, and in which form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hookline.errors import Rejected
from hookline.providers import PROVIDERS
from unit.handshakes.homes import URL, call, get, home, post, signed

if TYPE_CHECKING:
    from hookline.providers.handshakes.handshake import Kind

SCRIPT = "<script>alert(1)</script>"
GRAPH, OKTA, MONDAY = (PROVIDERS[name].handshakes[0] for name in ("microsoft-graph", "okta", "monday"))


def test_dropbox_hears_its_challenge() -> None:
    """Dropbox accepts an address only when it echoes, as text, and asks for nosniff itself."""
    answer = get(home("dropbox"), challenge="A-b_3")

    assert (answer.status, answer.body, answer.outcome) == (200, b"A-b_3", "handshake")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_echo_is_never_a_page() -> None:
    """Anyone may send the link around: every browser must show its content as text."""
    answer = get(home("dropbox"), challenge=SCRIPT)

    assert answer.body == SCRIPT.encode()
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("challenge", ["", "é", "a\nb", "a\r\nset-cookie: b", "\0", "x" * 2049])
def test_what_no_sender_sends_is_not_echoed(challenge: str) -> None:
    """An echo of any text could be abused by others."""
    answer = get(home("dropbox"), challenge=challenge)

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")
    assert challenge.encode() not in answer.body or not challenge


def test_a_get_without_a_challenge_is_no_handshake() -> None:
    """A browser or a scanner reads that there is nothing here."""
    answer = get(home("dropbox"), hello="there")

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")


@pytest.mark.parametrize(("scheme", "method", "allowed"), [
    ("dropbox", "PUT", "GET, POST"), ("trello", "GET", "HEAD, POST"), ("slack", "GET", "POST"), ("stripe", "GET", "POST"),
    ("asana", "GET", "POST"), ("x", "HEAD", "GET, POST"), ("xero", "HEAD", "POST"),
])  # fmt: skip
def test_other_methods_stay_shut(scheme: str, method: str, allowed: str) -> None:
    """Only senders whose handshake uses a method have it, and the answer names the allowed ones (RFC 9110 section 15.5.6)."""
    at = home(scheme, source='public_url = "https://hooks.example.com/t"' if scheme == "trello" else "")

    answer = at.post(call(method, query={"challenge": "abc", "crc_token": "abc"}))

    assert (answer.status, answer.outcome) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


def test_slack_hears_its_challenge_once_it_has_signed() -> None:
    """The first call of an app: signed, and answered with the challenge instead of being kept."""
    at = home("slack")

    answer = signed(
        at,
        b'{"type": "url_verification", "token": "t", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}',
    )

    assert (answer.status, answer.body) == (200, b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")
    assert answer.headers["content-type"].startswith("text/plain")
    assert at.queues.peek("unrouted") == []


def test_slack_s_challenge_is_not_echoed_to_a_caller_that_has_not_signed() -> None:
    """Otherwise anyone could make the address answer with any text."""
    answer = post(home("slack"), b'{"type": "url_verification", "challenge": "abc"}')

    assert (answer.status, answer.outcome) == (401, "signature_missing")
    assert b"abc" not in answer.body


def test_slack_s_stale_challenge_is_not_echoed() -> None:
    """A recorded handshake is a replay like any other."""
    at = home("slack")
    request = at.request("it", b'{"type": "url_verification", "challenge": "abc"}')
    late = call(
        "POST",
        request.body,
        **{name.replace("-", "_"): value for name, value in request.headers.items()}
        | {"x_slack_request_timestamp": "1"},
    )

    answer = at.post(late)

    assert (answer.status, answer.outcome) == (401, "timestamp_outside_tolerance")


@pytest.mark.parametrize(
    "body",
    [
        b'{"type": "url_verification"}',
        b'{"type": "url_verification", "challenge": 5}',
        b'{"type": "url_verification", "challenge": "\\u0000"}',
    ],
)
def test_a_signed_challenge_must_be_text(body: bytes) -> None:
    """What is not text has no echo; it is reported and raises nothing."""
    answer = signed(home("slack"), body)

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")


def test_an_event_that_mentions_a_handshake_is_an_event() -> None:
    """An event whose message contains the word must not be lost."""
    at = home("slack")

    answer = signed(
        at, b'{"type": "event_callback", "event_id": "Ev1", "event": {"type": "message", "text": "url_verification"}}'
    )

    assert answer.event_id == "it:Ev1"


TWITCH = {
    "Twitch_Eventsub_Message_Id": "m1",
    "Twitch_Eventsub_Message_Type": "webhook_callback_verification",
    "Twitch_Eventsub_Subscription_Type": "stream.online",
}


def test_twitch_hears_its_challenge_once_it_has_signed() -> None:
    """A subscription stays pending until its challenge comes back as text."""
    body = b'{"challenge": "pogchamp-kappa-360noscope-vohiyo", "subscription": {"id": "f1c2"}}'

    answer = signed(home("twitch"), body, **{name: value for name, value in TWITCH.items() if "Type" in name})

    assert (answer.status, answer.body) == (200, b"pogchamp-kappa-360noscope-vohiyo")


def test_twitch_s_unsigned_challenge_is_not_echoed() -> None:
    """A stranger can write any header, so the signature decides."""
    answer = post(home("twitch"), b'{"challenge": "abc"}', **TWITCH)

    assert (answer.status, answer.outcome) == (401, "signature_missing")


def test_graph_s_token_comes_back_decoded_as_text() -> None:
    """Microsoft Graph sends it encoded, wants it decoded, and warns of markup in it."""
    request = call("POST", query={"validationToken": f"Validation: Testing {SCRIPT}"})

    reply = GRAPH.answer(request, ())

    assert GRAPH.is_one(request)
    assert reply.body == f"Validation: Testing {SCRIPT}".encode()
    assert reply.media_type == "text/plain; charset=utf-8"
    assert reply.headers == (("x-content-type-options", "nosniff"),)


def test_okta_s_challenge_comes_back_as_json() -> None:
    """Okta reads it under its name; nosniff prevents a browser from reading it as anything else."""
    request = call("GET", x_okta_verification_challenge='a"b')

    reply = OKTA.answer(request, ())

    assert OKTA.is_one(request)
    assert json.loads(reply.body) == {"verification": 'a"b'}
    assert (reply.media_type, reply.headers) == ("application/json", (("x-content-type-options", "nosniff"),))


def test_monday_s_challenge_is_the_whole_body() -> None:
    """An unsigned body is echoed only when it holds nothing but the challenge: an event with such a member is no challenge."""
    bare, event = call("POST", b'{"challenge": "abc"}'), call("POST", b'{"challenge": "abc", "event": {}}')

    reply = MONDAY.answer(bare, ())

    assert json.loads(reply.body) == {"challenge": "abc"}
    assert MONDAY.is_one(bare)
    assert not MONDAY.is_one(event)


@pytest.mark.parametrize("kind", [GRAPH, OKTA, MONDAY])
def test_every_echo_has_its_bounds(kind: Kind) -> None:
    """Control characters end headers and lines, and no challenge has a megabyte."""
    for text in ("x" * 2049, "\x1f", "\x7f"):
        request = call(
            "POST",
            json.dumps({"challenge": text}).encode(),
            query={"validationToken": text},
            x_okta_verification_challenge=text,
        )

        with pytest.raises(Rejected, match="printable text"):
            kind.answer(request, ())


def test_graph_s_token_is_no_notification() -> None:
    """Microsoft sends it by POST, as text, before there is any client state."""
    at = home("microsoft-graph")

    answer = at.post(
        call("POST", query={"validationToken": "Validation: a+b"}, content_type="text/plain; charset=utf-8")
    )

    assert (answer.status, answer.body, answer.outcome) == (200, b"Validation: a+b", "handshake")


def test_okta_s_question_needs_no_secret() -> None:
    """Okta sends a GET with one header, and only its events carry the secret."""
    answer = home("okta").post(call("GET", x_okta_verification_challenge="abc"))

    assert (answer.status, json.loads(answer.body)) == (200, {"verification": "abc"})


def test_monday_s_question_needs_no_secret() -> None:
    """Monday asks when a user makes the webhook, before there is a secret."""
    answer = post(home("monday", source=f'public_url = "{URL}"'), b'{"challenge": "3eZbrw1aBm2rZgRN"}')

    assert (answer.status, json.loads(answer.body)) == (200, {"challenge": "3eZbrw1aBm2rZgRN"})
