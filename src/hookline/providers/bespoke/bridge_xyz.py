"""Bridge's webhooks (https://apidocs.bridge.xyz/platform/additional-information/webhooks/signature).

Bridge signs the SHA-256 of the time and the body, so RSA hashes that digest a second time.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.source import Verified
from hookline.providers.asymmetric import check_installed, decoded, is_for, public_key_of, signature_by, verifies
from hookline.providers.primitives import check_timestamp, mismatch, pairs_of, required
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.scheme import ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.providers.scheme import Scheme

__all__ = ["PROVIDER", "SignedDigestOfText"]

_HEADER = "X-Webhook-Signature"
_ALGORITHM = "rsa-sha256"
_MOST_SIGNATURES = 4
"""The most signatures in one header: each costs a public-key operation for each secret."""


@record
class SignedDigestOfText(ConfiguredScheme):
    """The scheme. A "secret" is the endpoint's public key."""

    tolerance: timedelta = timedelta(minutes=10)

    @property
    def is_asymmetric(self) -> bool:
        """True: Bridge has the private key."""
        return True

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender, the time and the body."""
        pairs = pairs_of(required(request, _HEADER))
        stamp = dict(reversed(pairs)).get("t")
        where = f"t of the header {_HEADER}"
        time = check_timestamp(stamp, where, request.received_at, self.tolerance, "milliseconds")
        digest = _digest(time, request.body)
        signatures = [decoded(text, "base64") for name, text in pairs if name == "v0"][:_MOST_SIGNATURES]
        for secret in secrets:
            key = public_key_of(secret.value)
            if any(verifies(_ALGORITHM, key, signature, digest) for signature in signatures):
                return Verified(secret=secret.name)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; no id is signed
        """The time and the signature by a private key, which only a test has."""
        time = str(int(at.timestamp() * 1000))
        signature = signature_by(_ALGORITHM, secret, _digest(time, body))
        return {_HEADER: f"t={time},v0={base64.b64encode(signature).decode()}"}

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The configured scheme; only where the library is installed."""
        check_installed()
        return ConfiguredScheme.configured(self, options)

    def secret_complaint(self, value: bytes) -> str | None:
        """It must be a public key."""
        return None if is_for(public_key_of(value), _ALGORITHM) else "is not a public key of RSA, in PEM or in base64"


def _digest(time: str, body: bytes) -> bytes:
    return hashlib.sha256(time.encode() + b"." + body).digest()


PROVIDER = Provider(
    name="bridge-xyz",
    title="Bridge (bridge.xyz)",
    signs="`X-Webhook-Signature: t=…,v0=…`, RSA-SHA256 over the SHA-256 of the time and the body",
    signed_with="the endpoint's public_key, from the API's answer when the webhook was created: the PEM file, or its "
    "base64 on one line",
    scheme=SignedDigestOfText(),
    find_id="event_id",
    find_type="event_type",
    find_time="event_created_at",
    evidence=Evidence.VECTOR,
    documentation="https://apidocs.bridge.xyz/platform/additional-information/webhooks/signature",
    sample=Sample(
        body='{"api_version": "v0", "event_id": "wh_evt_2mzmfMKfT2rhX6Vx4ZL3Bq", "event_category": "transfer", "event_type": "transfer.updated.status_transitioned", "event_object_id": "3f3b1f10-5a2a-4bd1-9f4f-3b3e9b0f9f2d", "event_object_status": "payment_processed", "event_created_at": "2026-01-01T00:00:00.000Z"}'
    ),
)
