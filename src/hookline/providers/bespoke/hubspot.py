"""HubSpot's webhooks.

https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests; hubspot-api-python, ``utils/signature.py``.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from hookline.domain.source import Verified
from hookline.providers.general.hmac import KeyedHash
from hookline.providers.primitives import fitting, mismatch, required, url_called
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.scheme import TOLERANCE, ConfiguredScheme, choice_of, url_of
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.providers.scheme import Scheme

__all__ = ["PROVIDER", "DigestOfSecret", "SignedUrl"]

_HEADER = "X-HubSpot-Signature"
_DECODED: Final = {
    code: bytes.fromhex(code[1:].decode())
    for code in (b"%3A", b"%2F", b"%3F", b"%40", b"%21", b"%24", b"%27", b"%28", b"%29", b"%2A", b"%2C", b"%3B")
}
"""The characters that HubSpot decodes in the URL before it signs ("Validate requests using the v3 request signature")."""
_ENCODED = re.compile(b"|".join(_DECODED), re.IGNORECASE)


@record
class SignedUrl(KeyedHash):
    """Version 3: the keyed hash, over the URL as HubSpot decodes it; or the version that the option chooses."""

    @property
    def options(self) -> frozenset[str]:
        """The version, and the tolerance of version 3."""
        return TOLERANCE | {"version"}

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The scheme of the version in the options."""
        version = choice_of(options, "version", "v3", ("v1", "v2", "v3"))
        if version == "v3":
            return KeyedHash.configured(self, options)
        return DigestOfSecret(public_url=url_of(options) if version == "v2" else "")

    def url_of(self, request: Request) -> bytes:
        """The URL after decoding, as HubSpot signs it."""
        return _ENCODED.sub(lambda found: _DECODED[found[0].upper()], url_called(self.public_url, request))


@record
class DigestOfSecret(ConfiguredScheme):
    """Versions 1 and 2: a plain SHA-256 of the secret, of method and URL if ``public_url`` is not empty, and of the body."""

    public_url: str = ""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender, for a request of any age."""
        candidates = [part.strip(" \t").lower().encode("utf-8") for part in required(request, _HEADER).split(",")]
        called = (
            request.method.encode("utf-8", "replace") + url_called(self.public_url, request) if self.public_url else b""
        )
        secret = fitting(secrets, lambda value: _digest(value + called + request.body), candidates)
        if secret is None:
            raise mismatch(_HEADER)
        return Verified(secret=secret.name)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; no time is signed
        """The signature and its version."""
        called = f"POST{self.public_url}".encode() if self.public_url else b""
        version = "v2" if self.public_url else "v1"
        return {_HEADER: _digest(secret + called + body).decode(), "X-HubSpot-Signature-Version": version}


def _digest(signed: bytes) -> bytes:
    return hashlib.sha256(signed).hexdigest().encode()


PROVIDER = Provider(
    name="hubspot",
    title="HubSpot",
    signs="version 3 signs method, URL, body and time; versions 1 and 2, which do not sign a time, only where a source asks for them",
    signed_with="the app's client secret",
    scheme=SignedUrl(
        headers=("X-HubSpot-Signature-v3",),
        encoding="base64",
        timestamp_header="X-HubSpot-Request-Timestamp",
        timestamp_format="milliseconds",
        template="{method}{url}{body}{timestamp}",
    ),
    find_id="content-hash",
    deadline=5,
    retries="up to 10 times over the next 24 hours",
    notes='One call carries up to 100 events, stored and queued as one. `version = "v1"` (which signs no URL) and '
    '`"v2"` do not sign a time: anyone who overhears a call may repeat it.',
    evidence=Evidence.VECTOR,
    documentation="https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests",
    sample=Sample(
        body='[{"eventId": 100, "subscriptionId": 3584362, "portalId": 62515, "appId": 12345, "occurredAt": 1564113600000, "subscriptionType": "contact.creation", "attemptNumber": 0, "objectId": 123, "changeSource": "CRM", "changeFlag": "NEW"}]'
    ),
)
