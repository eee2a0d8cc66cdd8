"""Spellings that mean the same: hookline accepts those that an RFC or the sender's own SDK accepts, and no others."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from hookline.errors import Rejected
from hookline.providers import PROVIDERS
from unit.builders import NOW, request, secret
from vectors.senders import built, private_key_of, secret_of, signing_secret_of

KEYS = [bytes(range(size)) for size in (24, 25, 26, 32, 64)]


def outcome(scheme: Any, headers: dict[str, str], value: bytes, body: bytes = b"{}") -> str:
    """``ok``, or the code."""
    try:
        scheme.verify(request(body, headers), [secret(value)])
    except Rejected as refused:
        return refused.code
    return "ok"


@pytest.mark.parametrize("key", KEYS, ids=len)
@pytest.mark.parametrize("prefix", [b"", b"whsec_", b"v1,whsec_"])
def test_a_standard_webhooks_secret_needs_no_padding(key: bytes, prefix: bytes) -> None:
    """People copy secrets without the signs at their end, and senders show them without."""
    scheme = built("standard-webhooks")
    whole = prefix + base64.b64encode(key)
    headers = scheme.sign(b"{}", secret=whole, delivery_id="msg_1", at=NOW)

    for written in (whole, whole.rstrip(b"=")):
        assert scheme.secret_complaint(written) is None
        assert outcome(scheme, headers, written) == "ok"


@pytest.mark.parametrize("written", [b"whsec_", b"whsec_====", b"whsec_abc!", b"whsec_A" * 3, b"whsec_" + b"A" * 25])
def test_what_is_no_base64_is_still_no_secret(written: bytes) -> None:
    """25 characters of base64 are no whole bytes."""
    assert built("standard-webhooks").secret_complaint(written) is not None


@pytest.mark.parametrize("key", KEYS, ids=len)
def test_other_base64_secrets_need_no_padding_either(key: bytes) -> None:
    """Airtable's secrets are such, and those of any sender with `secret_encoding = "base64"`."""
    for scheme in (built("airtable"), PROVIDERS["hmac"].build({"header": "X-Sig", "secret_encoding": "base64"})):
        whole = base64.b64encode(key)
        headers = scheme.sign(b"{}", secret=whole, delivery_id="1", at=NOW)

        assert scheme.secret_complaint(whole.rstrip(b"=")) is None
        assert outcome(scheme, headers, whole.rstrip(b"=")) == "ok"


@pytest.mark.parametrize("name", ["telnyx", "sendgrid"])
def test_public_keys_need_no_padding(name: str) -> None:
    """Users copy public keys by hand, as they copy secrets."""
    scheme, key = built(name), secret_of(name)
    headers = scheme.sign(b"{}", secret=private_key_of(name), delivery_id="1", at=NOW)

    assert key.endswith(b"=")
    assert outcome(scheme, headers, key.rstrip(b"=")) == "ok"


@pytest.mark.parametrize("scheme_name", ["Basic", "basic", "BASIC", "bAsIc", "Basic  "])
@pytest.mark.parametrize("name", ["chargebee", "postmark"])
def test_the_name_of_an_authorization_scheme_has_no_case(name: str, scheme_name: str) -> None:
    """RFC 9110 section 11.1: a proxy or a sender may write it as it likes."""
    value = secret_of(name)
    credentials = base64.b64encode(value).decode()

    assert outcome(built(name), {"authorization": f"{scheme_name} {credentials}"}, value) == "ok"
    assert outcome(built(name), {"authorization": f"{scheme_name} {credentials.swapcase()}"}, value) != "ok"
    assert outcome(built(name), {"authorization": f"{scheme_name}{credentials}"}, value) == (
        "ok" if scheme_name.endswith(" ") else "signature_mismatch"
    )
    assert outcome(built(name), {"authorization": f"Digest {credentials}"}, value) == "signature_mismatch"


@pytest.mark.parametrize("written", ["Bearer a-token-of-mine", "bearer a-token-of-mine", "BEARER a-token-of-mine"])
def test_nor_has_one_that_the_operator_chose(written: str) -> None:
    """Okta sends whatever was entered there; the token behind the name is compared exactly."""
    okta = built("okta")

    assert outcome(okta, {"authorization": written}, b"Bearer a-token-of-mine") == "ok"
    assert outcome(okta, {"authorization": written.upper()}, b"Bearer a-token-of-mine") == "signature_mismatch"
    assert outcome(okta, {"authorization": written}, b"a-token-of-mine") == "signature_mismatch"


@pytest.mark.parametrize("value", ["A-Token Of mine", "a-token of mine"])
def test_a_token_in_another_header_is_compared_exactly(value: str) -> None:
    """Only ``Authorization`` has schemes."""
    assert outcome(built("gitlab"), {"x-gitlab-token": value}, b"A-Token Of mine") == (
        "ok" if value == "A-Token Of mine" else "signature_mismatch"
    )


@pytest.mark.parametrize("before", ["", "Bearer ", "bearer ", "BEARER   "])
def test_monday_s_token_may_have_its_scheme_s_name_before_it(before: str) -> None:
    """monday.com sends only the token; a gateway between may write what RFC 6750 says."""
    value = secret_of("monday")
    token = built("monday").sign(b"{}", secret=value, delivery_id="1", at=NOW)["Authorization"]

    assert outcome(built("monday"), {"authorization": before + token}, value) == "ok"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"alg": "ECDSA"},
        {"alg": "Ecdsa"},
        {"alg": None},
        {"digest": "sha1"},
        {"digest": None},
        {"alg": "none", "digest": "MD5"},
    ],
    ids=str,
)
def test_ebay_s_header_is_read_as_ebay_s_sdk_reads_it(changes: dict[str, str | None]) -> None:
    """Its SDKs take the key's id and the signature from it, and nothing else: the algorithm is the key's own."""
    scheme = built("ebay")
    (header,) = scheme.sign(b"{}", secret=signing_secret_of("ebay"), delivery_id="1", at=NOW).values()
    document = json.loads(base64.b64decode(header)) | changes
    written = {name: value for name, value in document.items() if value is not None}
    sent = base64.b64encode(json.dumps(written).encode()).decode()

    assert outcome(scheme, {"x-ebay-signature": sent}, b"") == "ok"
    assert outcome(scheme, {"x-ebay-signature": sent.rstrip("=")}, b"") == "ok"
    assert outcome(scheme, {"x-ebay-signature": sent}, b"", body=b"{ }") == "signature_mismatch"


@pytest.mark.parametrize(
    "header", ["", "!!!", "bm90IEpTT04=", "W10=", base64.b64encode(b'{"kid": "9936261a-7d7b"}').decode()]
)
def test_what_is_no_header_of_ebay_s_is_refused(header: str) -> None:
    """A header that cannot be read is the sender's fault and must not raise another error."""
    assert outcome(built("ebay"), {"x-ebay-signature": header}, b"").startswith("signature_")
