"""Handshakes that repeat a token of the operator's."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.domain.secret import Secret
from hookline.errors import ConfigError, Rejected
from hookline.providers import PROVIDERS
from hookline.providers.handshakes.tokens import ChallengeCode
from unit.handshakes.homes import SECRET, URL, call, config, get, home

TOKEN = b"meatyhamhock"
META = 'verify_token = "META_TOKEN"'
SECRETS = {"IT_SECRET": SECRET, "META_TOKEN": TOKEN}
ASKED = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "meatyhamhock"}


def test_meta_hears_its_challenge_when_it_knows_the_token() -> None:
    """The documented call: a GET with three fields, answered with the challenge as text."""
    answer = get(home("meta", more=META, secrets=SECRETS), **ASKED)

    assert (answer.status, answer.body) == (200, b"1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("token", ["", "meatyhamhoc", "meatyhamhockk", "MEATYHAMHOCK", "é", None])
def test_meta_without_the_token_hears_nothing(token: str | None) -> None:
    """Only the token distinguishes Meta from a stranger, who must not subscribe."""
    query = {name: value for name, value in (ASKED | {"hub.verify_token": token}).items() if value is not None}

    answer = get(home("meta", more=META, secrets=SECRETS), **query)

    assert (answer.status, answer.outcome) == (403, "handshake_refused")
    assert b"1158201444" not in answer.body


@pytest.mark.parametrize("query", [ASKED | {"hub.verify_token": ""}, {"hub.mode": "subscribe", "hub.challenge": "1"}])
def test_an_empty_token_lets_nobody_in(query: dict[str, str]) -> None:
    """A parameter that is empty must not fit a call without a token."""
    with pytest.raises(Rejected, match="not the token"):
        PROVIDERS["meta"].handshakes[0].answer(call("GET", query=query), [Secret(name="META_TOKEN", value=b"")])


@pytest.mark.parametrize("challenge", ["", "a\nb", "é", "x" * 2049])
def test_meta_s_challenge_has_bounds(challenge: str) -> None:
    """Even a sender that knows the token gets no echo of any text."""
    answer = get(home("meta", more=META, secrets=SECRETS), **(ASKED | {"hub.challenge": challenge}))

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")


def test_an_unsubscription_is_no_handshake() -> None:
    """Meta asks only for subscriptions; another mode is not from Meta."""
    answer = get(home("meta", more=META, secrets=SECRETS), **(ASKED | {"hub.mode": "unsubscribe"}))

    assert (answer.status, answer.outcome) == (400, "handshake_invalid")


def test_without_a_token_there_is_no_such_handshake() -> None:
    """A source whose configuration names no token refuses GET: it has nothing to compare with."""
    answer = get(home("meta"), **ASKED)

    assert (answer.status, answer.outcome) == (405, "method_not_allowed")


def test_a_token_is_a_secret_among_the_others() -> None:
    """It is read, granted and listed in the same way as other secrets."""
    found = parse(config("meta", more=META), base=Path())

    assert found.secret_names == ("IT_SECRET", "META_TOKEN")
    assert [str(one) for one in found.secret_complaints({"IT_SECRET": SECRET})] == [
        "sources.it.verify.secrets: the secret META_TOKEN is missing"
    ]


def test_a_token_that_is_guessed_in_a_day_is_refused_at_start() -> None:
    """An empty token would let everyone in."""
    found = parse(config("meta", more=META), base=Path())

    complaints = found.secret_complaints({"IT_SECRET": SECRET, "META_TOKEN": b"abc"})

    assert [one.why for one in complaints] == ["the secret META_TOKEN has 3 bytes; at least 8 are needed"]


@pytest.mark.parametrize("written", ['"meatyhamhock-7f3a9b2c1d4e5f60718293a4b5c6d7e8"', "5", '"a b"'])
def test_a_token_is_named_and_never_written(written: str) -> None:
    """hookline.toml is in a repository, so it must contain only the token's name."""
    with pytest.raises(ConfigError, match="verify_token"):
        parse(config("meta", more=f"verify_token = {written}"), base=Path())


def test_a_sender_without_such_a_handshake_has_no_such_option() -> None:
    """An operator has to learn of an option that nothing reads."""
    with pytest.raises(ConfigError, match=r"unknown key .verify_token."):
        parse(config("slack", more=META), base=Path())


def test_ebay_s_code_is_hashed_with_token_and_endpoint() -> None:
    """EBay documents SHA-256 in hex over code, token and endpoint, in this order."""
    kind = ChallengeCode(public_url=URL)
    request = call("GET", query={"challenge_code": "71745723-d031-455c-bfa5-f90d11b4f20a"})

    reply = kind.answer(request, [Secret(name="TOKEN", value=b"71745723-d031-455c-bfa5")])

    hashed = hashlib.sha256(b"71745723-d031-455c-bfa5-f90d11b4f20a" + b"71745723-d031-455c-bfa5" + URL.encode())
    assert kind.is_one(request)
    assert json.loads(reply.body) == {"challengeResponse": hashed.hexdigest()}
    assert reply.media_type == "application/json"
