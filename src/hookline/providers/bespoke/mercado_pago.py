"""Mercado Pago's webhooks.

https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks. The body is not signed: only its ``data.id`` is
compared with the URL, and what happened must be fetched from the API.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.bodies import find, parsed
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
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, ConfiguredScheme, Signed
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "Manifest"]

_HEADER = "x-signature"
_REQUEST_ID = "x-request-id"
_PLACE = "ts of the header x-signature"
_MOST_SECONDS_DIGITS = 11
"""Seconds have 10 digits until the year 2286; Mercado Pago writes seconds in some examples and milliseconds in others."""


@record
class Manifest(ConfiguredScheme):
    """The scheme of this sender."""

    tolerance: timedelta = DEFAULT_TOLERANCE

    @property
    def signed(self) -> Signed:
        """The id, which is in the body and in the URL."""
        return Signed(members=(("data", "id"),), query=frozenset({"data.id"}))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender of the notification, and that the body has the same id as the URL."""
        pairs = pairs_of(required(request, _HEADER))
        stamp = dict(reversed(pairs)).get("ts")
        unit = "milliseconds" if stamp and len(stamp) > _MOST_SECONDS_DIGITS else "seconds"
        time = check_timestamp(stamp, _PLACE, request.received_at, self.tolerance, unit)
        candidates = signatures_in(pairs)
        called = _query_id(request.query)
        if not any_equal(_body_id(request.body).lower(), [called.lower().encode("utf-8", "replace")]):
            raise Rejected("signature_mismatch", "data.id of the body is not the data.id of the URL, which is signed")
        request_id = request.headers.get(_REQUEST_ID)
        if ";" in called or ";" in (request_id or ""):
            raise Rejected(
                "signature_mismatch",
                "data.id or the request's id contains a semicolon, which separates the signed parts",
            )
        for spelling in (called, called.lower()):
            signed = _manifest(spelling, request_id, time)
            secret = fitting(secrets, partial(hex_mac, signed=signed), candidates)
            if secret is not None:
                return Verified(secret=secret.name, once=signed.decode("utf-8") if request_id else None)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The signature and the request's id; ``signed_query`` is what the URL must have."""
        time = str(int(at.timestamp()))
        signed = _manifest(_body_id(body).decode("utf-8", "replace"), delivery_id, time)
        signature = hex_mac(secret, signed).decode()
        return {_HEADER: f"ts={time},v1={signature}", _REQUEST_ID: delivery_id}

    def signed_query(self, body: bytes, *, secret: bytes, at: datetime) -> str:  # noqa: ARG002 -- required by Scheme; a header has the signature
        """What the sender adds to the URL."""
        return urlencode({"data.id": _body_id(body).decode("utf-8", "replace")})


def _manifest(called: str, request_id: str | None, time: str) -> bytes:
    """The signed text: absent parts are left out. The documentation asks for the id in lower case, the SDK uses it unchanged."""
    parts = (("id", called), ("request-id", request_id), ("ts", time))
    return "".join(f"{name}:{value};" for name, value in parts if value).encode("utf-8", "replace")


def _query_id(query: str) -> str:
    try:
        pairs = parse_qsl(query, max_num_fields=100)
    except ValueError:
        return ""
    return next((value for name, value in pairs if name == "data.id"), "")


def _body_id(body: bytes) -> bytes:
    value = find(parsed(body), "data", "id")
    return str(value).encode("utf-8", "replace") if isinstance(value, str | int) else b""


PROVIDER = Provider(
    name="mercado-pago",
    title="Mercado Pago",
    signs="`x-signature: ts=…,v1=…` over a manifest of the id in the URL, the request's id and the time",
    signed_with="the application's secret signature",
    scheme=Manifest(),
    proves=Proves.FIELDS,
    covers="the id in the URL, the request's id and the time; no part of the body",
    find_id="id",
    find_type="action || type || 'webhook'",
    find_time="date_created",
    keeps_id=True,
    once="the id in the URL, the request's id and the time, together",
    answer=SuccessAnswer(),
    deadline=22,
    retries="every 15 minutes, and less often after the third time",
    notes="Signed are the id in the URL, the request's id and the time, not the body: ask the API what happened to that id. Retries that are older than the tolerance need a longer one.",
    evidence=Evidence.SDK,
    documentation="https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks",
    sample=Sample(
        body='{"id": 12345, "live_mode": true, "type": "payment", "date_created": "2015-03-25T10:04:58.396-04:00", "user_id": 44444, "api_version": "v1", "action": "payment.created", "data": {"id": "999999999"}}'
    ),
)
