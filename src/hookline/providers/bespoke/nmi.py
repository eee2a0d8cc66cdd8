"""NMI's webhooks (https://docs.nmi.com/reference/overview): ``t`` in the header is a nonce, not a time."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.primitives import fitting, hex_mac, mismatch, pairs_of, required
from hookline.providers.provider import Provider, Sample
from hookline.providers.scheme import ConfiguredScheme

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignedNonce"]

_HEADER = "Webhook-Signature"
_NONCE = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""A nonce without a full stop, because a full stop ends it: otherwise the same signature would fit a body whose beginning was moved
into the nonce.
"""


class SignedNonce(ConfiguredScheme):
    """The scheme of this sender."""

    __slots__ = ()

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender and the body."""
        pairs = pairs_of(required(request, _HEADER))
        nonce = dict(reversed(pairs)).get("t", "")
        if not _NONCE.fullmatch(nonce):
            raise Rejected("signature_mismatch", f"t of the header {_HEADER} is not a nonce")
        signed = nonce.encode() + b"." + request.body
        signatures = [text.lower().encode("utf-8", "replace") for name, text in pairs if name == "s"]
        secret = fitting(secrets, lambda key: hex_mac(key, signed), signatures)
        if secret is None:
            raise mismatch(_HEADER)
        return Verified(secret=secret.name)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The signature with a nonce from the id and the time of this delivery."""
        nonce = hashlib.sha256(f"{delivery_id} {at.timestamp()}".encode()).hexdigest()[:32]
        return {_HEADER: f"t={nonce},s={hex_mac(secret, nonce.encode() + b'.' + body).decode()}"}


PROVIDER = Provider(
    name="nmi",
    title="NMI",
    signs="`Webhook-Signature: t=…,s=…`, hex over a nonce and the body",
    signed_with="the signing key of the webhooks' settings",
    scheme=SignedNonce(),
    find_id="event_id",
    find_type="event_type",
    answer=SuccessAnswer(),
    retries="up to 20 times in about two and a half days: after 15 seconds, three times after a minute, after 5, 15 "
    "and 30 minutes, 10 times hourly, twice after 12 hours and once after 24",
    documentation="https://docs.nmi.com/reference/overview",
    sample=Sample(
        body='{"event_id": "b7f1c0d2-3e4a-4b5c-8d6e-7f8091a2b3c4", "event_type": "transaction.sale.success", "event_body": {"merchant": {"id": "1234"}, "transaction_id": "9876543210", "condition": "pendingsettlement", "action": {"amount": "49.99", "action_type": "sale"}}}'
    ),
)
