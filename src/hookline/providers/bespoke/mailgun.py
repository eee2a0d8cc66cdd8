"""Mailgun's webhooks (https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks).

The event is not signed: anyone who overhears one signature can put it on any event, as long as its time is within the tolerance.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.bodies import find, object_in, parsed
from hookline.providers.primitives import check_timestamp, fitting, hex_mac
from hookline.providers.provider import Proves, Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, Signed, SignedInside
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignatureInBody"]


@record
class SignatureInBody(SignedInside):
    """The scheme of this sender."""

    tolerance: timedelta = DEFAULT_TOLERANCE

    @property
    def signed(self) -> Signed:
        """The members of the signature."""
        return Signed(members=tuple(("signature", name) for name in ("timestamp", "token", "signature")))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows the key, at this time."""
        parts = find(parsed(request.body), "signature")
        stamp, token, signature = (find(parts, name) for name in ("timestamp", "token", "signature"))
        if not isinstance(token, str) or not isinstance(signature, str) or not signature:
            raise Rejected("signature_missing", "the body has no signature with a token")
        text = str(stamp) if type(stamp) is str or type(stamp) is int else None
        time = check_timestamp(text, "signature.timestamp of the body", request.received_at, self.tolerance)
        signed = f"{time}{token}".encode("utf-8", "surrogatepass")
        candidates = [signature.lower().encode("utf-8", "surrogatepass")]
        secret = fitting(secrets, lambda key: hex_mac(key, signed), candidates)
        if secret is None:
            raise Rejected("signature_mismatch", "signature.signature of the body does not match its time and token")
        return Verified(secret=secret.name, once=token)

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:
        """The body with a signature; a body that is not an object is not changed."""
        document = object_in(body)
        time, token = str(int(at.timestamp())), hashlib.sha256(body).hexdigest()[:_TOKEN_LENGTH]
        signature = hex_mac(secret, f"{time}{token}".encode()).decode()
        signed = document | {"signature": {"token": token, "timestamp": time, "signature": signature}}
        return json.dumps(signed).encode() if document else body


_TOKEN_LENGTH = 50


PROVIDER = Provider(
    name="mailgun",
    title="Mailgun",
    signs="the body's own `signature` object, HMAC-SHA256 in hex over a time and a token",
    signed_with="the HTTP webhook signing key",
    scheme=SignatureInBody(),
    proves=Proves.SENDER,
    covers="a time and a token; no part of the event",
    find_id='"event-data".id',
    find_type='"event-data".event',
    find_time='"event-data".timestamp',
    keeps_id=True,
    once="the token",
    answer=SuccessAnswer(),
    retries="after 5, 10 and 15 minutes, 1, 2 and 4 hours; 406 stops them",
    notes="The signature covers a time and a token, not the event.",
    documentation="https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
    sample=Sample(
        body='{"event-data": {"id": "CPgfbmQMTCKtHW6uIWtuVe", "timestamp": 1521472262.908181, "log-level": "info", "event": "delivered", "recipient": "alice@example.com"}}'
    ),
)
