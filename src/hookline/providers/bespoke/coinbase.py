"""Coinbase Developer Platform: ``X-Hook0-Signature: t=…,h=…,v1=…`` over the time, the named headers and the body.

``h`` names the headers that are signed, parted by spaces: ``{t}.{h}.{values joined by "."}.{body}``
(https://docs.cdp.coinbase.com/webhooks/verify-signatures).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.domain.source import SuccessAnswer, Verified
from hookline.providers.primitives import SHORTEST_SECRET, any_equal, check_timestamp, mac, mismatch, missing_signature
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, TOLERANCE, tolerance_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignedHeaders"]

_HEADER = "X-Hook0-Signature"
_SENT = "x-event-id"
_MOST_HEADERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedHeaders:
    """The scheme."""

    tolerance: timedelta = DEFAULT_TOLERANCE

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender; a header that ``h`` names and that is absent counts as empty, as Coinbase's own example has it."""
        value = request.headers.get(_HEADER)
        if not value:
            raise missing_signature(_HEADER)
        pairs = [pair.strip(" \t").partition("=") for pair in value.split(",")]
        found = {name: text for name, _, text in reversed(pairs)}
        time = check_timestamp(found.get("t"), f"t of the header {_HEADER}", request.received_at, self.tolerance)
        names = found.get("h", "")
        candidates = [text.lower().encode("utf-8") for name, _, text in pairs if name == "v1"]
        values = ".".join(request.headers.get(name) or "" for name in names.split(" ")[:_MOST_HEADERS])
        signed = f"{time}.{names}.{values}.".encode("latin-1") + request.body
        for secret in secrets:
            if secret.value and any_equal(mac(secret.value, signed, "sha256").hex().encode(), candidates):
                once = hashlib.sha256(signed).hexdigest()  # one text may be cut into other values of the same headers
                return Verified(secret=secret.name, delivery_id=_delivery_id(request, names), once=once)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The signature over the event's id and the body."""
        time = str(int(at.timestamp()))
        signed = f"{time}.{_SENT}.{delivery_id}.".encode("latin-1") + body
        signature = mac(secret, signed, "sha256").hex()
        return {_HEADER: f"t={time},h={_SENT},v1={signature}", _SENT: delivery_id}

    def secret_complaint(self, value: bytes) -> str | None:
        """The secret must be at least 8 bytes long (Coinbase's are UUIDs)."""
        return (
            f"is {len(value)} bytes long, and at least {SHORTEST_SECRET} are needed"
            if len(value) < SHORTEST_SECRET
            else None
        )


def _delivery_id(request: Request, names: str) -> str:
    """The event's id where the signature covers it; else the body's digest: anyone who overhears a call could write another id beside it."""
    signed = [name.encode("latin-1") for name in names.lower().split(" ")[:_MOST_HEADERS]]
    named = request.headers.get(_SENT) if any_equal(_SENT.encode(), signed) else None
    return named or hashlib.sha256(request.body).hexdigest()


def _build(options: Mapping[str, object]) -> SignedHeaders:
    return SignedHeaders(tolerance=tolerance_of(options))


PROVIDER = Provider(
    name="coinbase",
    title="Coinbase Developer Platform",
    signed_with="the subscription's secret (metadata.secret)",
    build=_build,
    options=TOLERANCE,
    carries_id=True,
    find_id="header:x-event-id || content-hash",
    find_type="eventType || event_type || type || 'webhook'",
    keeps_id=True,
    once="all that is signed, as one text",
    answer=SuccessAnswer(),
    notes="The id counts where the signature's h names its header.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://docs.cdp.coinbase.com/webhooks/verify-signatures",
    sample=Sample(
        body='{"eventType": "onramp.transaction.success", "transactionId": "113a2f3c-0b4f-1f0d-9f3a-5f2b1d2c3e4f", "paymentTotal": {"currency": "USD", "value": "10.00"}}'
    ),
)
