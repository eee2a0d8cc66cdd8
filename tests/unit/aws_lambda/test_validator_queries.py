"""Calls whose URL is signed with a query: API Gateway decodes the query, and the sender signed its own spelling."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest

from hookline.config import parse
from hookline.domain.request import Headers, Request
from unit.aws_lambda.fakes import AT, Home, Invocation, KeptSecrets, body_of, proxy_event
from vectors.spelled_urls import CASES, grouped

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://hooks.example.com/webhook"
KEY = b"0123456789abcdef0123456789abcdef"
SOURCES = f"""
[sources.twilio]
verify = {{ scheme = "twilio", secrets = ["KEY"] }}
public_url = "{URL}/twilio"

[sources.square]
verify = {{ scheme = "square", secrets = ["KEY"] }}
public_url = "{URL}/square"

[sources.trello]
verify = {{ scheme = "trello", secrets = ["KEY"] }}
public_url = "{URL}/trello"

[sources.hubspot]
verify = {{ scheme = "hubspot", secrets = ["KEY"], version = "v2" }}
public_url = "{URL}/hubspot"

[queues.q]
"""
JSON = b'{"event_id": "e1", "id": "e1"}'
FORM = b"MessageSid=SM1"


def home(tmp_path: Path) -> Home:
    """A validator for all of them."""
    return Home(config=parse(SOURCES, base=tmp_path), secrets=KeptSecrets({"KEY": KEY}))


def signed(name: str, query: str) -> tuple[str, str, bytes]:
    """Header, its value and the body, of a sender that signs this URL in its own way."""
    url = f"{URL}/{name}?{query}".encode()
    if name == "hubspot":
        return "X-HubSpot-Signature", hashlib.sha256(KEY + b"POST" + url + JSON).hexdigest(), JSON
    header, text, algorithm, body = {
        "twilio": ("X-Twilio-Signature", url + b"MessageSidSM1", "sha1", FORM),
        "square": ("x-square-hmacsha256-signature", url + JSON, "sha256", JSON),
        "trello": ("X-Trello-Webhook", JSON + url, "sha1", JSON),
    }[name]
    return header, base64.b64encode(hmac.new(KEY, text, algorithm).digest()).decode(), body


def called(name: str, query: str, *, came: str | None = None) -> dict[str, object]:
    """The proxy event of a call signed with ``query``, whose URL held ``came``."""
    header, value, body = signed(name, query)
    kind = "application/x-www-form-urlencoded" if body is FORM else "application/json"
    headers = Headers([(header.encode(), value.encode()), (b"content-type", kind.encode())])
    request = Request(method="POST", path=f"/webhook/{name}", headers=headers, body=body, received_at=AT)
    fields = grouped(query if came is None else came)
    singles = {one: values[-1] for one, values in fields.items()}
    return proxy_event(request, multiValueQueryStringParameters=fields, queryStringParameters=singles)


@pytest.mark.parametrize("query", CASES)
@pytest.mark.parametrize("name", ["twilio", "square", "trello", "hubspot"])
def test_a_signed_url_with_an_ordinary_query_is_taken(name: str, query: str, tmp_path: Path) -> None:
    """The embedded home takes each of them; a sender that AWS refused tried again without result until it gave up."""
    answer = home(tmp_path).validator(called(name, query), Invocation())

    assert answer["statusCode"] in {200, 202}, body_of(answer)


@pytest.mark.parametrize("came", ["a=2", "a=1&b=1", "", "a=1&a=1"])
def test_a_query_with_other_fields_is_still_a_forgery(came: str, tmp_path: Path) -> None:
    """Spellings are guessed, contents never."""
    answer = home(tmp_path).validator(called("twilio", "a=1", came=came), Invocation())

    assert (answer["statusCode"], body_of(answer)["code"]) == (401, "signature_mismatch")


def test_a_changed_secret_is_read_again_for_a_respelled_query_too(tmp_path: Path) -> None:
    """Rotation must work for these calls as for all others."""
    secrets = KeptSecrets({"KEY": b"the one before, long enough"}, later={"KEY": KEY})
    both = Home(config=parse(SOURCES, base=tmp_path), secrets=secrets)

    assert both.validator(called("twilio", "who=O'Brien"), Invocation())["statusCode"] == 200


def test_two_slashes_are_an_unknown_path_and_one_at_the_end_is_none(tmp_path: Path) -> None:
    """The rules are those of the embedded home, however the gateway changes slashes."""
    answers = {
        path: home(tmp_path).validator(called("square", "") | {"path": path}, Invocation())["statusCode"]
        for path in (
            "/webhook/square",
            "/webhook/square/",
            "/base/webhook/square",
            "/webhook/square//",
            "//webhook/square",
            "/webhook//square",
        )
    }

    assert answers == {
        "/webhook/square": 401,
        "/webhook/square/": 401,
        "/base/webhook/square": 401,
        "/webhook/square//": 404,
        "//webhook/square": 404,
        "/webhook//square": 404,
    }
