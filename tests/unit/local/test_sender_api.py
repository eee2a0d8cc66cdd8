"""Senders' own APIs over HTTPS: which host is asked, and with which credentials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.local import sender_api
from hookline.adapters.local.sender_api import HttpsSenderApi
from hookline.domain.secret import Secret
from hookline.domain.sender_call import SenderCall
from hookline.errors import OperatorError, UnavailableError
from hookline.providers.reconcile import COMPARABLE, REPORTED
from sender_host import Replied, sender_host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sender_host import SenderHost

CREDENTIALS = Secret(name="API", value=b"client:secret-1")
CALL = SenderCall(path="/v1/things?limit=1")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SenderHost]:
    """All senders' APIs."""
    with sender_host(tmp_path, monkeypatch) as found:
        yield found


def test_hosts_are_pinned() -> None:
    """A sender's credentials are sent to no other host."""
    assert {scheme for scheme, _ in sender_api._HOSTS} == set(COMPARABLE) - set(REPORTED)
    assert {HttpsSenderApi("paypal", CREDENTIALS, place=place).host for place in ("live", "sandbox")} == {
        "api-m.paypal.com",
        "api-m.sandbox.paypal.com",
    }
    assert (HttpsSenderApi("stripe", CREDENTIALS).host, HttpsSenderApi("github", CREDENTIALS).host) == (
        "api.stripe.com",
        "api.github.com",
    )


def test_an_answer_comes_with_its_headers(host: SenderHost) -> None:
    """Pages and limits are said there; names are in lower case, whatever the host writes."""
    host.answer = lambda _: Replied(status=429, headers={"Retry-After": "7"}, body=b"slow")

    answer = HttpsSenderApi("stripe", Secret(name="API", value=b"sk_1")).ask(CALL)

    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "7", b"slow")
    assert (host.asked[0].path, host.asked[0].headers["authorization"]) == (CALL.path, "Bearer sk_1")


def test_a_token_is_got_again_once_it_was_refused(host: SenderHost) -> None:
    """The sender may have withdrawn the token."""
    tokens = iter(["one", "two"])
    host.answer = lambda asked: (
        Replied(body=json.dumps({"access_token": next(tokens), "expires_in": 9000}).encode())
        if asked.path == "/v1/oauth2/token"
        else Replied(status=401 if asked.headers["authorization"] == "Bearer one" else 200)
    )
    api = HttpsSenderApi("paypal", CREDENTIALS, place="live")

    assert [api.ask(CALL).status for _ in range(3)] == [401, 200, 200]
    assert host.paths().count("POST /v1/oauth2/token") == 2


@pytest.mark.parametrize(("status", "error"), [(401, OperatorError), (503, UnavailableError)])
def test_no_token_is_no_access_or_no_answer(host: SenderHost, status: int, error: type[Exception]) -> None:
    """A retry does not correct wrong credentials."""
    host.answer = lambda _: Replied(status=status)

    with pytest.raises(error):
        HttpsSenderApi("paypal", CREDENTIALS, place="live").ask(CALL)


@pytest.mark.parametrize(
    "token",
    [b"", b"[]", b"{}", b"7", b'{"access_token": "t", "expires_in": "soon"}', b'{"access_token": "t\\r\\nx: y"}'],
)
def test_a_token_that_is_none_is_no_answer(host: SenderHost, token: bytes) -> None:
    """It never becomes a header of its own."""
    host.answer = lambda asked: Replied(body=token) if asked.path == "/v1/oauth2/token" else Replied()

    with pytest.raises(UnavailableError):
        HttpsSenderApi("paypal", CREDENTIALS, place="live").ask(CALL)


def test_credentials_that_are_no_text_are_refused(host: SenderHost) -> None:
    """No call is made with a part of the credentials."""
    with pytest.raises(OperatorError):
        HttpsSenderApi("stripe", Secret(name="API", value="schlüssel".encode())).ask(CALL)
    assert host.asked == []
