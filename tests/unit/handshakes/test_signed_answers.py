"""Challenges that are answered with a keyed hash: right, and useless for a caller that wants something else signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from effort import examples
from hookline.config import parse
from hookline.errors import ConfigError
from hookline.testing import MemoryHome
from unit.handshakes.homes import SECRET, get, home, post, signed

BRAINTREE = b"integration_public_key|integration_private_key"
FORM = "application/x-www-form-urlencoded"


def _hmac(signed_text: str, key: bytes = SECRET, algorithm: str = "sha256") -> bytes:
    return hmac.new(key, signed_text.encode(), algorithm).digest()


def test_x_hears_its_token_signed() -> None:
    """X asks every hour, and disables the webhook when it gets no answer."""
    answer = get(home("x"), crc_token="NGY1-token_9")

    assert answer.status == 200
    assert json.loads(answer.body) == {"response_token": f"sha256={base64.b64encode(_hmac('NGY1-token_9')).decode()}"}


def test_x_s_documented_answer() -> None:
    """The vector of X's documentation of the challenge-response check, as recomputed with hmac."""
    expected = base64.b64encode(hmac.new(SECRET, b"challenge-string", hashlib.sha256).digest()).decode()

    answer = get(home("x"), crc_token="challenge-string", nonce="nonce")

    assert json.loads(answer.body)["response_token"].removeprefix("sha256=") == expected


@pytest.mark.parametrize(
    "token",
    [
        '{"a":1}',
        "123",
        "-1",
        "1e5",
        "1e400",
        "1" * 128,
        "0.5",
        "true",
        "false",
        "null",
        '"text"',
        "[]",
        "",
        "a b",
        "a:b",
        "é",
        "x" * 129,
    ],
)
def test_x_s_token_that_could_be_a_body_is_refused(token: str) -> None:
    """The same key signs bodies, and a number is JSON too: a caller with a signature for one could send it as an event."""
    answer = get(home("x"), crc_token=token)

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")
    assert base64.b64encode(_hmac(token)) not in answer.body


@settings(max_examples=examples(300), deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(r"[-+0-9.eEtrufalsn{}\[\]\"]{1,12}", fullmatch=True),
        st.from_type(int).map(str),
    )
)
@example("1")
@example("1e400")
@example("0e0")
@example("null")
def test_no_answer_of_x_is_the_signature_of_a_body_that_is_taken(token: str) -> None:
    """Whatever is asked: the answer cannot be used as a signature of the text that was asked."""
    at = home("x")
    answer = get(at, crc_token=token)
    signature = json.loads(answer.body).get("response_token", "sha256=")

    forged = post(at, token.encode(), x_twitter_webhooks_signature=signature)

    assert forged.status in (400, 401)
    assert forged.event_id is None


def test_x_takes_only_json() -> None:
    """A body of plain text could be a challenge: a source that takes such bodies does not start."""
    with pytest.raises(ConfigError, match=r"media_types.*anyone could make hookline sign a body of text/plain"):
        home("x", source='media_types = ["application/json", "text/plain"]')


def _validation(token: object) -> bytes:
    return json.dumps(
        {"event": "endpoint.url_validation", "event_ts": 1654503849680, "payload": {"plainToken": token}}
    ).encode()


def test_zoom_hears_its_token_signed() -> None:
    """Zoom asks when the address is set and every 72 hours, and wants the token and its hash."""
    answer = signed(home("zoom"), _validation("qgg8vlvZRS6UYooatFL8Aw"))

    assert answer.status == 200
    assert json.loads(answer.body) == {
        "plainToken": "qgg8vlvZRS6UYooatFL8Aw",
        "encryptedToken": _hmac("qgg8vlvZRS6UYooatFL8Aw").hex(),
    }


def test_zoom_must_have_signed_its_call() -> None:
    """Nobody else can ask for a hash at all."""
    answer = post(home("zoom"), _validation("qgg8vlvZRS6UYooatFL8Aw"))

    assert (answer.status, answer.outcome) == (401, "signature_missing")


@pytest.mark.parametrize("token", ["v0:1767323045:{}", "a:b", ":", "", "x" * 129, "a b", "{}", 5, None, ["a"]])
def test_zoom_s_token_that_could_be_a_signed_body_is_refused(token: object) -> None:
    """Bodies are signed as v0:time:body with the same key: no token may look like that, even one that Zoom signed."""
    answer = signed(home("zoom"), _validation(token))

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")


@settings(max_examples=examples(200), deadline=None)
@given(st.text(max_size=60), st.text(max_size=40), st.sampled_from(["1767323045", "", "1"]))
@example("{}", "", "1767323045")
@example('{"event":"a"}', "v0:1767323045:", "1767323045")
def test_no_answer_of_zoom_is_the_signature_of_a_body_that_is_taken(body: str, before: str, time: str) -> None:
    """Whatever token is asked for, even exactly what Zoom signs for a body: its hash cannot be used as a signature."""
    at = home("zoom")
    for token in (f"v0:{time}:{body}", before + body, body):
        answer = signed(at, _validation(token))
        digest = json.loads(answer.body).get("encryptedToken", "")

        forged = post(at, body.encode(), x_zm_request_timestamp=time, x_zm_signature=f"v0={digest}")

        assert forged.status in (400, 401)
        assert forged.event_id is None


def test_zoom_is_answered_by_the_secret_that_it_signed_with() -> None:
    """During a rotation the sender knows one of two secrets, and checks the answer with it."""
    toml = '[sources.it]\nverify = { scheme = "zoom", secrets = ["NEW", "IT_SECRET"] }\n[queues.all]\n'
    both = MemoryHome(parse(toml, base=Path()), {"NEW": b"the-new-secret-of-it", "IT_SECRET": SECRET})
    old = MemoryHome(parse(toml.replace('"NEW", ', ""), base=Path()), {"IT_SECRET": SECRET}, start=both.clock.now())

    answer = both.post(old.request("it", _validation("token")))

    assert json.loads(answer.body)["encryptedToken"] == _hmac("token").hex()


def _braintree_key() -> bytes:
    return hashlib.sha1(b"integration_private_key", usedforsecurity=False).digest()


def test_braintree_hears_its_challenge_signed() -> None:
    """The vector of Braintree's own libraries: tests/unit/test_webhooks.py of braintree_python."""
    at = home("braintree", secrets={"IT_SECRET": BRAINTREE})

    answer = get(at, bt_challenge="20f9f8ed05f77439fe955c977e4c8a53")

    assert answer.body == b"integration_public_key|d9b899556c966b3f06945ec21311865d35df3ce4"


@pytest.mark.parametrize(
    "challenge",
    [
        "20f9f8ed05f77439fe9",
        "20F9F8ED05F77439FE955C977E4C8A53",
        "a" * 33,
        "20f9f8ed05f77439fe955c977e4c8a53\n",
        "",
        "PHhtbD4K",
    ],
)
def test_braintree_s_challenge_has_one_form(challenge: str) -> None:
    """Anything else could be a payload: XML in base64."""
    answer = get(home("braintree", secrets={"IT_SECRET": BRAINTREE}), bt_challenge=challenge)

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")


@pytest.mark.parametrize("end", ["", "\n"])
def test_braintree_s_answer_is_no_signature_of_a_payload(end: str) -> None:
    """Hexadecimal digits are base64 as well: a challenge that was signed for anyone must not come back as an event."""
    at = home("braintree", secrets={"IT_SECRET": BRAINTREE})
    challenge = "20f9f8ed05f77439fe955c977e4c8a53"
    signature = get(at, bt_challenge=challenge).body.decode()
    body = urlencode({"bt_signature": signature, "bt_payload": challenge + end}).encode()

    answer = post(at, body, content_type=FORM)

    assert (answer.status, answer.outcome) == (401, "signature_mismatch")
