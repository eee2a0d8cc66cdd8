"""Keygen's webhooks: an HTTP signature over request target, host, date and the body's digest, with the account's Ed25519 key.

https://keygen.sh/docs/api/signatures/#response-signatures and https://keygen.sh/docs/webhooks/#webhook-security. The digest is computed
from the received body, never taken from its header.
"""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hookline.domain.source import Verified
from hookline.providers.asymmetric import check_installed, decoded, is_for, public_key_of, signature_by, verifies
from hookline.providers.primitives import check_timestamp, mismatch, required, written_time
from hookline.providers.provider import Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.providers.scheme import Scheme

__all__ = ["PROVIDER", "HttpSignature"]

_HEADER = "Keygen-Signature"
_LISTED = "(request-target) host date digest"
_ALGORITHM = "ed25519"
_SIGNED = re.compile(
    f'keyid="[^"]*", algorithm="{_ALGORITHM}", signature="([A-Za-z0-9+/=]+)", headers="{re.escape(_LISTED)}"'
)
_MOST = 4
"""The most signatures that are tried in one call: each costs a public-key operation."""


@record
class HttpSignature(ConfiguredScheme):
    """The scheme; ``public_url`` is the URL that Keygen calls. A "secret" is the account's public key; ``sign`` needs the private key."""

    public_url: str = ""
    tolerance: timedelta = DEFAULT_TOLERANCE

    @property
    def is_asymmetric(self) -> bool:
        """See ``hookline.providers.scheme.has_key_pair``."""
        return True

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """See ``ConfiguredScheme.configured``. Raises OptionError also where the library is not installed."""
        check_installed()
        return ConfiguredScheme.configured(self, options)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender. Signatures over other parts of the call, or with another kind of key, are skipped."""
        value = required(request, _HEADER)
        date = check_timestamp(
            request.headers.get("Date"), "the header Date", request.received_at, self.tolerance, "http-date"
        )
        signed = self._text(request.method, request.query, date, request.body)
        for found in islice(_SIGNED.finditer(value), _MOST):
            signature = decoded(found[1], "base64")
            for secret in secrets:
                if verifies(_ALGORITHM, public_key_of(secret.value), signature, signed):
                    return Verified(secret=secret.name)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; no id is signed
        """The signature by a private key, and the date."""
        date = written_time(at, "http-date")
        made = base64.b64encode(signature_by(_ALGORITHM, secret, self._text("POST", "", date, body))).decode()
        return {_HEADER: f'keyid="1", algorithm="{_ALGORITHM}", signature="{made}", headers="{_LISTED}"', "Date": date}

    def secret_complaint(self, value: bytes) -> str | None:
        """It must be an Ed25519 public key."""
        key = public_key_of(value)
        return None if key is not None and is_for(key, _ALGORITHM) else "is not an Ed25519 public key in hex or base64"

    def _text(self, method: str, query: str, date: str, body: bytes) -> bytes:
        parts = urlsplit(self.public_url)
        target = f"{parts.path or '/'}?{query}" if query else parts.path or "/"
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        lines = (
            f"(request-target): {method.lower()} {target}",
            f"host: {parts.netloc}",
            f"date: {date}",
            f"digest: sha-256={digest}",
        )
        return "\n".join(lines).encode("utf-8", "replace")


PROVIDER = Provider(
    name="keygen",
    title="Keygen",
    signs="`Keygen-Signature: …, signature=…`, Ed25519 in base64 over method, path, host, date and the body's digest",
    signed_with="the account's Ed25519 public key, in hex as the dashboard shows it",
    scheme=HttpSignature(),
    find_id="data.id",
    find_type="data.attributes.event",
    find_time="data.attributes.created",
    keeps_id=True,
    notes="Choose `ed25519` for the webhook's signature algorithm, which is Keygen's default. The public URL must have the host that Keygen calls.",
    documentation="https://keygen.sh/docs/webhooks/",
    sample=Sample(
        body='{"data": {"id": "7c69d47e-0b1d-4b5e-8c1a-2f3e4d5c6b7a", "type": "webhook-events", "attributes": {"endpoint": "https://hooks.example.com/webhook/keygen", "payload": "{}", "event": "license.created", "status": "DELIVERING", "created": "2022-03-23T14:51:41.131Z"}}}'
    ),
)
