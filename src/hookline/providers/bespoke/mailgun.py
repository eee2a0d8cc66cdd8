"""Mailgun: the body's own ``signature`` object, HMAC-SHA256 in hex over a time and a token (https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks).

The event is not signed: anyone who overhears one signature can put it on anything, for as long as the time is fresh.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hookline.domain.json_text import NotJsonError, read_json
from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.primitives import SHORTEST_SECRET, any_equal, check_timestamp, mac
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, TOLERANCE, Signed, tolerance_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignatureInBody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureInBody:
    """The scheme."""

    tolerance: timedelta = DEFAULT_TOLERANCE

    @property
    def signed(self) -> Signed:
        """The signature's own parts."""
        return Signed(members=tuple(("signature", name) for name in ("timestamp", "token", "signature")))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows the key, at this time."""
        found = _parsed(request.body).get("signature")
        parts = found if isinstance(found, dict) else {}
        stamp, token, signature = (parts.get(name) for name in ("timestamp", "token", "signature"))
        if not isinstance(token, str) or not isinstance(signature, str) or not signature:
            raise Rejected("signature_missing", "the body has no signature with a token")
        text = str(stamp) if type(stamp) is str or type(stamp) is int else None
        time = check_timestamp(text, "signature.timestamp of the body", request.received_at, self.tolerance)
        signed = f"{time}{token}".encode("utf-8", "surrogatepass")
        candidates = [signature.lower().encode("utf-8", "surrogatepass")]
        for secret in secrets:
            if secret.value and any_equal(mac(secret.value, signed, "sha256").hex().encode(), candidates):
                return Verified(secret=secret.name, once=token)
        raise Rejected("signature_mismatch", "signature.signature of the body does not fit its time and token")

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- the Scheme protocol's shape; the signature is in the body
        """No headers: see ``signed_body``."""
        return {}

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:
        """The body with a signature; one that is no object is left as it is."""
        document = _parsed(body)
        time, token = str(int(at.timestamp())), hashlib.sha256(body).hexdigest()[:_TOKEN_LENGTH]
        signature = mac(secret, f"{time}{token}".encode(), "sha256").hex()
        signed = document | {"signature": {"token": token, "timestamp": time, "signature": signature}}
        return json.dumps(signed).encode() if document else body

    def secret_complaint(self, value: bytes) -> str | None:
        """The signing key must be at least 8 bytes long (Mailgun's have 32)."""
        return (
            f"is {len(value)} bytes long, and at least {SHORTEST_SECRET} are needed"
            if len(value) < SHORTEST_SECRET
            else None
        )


_TOKEN_LENGTH = 50


def _parsed(body: bytes) -> dict[str, object]:
    try:
        document = read_json(body)
    except NotJsonError:
        return {}
    return document if isinstance(document, dict) else {}


def _build(options: Mapping[str, object]) -> SignatureInBody:
    return SignatureInBody(tolerance=tolerance_of(options))


PROVIDER = Provider(
    name="mailgun",
    title="Mailgun",
    signed_with="the HTTP webhook signing key",
    build=_build,
    options=TOLERANCE,
    proves=Proves.SENDER,
    covers="a time and a token; of the event nothing",
    find_id='"event-data".id',
    find_type='"event-data".event',
    find_time='"event-data".timestamp',
    keeps_id=True,
    once="the token",
    answer=SuccessAnswer(),
    retries="after 10, 10, 15 and 30 minutes, 1, 2 and 4 hours; 406 stops them",
    notes="The signature covers a time and a token, not the event.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
    sample=Sample(
        body='{"event-data": {"id": "CPgfbmQMTCKtHW6uIWtuVe", "timestamp": 1521472262.908181, "log-level": "info", "event": "delivered", "recipient": "alice@example.com"}}'
    ),
)
