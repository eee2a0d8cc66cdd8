"""Favro's outgoing webhooks (https://favro.com/developer/#webhook-signature).

The payload's id and the webhook's URL are signed, but nothing about the event: anyone who overhears a call can write another card into it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.bodies import find, parsed
from hookline.providers.primitives import ENCODINGS, fitting, mac, mismatch, required, url_called
from hookline.providers.provider import Proves, Provider, Sample
from hookline.providers.scheme import ConfiguredScheme, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignedPayloadId"]

_HEADER = "X-Favro-Webhook"
_ID = "payloadId"


@record
class SignedPayloadId(ConfiguredScheme):
    """The scheme; ``public_url`` is the URL that Favro calls."""

    public_url: str = ""

    @property
    def signed(self) -> Signed:
        """The payload's id."""
        return Signed(members=((_ID,),))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows the secret, for this payload's id."""
        candidates = [required(request, _HEADER).strip(" \t").encode("latin-1")]
        payload_id = find(parsed(request.body), _ID)
        if not isinstance(payload_id, str) or not payload_id:
            raise Rejected("signature_mismatch", f"the body has no {_ID}, which is signed")
        signed = payload_id.encode("utf-8", "surrogatepass") + url_called(self.public_url, request)
        secret = fitting(secrets, partial(_signature, signed=signed), candidates)
        if secret is None:
            raise mismatch(_HEADER)
        return Verified(secret=secret.name, once=payload_id)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; neither is signed
        """The signature over the payload's id, or over none where the body has none."""
        payload_id = find(parsed(body), _ID)
        text = payload_id if isinstance(payload_id, str) else ""
        signed = text.encode("utf-8", "surrogatepass") + self.public_url.encode()
        return {_HEADER: _signature(secret, signed).decode()}


def _signature(key: bytes, signed: bytes) -> bytes:
    return ENCODINGS["base64"](mac(key, signed, "sha1"))


PROVIDER = Provider(
    name="favro",
    title="Favro",
    signs="`X-Favro-Webhook`, HMAC-SHA1 in base64 over the body's `payloadId` and the URL",
    signed_with="the webhook's secret",
    scheme=SignedPayloadId(),
    proves=Proves.SENDER,
    covers="the payload's id and the URL; no part of the event",
    once="the payload's id",
    find_id="payloadId",
    find_type="action",
    notes="The signature covers the payload's id, not the event: ask Favro's API for the card. Favro supports only SHA-1.",
    documentation="https://favro.com/developer/#webhook-signature",
    sample=Sample(
        body='{"payloadId": "PiNg000000aBcD==", "action": "created", "hookId": "5c1a0000b7d3f40011223344", "card": {"cardId": "67973f72db34592d8fc96c48", "cardCommonId": "67973f72db34592d8fc96c49", "name": "Implement webhook receiver"}}'
    ),
)
