"""Asking PayPal whether a call is its own: only its yes lets a call in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hookline.adapters.local.confirmations import HttpsConfirmations
from hookline.domain.secret import Secret
from hookline.domain.source import ConfirmationQuestion
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from hookline.adapters.local.https import HttpsRequest

CREDENTIALS = Secret(name="PAYPAL_CLIENT", value=b"client:secret-of-some-length")
QUESTION = ConfirmationQuestion(provider="paypal", place="live", body=b'{"webhook_event": {"id": "1"}}')
TOKEN = json.dumps({"access_token": "A21AA", "expires_in": 32400}).encode()


class Host:
    """PayPal's API, with the answers that it is given."""

    def __init__(self, *answers: tuple[int, bytes] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[HttpsRequest] = []

    def __call__(self, request: HttpsRequest) -> tuple[int, bytes]:
        """The next answer."""
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def verdict(word: str) -> tuple[int, bytes]:
    """PayPal's answer."""
    return 200, json.dumps({"verification_status": word}).encode()


@pytest.mark.parametrize(("word", "is_own"), [("SUCCESS", True), ("FAILURE", False)])
def test_paypals_word_is_what_counts(word: str, *, is_own: bool) -> None:
    """Only PayPal knows the bytes that it sent."""
    host = Host((200, TOKEN), verdict(word))

    answer = HttpsConfirmations(send=host).confirm(QUESTION, CREDENTIALS)

    assert answer is is_own
    token, request = host.asked
    assert (token.host, token.path) == ("api-m.paypal.com", "/v1/oauth2/token")
    assert token.headers["authorization"] == "Basic Y2xpZW50OnNlY3JldC1vZi1zb21lLWxlbmd0aA=="
    assert (request.host, request.path) == ("api-m.paypal.com", "/v1/notifications/verify-webhook-signature")
    assert request.headers["authorization"] == "Bearer A21AA"
    assert request.body == QUESTION.body
    assert request.ends_at == token.ends_at


def test_the_sandbox_is_another_host() -> None:
    """A test account's calls are unknown to the live API."""
    host = Host((200, TOKEN), verdict("SUCCESS"))

    HttpsConfirmations(send=host).confirm(replace(QUESTION, place="sandbox"), CREDENTIALS)

    assert {request.host for request in host.asked} == {"api-m.sandbox.paypal.com"}


def test_a_token_is_used_until_it_ends_or_is_refused() -> None:
    """PayPal gives one for nine hours; asking for each call would double the time that each takes."""
    host = Host((200, TOKEN), verdict("SUCCESS"), verdict("SUCCESS"), (401, b"{}"), (200, TOKEN), verdict("SUCCESS"))
    confirmations = HttpsConfirmations(send=host)

    answers = [confirmations.confirm(QUESTION, CREDENTIALS) for _ in range(2)]
    with pytest.raises(UnavailableError):
        confirmations.confirm(QUESTION, CREDENTIALS)
    answers.append(confirmations.confirm(QUESTION, CREDENTIALS))

    assert answers == [True, True, True]
    assert [request.path.rpartition("/")[2] for request in host.asked].count("token") == 2


@pytest.mark.parametrize(
    "answers",
    [
        [TimeoutError("no complete answer in time")],
        [(401, b'{"error": "invalid_client"}')],
        [(200, b"not JSON")],
        [(200, b"[]")],
        [(200, TOKEN), (500, b"")],
        [(200, TOKEN), (400, b'{"name": "VALIDATION_ERROR"}')],
        [(200, TOKEN), (200, b"")],
        [(200, TOKEN), (200, b"[]")],
        [(200, TOKEN), (200, b'{"verification_status": "success"}')],
        [(200, TOKEN), (200, b'{"verification_status": ["SUCCESS"]}')],
        [(200, TOKEN), (200, b"{}")],
        [(200, TOKEN), ConnectionResetError()],
    ],
)
def test_anything_but_a_yes_or_a_no_is_no_word(answers: list[tuple[int, bytes] | Exception]) -> None:
    """A call that nobody confirms is not accepted: the sender gets 503 and comes again."""
    with pytest.raises(UnavailableError) as caught:
        HttpsConfirmations(send=Host(*answers)).confirm(QUESTION, CREDENTIALS)

    assert caught.value.code == "confirmation_unavailable"
    assert "secret-of-some-length" not in str(caught.value)
