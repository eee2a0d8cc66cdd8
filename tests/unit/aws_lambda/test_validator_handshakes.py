"""Handshakes at the validator: answered on the same path as events, counted, and logged without their values."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from pathlib import Path
from typing import Any

import pytest

from hookline.config import parse
from hookline.domain.request import Headers, Request
from hookline.ports.telemetry import Metric
from unit.aws_lambda.fakes import AT, Home, Invocation, KeptSecrets, proxy_event

TOML = """
[sources.meta]
verify = { scheme = "meta", secrets = ["META_SECRET"], verify_token = "META_TOKEN" }

[sources.slack]
verify = { scheme = "slack", secrets = ["SLACK_SECRET"] }

[sources.xero]
verify = { scheme = "xero", secrets = ["XERO_SECRET"] }

[sources.trello]
verify = { scheme = "trello", secrets = ["TRELLO_SECRET"] }
public_url = "https://hooks.example.com/trello"

[queues.all]
"""
SECRETS = {
    "META_SECRET": b"the-secret-of-an-app",
    "META_TOKEN": b"a-token-of-the-operators",
    "SLACK_SECRET": b"the-signing-secret-of-an-app",
    "XERO_SECRET": b"the-signing-key-of-a-webhook",
    "TRELLO_SECRET": b"the-oauth-secret",
}
CHALLENGE = "3eZbrw1aBm2rZgRNFdxV"


def _home(**given: Any) -> Home:
    secrets = KeptSecrets({**SECRETS, **given.pop("secrets", {})}, later=given.pop("later", None))
    return Home(config=parse(TOML, base=Path()), secrets=secrets, **given)


def _called(
    home: Home, method: str, path: str, body: bytes = b"", query: dict[str, str] | None = None, **headers: str
) -> dict[str, Any]:
    fields = Headers((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items())
    request = Request(method=method, path=f"/webhook/{path}", headers=fields, body=body, received_at=AT)
    values = {name: [value] for name, value in (query or {}).items()}
    event = proxy_event(request, multiValueQueryStringParameters=values or None, queryStringParameters=query)
    answer: dict[str, Any] = home.validator(event, Invocation())
    return answer


def _from_slack(home: Home, body: bytes, key: bytes = SECRETS["SLACK_SECRET"]) -> dict[str, Any]:
    moment = str(int(AT.timestamp()))
    digest = hmac.new(key, f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
    return _called(home, "POST", "slack", body, x_slack_request_timestamp=moment, x_slack_signature=f"v0={digest}")


def _from_meta(home: Home, token: str) -> dict[str, Any]:
    query = {"hub.mode": "subscribe", "hub.challenge": CHALLENGE, "hub.verify_token": token}
    return _called(home, "GET", "meta", query=query)


def test_a_get_is_answered_with_the_challenge() -> None:
    """API Gateway hands the query on decoded."""
    answer = _from_meta(_home(), "a-token-of-the-operators")

    assert (answer["statusCode"], answer["body"]) == (200, CHALLENGE)
    assert answer["headers"]["x-content-type-options"] == "nosniff"


def test_a_head_is_answered_with_nothing() -> None:
    """Trello only looks whether a server is there."""
    answer = _called(_home(), "HEAD", "trello")

    assert (answer["statusCode"], answer["body"]) == (200, "")


def test_a_signed_challenge_is_answered_and_not_stored() -> None:
    """No event, no message, nothing for the router."""
    home = _home()

    answer = _from_slack(home, json.dumps({"type": "url_verification", "challenge": CHALLENGE}).encode())

    assert (answer["statusCode"], answer["body"]) == (200, CHALLENGE)
    assert home.state.events == {}
    assert home.dispatcher.take() == []


def test_it_is_counted_as_a_handshake() -> None:
    """The metric shows whether a silent sender has completed its handshake."""
    home = _home()

    _from_meta(home, "a-token-of-the-operators")

    (record,) = home.telemetry.records
    assert record.metrics == {Metric.HANDSHAKES: 1}
    assert record.fields["outcome"] == "handshake"
    assert record.fields["source"] == "meta"


def test_a_refused_one_is_counted_as_refused() -> None:
    """403 is no failure of a signature, and no handshake either."""
    home = _home()

    answer = _from_meta(home, "a-token-of-somebody")

    (record,) = home.telemetry.records
    assert answer["statusCode"] == 403
    assert record.metrics == {Metric.REJECTED: 1}
    assert record.code == "handshake_refused"


@pytest.mark.parametrize("token", ["a-token-of-the-operators", "a-token-of-somebody"])
def test_no_line_holds_a_challenge_or_a_token(token: str) -> None:
    """Logs are read by more people than secrets are."""
    lines = io.StringIO()
    home = _home(lines=lines)

    _from_meta(home, token)
    _from_slack(home, json.dumps({"type": "url_verification", "challenge": CHALLENGE}).encode())

    assert CHALLENGE not in lines.getvalue()
    assert token not in lines.getvalue()


def test_a_rotated_secret_is_taken_up_for_a_handshake_too() -> None:
    """A sender that was given the new secret does its handshake before it sends anything."""
    new = b"the-new-signing-secret-of-an-app"
    home = _home(later={**SECRETS, "SLACK_SECRET": new})

    answer = _from_slack(home, json.dumps({"type": "url_verification", "challenge": CHALLENGE}).encode(), key=new)

    assert answer["statusCode"] == 200


def test_a_changed_token_is_used_immediately() -> None:
    """An operator who has just fixed it at AWS tries again at the sender immediately, and not five minutes later."""
    home = _home(later={**SECRETS, "META_TOKEN": b"the-token-as-it-should-be"})

    answer = _from_meta(home, "the-token-as-it-should-be")

    assert answer["statusCode"] == 200


def test_a_token_that_is_missing_is_our_fault() -> None:
    """The sender gets a 503 and asks again, and the operator reads which token it is."""
    home = Home(config=parse(TOML, base=Path()), secrets=KeptSecrets({"META_SECRET": b"the-secret-of-an-app"}))

    answer = _from_meta(home, "a-token-of-the-operators")

    assert answer["statusCode"] == 503
    assert "META_TOKEN" in str(home.telemetry.records[0].fields["detail"])


def test_a_terse_sender_is_refused_without_a_body() -> None:
    """Xero uses this to check the intent to receive."""
    answer = _called(_home(), "POST", "xero", b'{"events": []}', x_xero_signature="AAAA")

    assert (answer["statusCode"], answer["body"]) == (401, "")
