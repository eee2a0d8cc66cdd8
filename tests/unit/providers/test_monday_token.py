"""monday.com's token does not cover the body, so only its own claims limit what an overheard one can do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hookline.errors import Rejected
from hookline.providers.jwt import written
from hookline.providers.primitives import mac
from hookline.providers.scheme import OptionError
from unit.builders import NOW, request, secret
from vectors.senders import URL, built

KEY = b"an0ther-Secret_of-the-sender-32b"
SECONDS = int(NOW.timestamp())
GOOD: dict[str, Any] = {"aud": URL, "iat": SECONDS, "exp": SECONDS + 300}


def outcome(**claims: object) -> str:
    """The result of a call whose token has these claims instead of monday.com's own; None leaves one out."""
    stated = {name: value for name, value in (GOOD | claims).items() if value is not None}
    signed = ".".join(written(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, stated))
    token = f"{signed}.{written(mac(KEY, signed.encode(), 'sha256'))}"
    try:
        built("monday").verify(request(b"{}", {"authorization": token}), [secret(KEY)])
    except Rejected as refused:
        return refused.code
    return "ok"


@pytest.mark.parametrize(
    ("claims", "result"),
    [
        ({}, "ok"),
        ({"aud": [URL]}, "ok"),
        ({"aud": ["https://example.com/", URL]}, "ok"),
        ({"aud": None}, "signature_mismatch"),
        ({"aud": ""}, "signature_mismatch"),
        ({"aud": []}, "signature_mismatch"),
        ({"aud": [7, None, {}]}, "signature_mismatch"),
        ({"aud": URL + "/"}, "signature_mismatch"),
        ({"aud": URL.replace("hooks", "other")}, "signature_mismatch"),
        ({"aud": URL.upper()}, "signature_mismatch"),
    ],
    ids=str,
)
def test_a_token_is_for_one_url(claims: dict[str, object], result: str) -> None:
    """A token that was overheard at another address of the same app proves nothing here."""
    assert outcome(**claims) == result


@pytest.mark.parametrize(
    ("claims", "result"),
    [
        ({"iat": SECONDS - 299, "exp": SECONDS + 1}, "ok"),
        ({"iat": SECONDS - 600, "exp": SECONDS - 300}, "ok"),
        ({"iat": SECONDS - 601, "exp": SECONDS - 301}, "timestamp_outside_tolerance"),
        ({"iat": SECONDS - 601, "exp": SECONDS + 1000}, "timestamp_outside_tolerance"),
        ({"iat": SECONDS + 300, "exp": SECONDS + 600}, "ok"),
        ({"iat": SECONDS + 301, "exp": SECONDS + 601}, "timestamp_outside_tolerance"),
        ({"exp": SECONDS + 3600}, "ok"),
        ({"exp": SECONDS + 3601}, "timestamp_invalid"),
        ({"exp": SECONDS + 10**10}, "timestamp_invalid"),
        ({"exp": None}, "timestamp_missing"),
        ({"iat": None}, "timestamp_missing"),
        ({"exp": str(SECONDS)}, "timestamp_missing"),
        ({"iat": True}, "timestamp_missing"),
        ({"iat": 0, "exp": 10**12}, "timestamp_invalid"),
    ],
    ids=str,
)
def test_a_token_is_good_for_minutes(claims: dict[str, object], result: str) -> None:
    """Whatever end it states: an overheard token without one could be put on any body at any time."""
    assert outcome(**claims) == result


def test_the_url_has_to_be_known() -> None:
    """A source that cannot compare the token's URL would take tokens for any."""
    with pytest.raises(OptionError, match="public_url"):
        built("monday", url="")
