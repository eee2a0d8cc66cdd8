"""Coinbase Developer Platform's webhooks.

``h`` names the headers that are signed, separated by spaces: ``{t}.{h}.{values joined by "."}.{body}``
(https://docs.cdp.coinbase.com/webhooks/verify-signatures).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hookline.domain.source import SuccessAnswer, Verified
from hookline.providers.primitives import (
    any_equal,
    check_timestamp,
    fitting,
    hex_mac,
    mismatch,
    pairs_of,
    required,
    signatures_in,
)
from hookline.providers.provider import Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignedHeaders"]

_HEADER = "X-Hook0-Signature"
_SENT = "x-event-id"
_MOST_HEADERS = 32


@record
class SignedHeaders(ConfiguredScheme):
    """The scheme of this sender."""

    tolerance: timedelta = DEFAULT_TOLERANCE

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender; a header that ``h`` names and that is absent counts as empty, as in Coinbase's own example."""
        pairs = pairs_of(required(request, _HEADER))
        found = dict(reversed(pairs))
        time = check_timestamp(found.get("t"), f"t of the header {_HEADER}", request.received_at, self.tolerance)
        names = found.get("h", "")
        values = ".".join(request.headers.get(name) or "" for name in names.split(" ")[:_MOST_HEADERS])
        signed = f"{time}.{names}.{values}.".encode("latin-1") + request.body
        secret = fitting(secrets, lambda key: hex_mac(key, signed), signatures_in(pairs))
        if secret is None:
            raise mismatch(_HEADER)
        once = hashlib.sha256(
            signed
        ).hexdigest()  # the same text can be divided differently into the values of these headers
        return Verified(secret=secret.name, delivery_id=_delivery_id(request, names), once=once)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The signature over the event's id and the body."""
        time = str(int(at.timestamp()))
        signed = f"{time}.{_SENT}.{delivery_id}.".encode("latin-1") + body
        signature = hex_mac(secret, signed).decode()
        return {_HEADER: f"t={time},h={_SENT},v1={signature}", _SENT: delivery_id}


def _delivery_id(request: Request, names: str) -> str:
    """The event's id if the signature covers it, else the body's digest, because anyone who overhears a call could write another id."""
    signed = [name.encode("latin-1") for name in names.lower().split(" ")[:_MOST_HEADERS]]
    named = request.headers.get(_SENT) if any_equal(_SENT.encode(), signed) else None
    return named or hashlib.sha256(request.body).hexdigest()


PROVIDER = Provider(
    name="coinbase",
    title="Coinbase Developer Platform",
    signs="`X-Hook0-Signature: t=…,h=…,v1=…` over the time, the named headers and the body",
    signed_with="the subscription's secret (metadata.secret)",
    scheme=SignedHeaders(),
    carries_id=True,
    find_id="header:x-event-id || content-hash",
    find_type="eventType || event_type || type || 'webhook'",
    keeps_id=True,
    once="all that is signed, as one text",
    answer=SuccessAnswer(),
    notes="The id is used if the signature's h names its header.",
    documentation="https://docs.cdp.coinbase.com/webhooks/verify-signatures",
    sample=Sample(
        body='{"eventType": "onramp.transaction.success", "transactionId": "113a2f3c-0b4f-1f0d-9f3a-5f2b1d2c3e4f", "paymentTotal": {"currency": "USD", "value": "10.00"}}'
    ),
)
