"""Twilio's webhooks.

https://www.twilio.com/docs/usage/webhooks/webhooks-security; twilio-python, ``request_validator.py``. Twilio signs the URL with or without
the default port, depending on the calling machine, so both are tried.
"""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import TYPE_CHECKING

from hookline.domain.form import FormError, fields_of
from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.primitives import ENCODINGS, any_equal, fitting, mac, mismatch, required, url_called
from hookline.providers.provider import FORM, JSON, Evidence, Provider, Sample
from hookline.providers.scheme import ConfiguredScheme, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "Twilio"]

_HEADER = "X-Twilio-Signature"
_URL = re.compile(rb"(https?)://([^/?:]*)(:\d+)?(.*)", re.DOTALL)
_DIGEST = re.compile(rb"[?&]bodySHA256=([0-9A-Fa-f]{64})(?:&|$)")
_DEFAULT_PORTS = {b"https": b":443", b"http": b":80"}
_MOST_FIELDS = 2000


@record
class Twilio(ConfiguredScheme):
    """The scheme; ``public_url`` is the URL that Twilio calls."""

    public_url: str = ""

    @property
    def signed(self) -> Signed:
        """All fields of a form, sorted: the order of two values of one name is not signed."""
        return Signed(whole_form=True)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender: the signature may fit the URL in either form, and the body by its fields or by its digest."""
        value = required(request, _HEADER)
        url = url_called(self.public_url, request)
        signed = _fields(url, request.body)
        candidates = [part.strip(" \t").encode("latin-1") for part in value.split(",")]
        for spelling in _spellings(url):
            secret = fitting(secrets, partial(_signature, signed=spelling + signed), candidates)
            if secret is not None:
                content = hashlib.sha256(_spellings(url)[0] + b"\0" + signed).digest()
                return Verified(secret=secret.name, content=content)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; no time is signed
        """The signature over a form; the idempotency token is the delivery's id."""
        signed = self.public_url.encode() + _sorted(body)
        return {_HEADER: _signature(secret, signed).decode(), "I-Twilio-Idempotency-Token": delivery_id}


def _fields(url: bytes, body: bytes) -> bytes:
    """The signed text after the URL: empty if the URL has the body's digest, else the form's fields."""
    digest = _DIGEST.search(url)
    if digest is None:
        return _sorted(body)
    if not any_equal(hashlib.sha256(body).hexdigest().encode(), [digest[1].lower()]):
        raise Rejected("signature_mismatch", "the digest in the URL (bodySHA256) is not that of the body")
    return b""


def _sorted(body: bytes) -> bytes:
    """Names and values in sorted order, each value of a name once."""
    try:
        pairs = fields_of(body, most=_MOST_FIELDS)
    except FormError as error:
        raise Rejected("signature_mismatch", f"the form cannot be read: {error}") from None
    return b"".join(name + value for name, value in sorted(set(pairs)))


def _spellings(url: bytes) -> list[bytes]:
    """The URL unchanged, and with or without the default port."""
    parts = _URL.fullmatch(url)
    if parts is None:
        return [url]
    scheme, host, port, rest = parts.groups()
    without = scheme + b"://" + host + rest
    return [without, scheme + b"://" + host + (port or _DEFAULT_PORTS[scheme]) + rest]


def _signature(token: bytes, signed: bytes) -> bytes:
    return ENCODINGS["base64"](mac(token, signed, "sha1"))


PROVIDER = Provider(
    name="twilio",
    title="Twilio",
    signs="HMAC-SHA1 over the URL and the sorted form fields, or over a URL that holds the digest of a JSON body",
    signed_with="the account's auth token",
    scheme=Twilio(),
    media_types=FORM | JSON,
    find_id="header:I-Twilio-Idempotency-Token || content-hash",
    keeps_id=True,
    answer=SuccessAnswer(body=b"<Response/>", media_type="text/xml"),
    deadline=15,
    notes="Twilio supports only SHA-1. The form's fields are signed, sorted: their order in the body is not.",
    evidence=Evidence.VECTOR,
    documentation="https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    sample=Sample(
        body="MessageSid=SM1234567890abcdef1234567890abcdef&SmsStatus=delivered&MessageStatus=delivered&To=%2B15558675310&From=%2B15017122661&AccountSid=AC1234567890abcdef1234567890abcdef&ApiVersion=2010-04-01",
        media_type="application/x-www-form-urlencoded",
    ),
)
