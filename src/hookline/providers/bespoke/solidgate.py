"""Solidgate's webhooks (https://api-docs.solidgate.com/api/openapi/main/md/webhook-signatures).

The signature is base64 of the hex text of an HMAC-SHA512, as in Solidgate's API.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from hookline.domain.source import Verified
from hookline.providers.primitives import any_equal, mac, mismatch, required, too_short
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.scheme import ConfiguredScheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "KeyAroundBody"]

_HEADER = "signature"
_KEY = "merchant"


class KeyAroundBody(ConfiguredScheme):
    """The scheme. A secret is ``public_key:secret_key``: the public key is signed before the body and after it."""

    __slots__ = ()

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender and the body, by the key pair that the header ``merchant`` names."""
        signatures = [one.strip(b" \t") for one in required(request, _HEADER).encode("utf-8").split(b",")]
        named = required(request, _KEY).encode("utf-8")
        for secret in secrets:
            public, _, private = secret.value.partition(b":")
            is_ours = bool(private) and any_equal(public, [named])
            if is_ours and any_equal(_signature(public, private, request.body), signatures):
                return Verified(secret=secret.name)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; neither is signed
        """The signature and the public key."""
        public, _, private = secret.partition(b":")
        return {_KEY: public.decode("latin-1"), _HEADER: _signature(public, private, body).decode()}

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be ``public_key:secret_key``."""
        public, _, private = value.partition(b":")
        if not public or not private:
            return "is not written as public_key:secret_key"
        return too_short(private, what="has a secret key of {} bytes")


def _signature(public: bytes, private: bytes, body: bytes) -> bytes:
    return base64.b64encode(binascii.hexlify(mac(private, public + body + public, "sha512")))


PROVIDER = Provider(
    name="solidgate",
    title="Solidgate",
    signs="`signature`, base64 of the hex of HMAC-SHA512 over the public key, the body and the public key",
    signed_with="wh_pk_…:wh_sk_…, the public and the secret key of the channel's webhooks",
    scheme=KeyAroundBody(),
    find_id="header:solidgate-event-id",
    find_type="header:solidgate-event-type",
    find_time="header:solidgate-event-created-at",
    keeps_id=True,
    notes="Id, type and time are in headers, which are not signed. Version 2 of the API signs the body only: use `hmac` for it, with header `signature` and base64.",
    evidence=Evidence.SDK,
    documentation="https://api-docs.solidgate.com/api/openapi/main/md/webhook-signatures",
    sample=Sample(
        body='{"order": {"order_id": "ORD-1001", "status": "settle_ok", "amount": 1020, "currency": "USD"}, "transactions": {"da4b2ed3ab6d4e5f80c5a5b1c8d7e6f5": {"id": "da4b2ed3ab6d4e5f80c5a5b1c8d7e6f5", "operation": "pay", "status": "success", "amount": 1020, "currency": "USD"}}}',
        headers={
            "solidgate-event-id": "{id}",
            "solidgate-event-type": "card_gate.order.updated",
            "solidgate-event-created-at": "{rfc3339}",
        },
    ),
)
