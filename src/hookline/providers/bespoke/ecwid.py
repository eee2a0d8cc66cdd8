"""Ecwid's webhooks (https://docs.ecwid.com/develop-apps/webhooks): of the body only the time and the event's id are signed."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from hookline.domain.source import SuccessAnswer, Verified
from hookline.providers.bodies import find, parsed
from hookline.providers.primitives import fitting, mac, mismatch, required
from hookline.providers.provider import Proves, Provider, Sample
from hookline.providers.scheme import ConfiguredScheme, Signed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignedIdAndTime"]

_HEADER = "X-Ecwid-Webhook-Signature"


class SignedIdAndTime(ConfiguredScheme):
    """The scheme of this sender."""

    __slots__ = ()

    @property
    def signed(self) -> Signed:
        """The time and the id of the event."""
        return Signed(members=(("eventCreated",), ("eventId",)))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender made an event of this id and time."""
        signatures = [one.strip(b" \t") for one in required(request, _HEADER).encode("utf-8").split(b",")]
        signed, name = _signed(request.body)
        secret = fitting(secrets, lambda key: _signature(key, signed), signatures)
        if secret is None:
            raise mismatch(_HEADER)
        return Verified(secret=secret.name, once=name or None)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- required by Scheme; both are in the body
        """The signature over the time and the id in the body."""
        return {_HEADER: _signature(secret, _signed(body)[0]).decode()}


def _signed(body: bytes) -> tuple[bytes, str]:
    """The signed text, and the event's id; a value of another type than Ecwid writes counts as empty."""
    document = parsed(body)
    time, found = find(document, "eventCreated"), find(document, "eventId")
    name = found if isinstance(found, str) else ""
    return f"{time if type(time) is int else ''}.{name}".encode("utf-8", "surrogatepass"), name


def _signature(key: bytes, signed: bytes) -> bytes:
    return base64.b64encode(mac(key, signed, "sha256"))


PROVIDER = Provider(
    name="ecwid",
    title="Ecwid",
    signs="`X-Ecwid-Webhook-Signature`, base64 over eventCreated and eventId of the body",
    signed_with="the app's client secret",
    scheme=SignedIdAndTime(),
    proves=Proves.FIELDS,
    covers="eventCreated and eventId; what happened, and to which store, is not signed",
    find_id="eventId",
    find_type="eventType",
    find_time="eventCreated",
    once="the event's id",
    answer=SuccessAnswer(),
    notes="Only the event's id and its time are signed: ask the API what happened to the object that the body names.",
    documentation="https://docs.ecwid.com/develop-apps/webhooks",
    sample=Sample(
        body='{"eventId": "80aece08-40e8-4145-8764-6c2f0d38678", "eventCreated": 1234567, "storeId": 1003, "entityId": 103878161, "eventType": "order.updated", "data": {"orderId": "XJ12H", "oldPaymentStatus": "AWAITING_PAYMENT", "newPaymentStatus": "PAID"}}'
    ),
)
