"""Senders of web tokens: what their own libraries refuse, and what would be accepted if an entry required less."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hookline.errors import Rejected
from hookline.providers import PROVIDERS
from hookline.providers.scheme import NeedsKey
from unit.builders import NOW, refusal, request, secret
from unit.providers.web_tokens import AT, KEY, claims, pair, pem_of, signed
from vectors.senders import SERVICE_ACCOUNT, URL, VECTORS, built

BIRD = next(one for one in VECTORS if one.name == "messagebird-sdk")
"""A token from the file of reference tokens that MessageBird's libraries share."""


@pytest.mark.parametrize(
    ("seconds", "url", "body", "code"),
    [
        (0, "https://example.com/path?foo=2&bar=1", b"Hello, World!", "signature_mismatch"),
        (0, "https://example.com/path", b"Hello, World!", "signature_mismatch"),
        (0, "https://example.com/path?bar=1&foo=2", b"Hello, World", "signature_mismatch"),
        (0, "https://example.com/path?bar=1&foo=2", b"", "signature_mismatch"),
        (-3600, "https://example.com/path?bar=1&foo=2", b"Hello, World!", "timestamp_outside_tolerance"),
        (3600, "https://example.com/path?bar=1&foo=2", b"Hello, World!", "timestamp_outside_tolerance"),
    ],
)
def test_messagebird_s_token_is_for_its_url_its_body_and_its_minute(
    seconds: int, url: str, body: bytes, code: str
) -> None:
    """The cases that the same file calls invalid: another order of the query, another payload, too early and too late."""
    place, _, query = url.partition("?")
    at = datetime.fromtimestamp(BIRD.now or 0, UTC) + timedelta(seconds=seconds)
    sent = replace(BIRD.request()[0], received_at=at, body=body, query=query)

    assert refusal(lambda: built("messagebird", url=place).verify(sent, [secret(BIRD.secret.encode())])) == code


@pytest.mark.parametrize(
    "changed",
    [
        {"email": "somebody@else.iam.gserviceaccount.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": "true"},
        {"aud": "https://hooks.example.com/webhook/other"},
        {"aud": None},
        {"iss": "https://evil.example.com"},
        {"iss": None},
    ],
)
def test_a_token_that_google_signed_for_somebody_else_is_refused(changed: dict[str, object]) -> None:
    """Anyone can have Google sign one, for any audience, with an account of their own."""
    own = {"iss": "https://accounts.google.com", "aud": URL, "email": SERVICE_ACCOUNT, "email_verified": True}
    scheme = built("google-pubsub", key=pem_of("RS256"))
    assert isinstance(scheme, NeedsKey)

    def call(**said: object) -> object:
        token = signed(claims(**{**own, **said}), pair("RS256"), "RS256", kid="k")
        sent = request(b"{}", {"authorization": f"Bearer {token}"})
        scheme.check_before_key(sent)
        return scheme.verify(sent, ())

    assert call() is not None
    assert call(iss="accounts.google.com") is not None
    assert refusal(lambda: call(**changed)) == "signature_mismatch"


def test_fusionauth_signs_with_the_key_that_its_user_chose() -> None:
    """A shared key by default; a key pair where the source says so, and then no shared one."""
    digest = base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    shared = signed({"request_body_sha256": digest})
    paired = signed({"request_body_sha256": digest}, pair("ES256"), "ES256")
    usual, other = PROVIDERS["fusionauth"].build({}), PROVIDERS["fusionauth"].build({"algorithms": ["ES256"]})

    def verified(scheme: object, token: str, key: bytes) -> object:
        sent = request(b"{}", {"X-FusionAuth-Signature-JWT": token})
        return scheme.verify(sent, [secret(key)])  # type: ignore[attr-defined]  # a scheme

    assert verified(usual, shared, KEY)
    assert verified(other, paired, pem_of("ES256"))
    assert refusal(lambda: verified(usual, paired, pem_of("ES256"))) == "signature_mismatch"
    assert refusal(lambda: verified(other, shared, KEY)) == "signature_mismatch"


@pytest.mark.parametrize("qsh", ["context-qsh", "", None, 7, "0" * 64])
def test_a_token_of_atlassian_s_for_another_call_is_refused(qsh: object) -> None:
    """Anyone who sees the page can read its token in the browser, so it must be valid for nothing else."""
    token = signed(claims(qsh=qsh, aud="anyone"))

    sent = request(b"{}", {"authorization": f"JWT {token}"})

    assert refusal(lambda: built("jira-connect").verify(sent, [secret(KEY)])) == "signature_mismatch"


def test_the_digest_of_atlassian_s_documentation_is_ours() -> None:
    """Bitbucket's page prints it for GET&/test&param=value; the rest of a query is in the call of their own library."""
    published = "be16910858a41fd19ea5c1b4e9decca9a784d1024cb00b2158defe2f29dc86dd"
    sent = replace(
        request(b"{}", {"authorization": f"JWT {signed(claims(qsh=published))}"}, method="GET"), query="param=value"
    )

    assert built("jira-connect", url="https://hooks.example.com/test").verify(sent, [secret(KEY)]).secret


@pytest.mark.parametrize(
    "head",
    [
        {"alg": "RS256", "ts": AT, "b64": False},
        {"alg": "RS256", "ts": AT, "b64": True, "crit": ["b64"]},
        {"alg": "RS256", "ts": AT, "b64": False, "crit": ["b64", "exp"]},
        {"alg": "RS256", "ts": AT, "b64": False, "crit": []},
        {"alg": "RS256", "ts": AT, "b64": False, "crit": "b64"},
        {"alg": "none", "ts": AT, "b64": False, "crit": ["b64"]},
        {"alg": "HS256", "ts": AT, "b64": False, "crit": ["b64"]},
    ],
)
def test_a_detached_signature_of_another_kind_is_refused(head: dict[str, object]) -> None:
    """RFC 7797 section 6: whether the body is encoded decides what was signed."""
    written = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
    sent = request(b"{}", {"X-Ctct-Webhook-Sig": f"{written}..AAAA"}, at=NOW)

    with pytest.raises(Rejected, match="RS256 over the body as received"):
        built("constant-contact").check_before_key(sent)  # type: ignore[attr-defined]  # a scheme that fetches
