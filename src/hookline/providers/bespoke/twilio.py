"""Twilio: HMAC-SHA1 over the URL and the sorted form fields, or over a URL that holds the digest of a JSON body.

https://www.twilio.com/docs/usage/webhooks/webhooks-security; twilio-python, ``request_validator.py``. Twilio signs the URL with
the default port or without it, whichever the machine that calls has, so that both are tried.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.domain.form import FormError, fields_of
from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.primitives import SHORTEST_SECRET, any_equal, mac, mismatch, missing_signature, url_called
from hookline.providers.provider import FORM, JSON, Evidence, Provider, Sample
from hookline.providers.scheme import Signed, url_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "Twilio"]

_HEADER = "X-Twilio-Signature"
_URL = re.compile(rb"(https?)://([^/?:]*)(:\d+)?(.*)", re.DOTALL)
_DIGEST = re.compile(rb"[?&]bodySHA256=([0-9A-Fa-f]{64})(?:&|$)")
_DEFAULT_PORTS = {b"https": b":443", b"http": b":80"}
_MOST_FIELDS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Twilio:
    """The scheme; ``public_url`` is where Twilio calls."""

    public_url: str

    @property
    def signed(self) -> Signed:
        """All fields of a form, sorted: the order of two values of one name is not signed."""
        return Signed(whole_form=True)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender: the signature fits the URL in either spelling, and the body by its fields or by its digest."""
        value = request.headers.get(_HEADER)
        if not value:
            raise missing_signature(_HEADER)
        url = url_called(self.public_url, request)
        signed = _fields(url, request.body)
        candidates = [part.strip(" \t").encode("latin-1") for part in value.split(",")]
        for secret in secrets:
            for spelling in _spellings(url):
                if secret.value and any_equal(_signature(secret.value, spelling + signed), candidates):
                    content = hashlib.sha256(_spellings(url)[0] + b"\0" + signed).digest()
                    return Verified(secret=secret.name, content=content)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- the Scheme protocol's shape; no time is signed
        """The signature over a form; the idempotency token is the delivery's id."""
        signed = self.public_url.encode() + _sorted(body)
        return {_HEADER: _signature(secret, signed).decode(), "I-Twilio-Idempotency-Token": delivery_id}

    def secret_complaint(self, value: bytes) -> str | None:
        """The auth token must be at least 8 bytes long (Twilio's have 32)."""
        return (
            f"is {len(value)} bytes long, and at least {SHORTEST_SECRET} are needed"
            if len(value) < SHORTEST_SECRET
            else None
        )


def _fields(url: bytes, body: bytes) -> bytes:
    """What is signed after the URL: nothing once the URL's digest is known to be the body's, else the form's fields."""
    digest = _DIGEST.search(url)
    if digest is None:
        return _sorted(body)
    if not any_equal(hashlib.sha256(body).hexdigest().encode(), [digest[1].lower()]):
        raise Rejected("signature_mismatch", "the digest in the URL (bodySHA256) is not that of the body")
    return b""


def _sorted(body: bytes) -> bytes:
    """Names and values, the values of one name each once, all in order."""
    try:
        pairs = fields_of(body, most=_MOST_FIELDS)
    except FormError as error:
        raise Rejected("signature_mismatch", f"the form cannot be read: {error}") from None
    return b"".join(name + value for name, value in sorted(set(pairs)))


def _spellings(url: bytes) -> list[bytes]:
    """The URL as it is, and with or without the default port."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return [url]
    scheme, host, port, rest = parts.groups()
    without = scheme + b"://" + host + rest
    return [without, scheme + b"://" + host + (port or _DEFAULT_PORTS[scheme]) + rest]


def _signature(token: bytes, signed: bytes) -> bytes:
    return binascii.b2a_base64(mac(token, signed, "sha1"), newline=False)


def _build(options: Mapping[str, object]) -> Twilio:
    return Twilio(public_url=url_of(options))


PROVIDER = Provider(
    name="twilio",
    title="Twilio",
    signed_with="the account's auth token",
    build=_build,
    needs_url=True,
    media_types=FORM | JSON,
    find_id="header:I-Twilio-Idempotency-Token || content-hash",
    keeps_id=True,
    answer=SuccessAnswer(body=b"<Response/>", media_type="text/xml"),
    deadline=15,
    notes="SHA-1 is the only form that Twilio has. The form's fields are signed, sorted: their order in the body is not.",
    evidence=Evidence.VECTOR,
    documentation="https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    sample=Sample(
        body="MessageSid=SM1234567890abcdef1234567890abcdef&SmsStatus=delivered&MessageStatus=delivered&To=%2B15558675310&From=%2B15017122661&AccountSid=AC1234567890abcdef1234567890abcdef&ApiVersion=2010-04-01",
        media_type="application/x-www-form-urlencoded",
    ),
)
