"""Mercado Pago: ``x-signature: ts=…,v1=…`` over a manifest of the id in the URL, the request's id and the time.

https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks. The body is not signed: of it only ``data.id``
is held to what the URL says, and what happened has to be asked of the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from hookline.domain.json_text import NotJsonError, read_json
from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.primitives import SHORTEST_SECRET, any_equal, check_timestamp, mac, mismatch, missing_signature
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, TOLERANCE, Signed, tolerance_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "Manifest"]

_HEADER = "x-signature"
_REQUEST_ID = "x-request-id"
_PLACE = "ts of the header x-signature"
_MOST_SECONDS_DIGITS = 11
"""Seconds have 10 digits until the year 2286; Mercado Pago writes seconds in some examples and milliseconds in others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The scheme."""

    tolerance: timedelta = DEFAULT_TOLERANCE

    @property
    def signed(self) -> Signed:
        """The id, which stands in the body and in the URL."""
        return Signed(members=(("data", "id"),), query=frozenset({"data.id"}))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender of the notification, and that the body speaks of the same thing as the URL."""
        value = request.headers.get(_HEADER)
        if not value:
            raise missing_signature(_HEADER)
        pairs = [pair.strip(" \t").partition("=") for pair in value.split(",")]
        stamp = next((text for name, _, text in pairs if name == "ts"), None)
        unit = "milliseconds" if stamp and len(stamp) > _MOST_SECONDS_DIGITS else "seconds"
        time = check_timestamp(stamp, _PLACE, request.received_at, self.tolerance, unit)
        candidates = [text.lower().encode("utf-8") for name, _, text in pairs if name == "v1"]
        called = _query_id(request.query)
        if not any_equal(_body_id(request.body).lower(), [called.lower().encode("utf-8", "replace")]):
            raise Rejected("signature_mismatch", "data.id of the body is not the data.id of the URL, which is signed")
        request_id = request.headers.get(_REQUEST_ID)
        if ";" in called or ";" in (request_id or ""):
            raise Rejected(
                "signature_mismatch", "data.id or the request's id holds a semicolon, which parts what is signed"
            )
        for secret in secrets:
            for spelling in (called, called.lower()):
                signed = _manifest(spelling, request_id, time)
                if secret.value and any_equal(mac(secret.value, signed, "sha256").hex().encode(), candidates):
                    return Verified(secret=secret.name, once=signed.decode("utf-8") if request_id else None)
        raise mismatch(_HEADER)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The signature and the request's id; ``signed_query`` is what the URL must have."""
        time = str(int(at.timestamp()))
        signed = _manifest(_body_id(body).decode("utf-8", "replace"), delivery_id, time)
        signature = mac(secret, signed, "sha256").hex()
        return {_HEADER: f"ts={time},v1={signature}", _REQUEST_ID: delivery_id}

    def signed_query(self, body: bytes) -> str:
        """What the sender adds to the URL."""
        return urlencode({"data.id": _body_id(body).decode("utf-8", "replace")})

    def secret_complaint(self, value: bytes) -> str | None:
        """The secret must be at least 8 bytes long (Mercado Pago's have 64)."""
        return (
            f"is {len(value)} bytes long, and at least {SHORTEST_SECRET} are needed"
            if len(value) < SHORTEST_SECRET
            else None
        )


def _manifest(called: str, request_id: str | None, time: str) -> bytes:
    """What is signed: a part that is absent is left out. The page asks for the id in small letters, the SDK takes it as it is."""
    parts = (("id", called), ("request-id", request_id), ("ts", time))
    return "".join(f"{name}:{value};" for name, value in parts if value).encode("utf-8", "replace")


def _query_id(query: str) -> str:
    try:
        pairs = parse_qsl(query, max_num_fields=100)
    except ValueError:
        return ""
    return next((value for name, value in pairs if name == "data.id"), "")


def _body_id(body: bytes) -> bytes:
    try:
        document = read_json(body)
    except NotJsonError:
        return b""
    inner = document.get("data") if isinstance(document, dict) else None
    value = inner.get("id") if isinstance(inner, dict) else None
    return str(value).encode("utf-8", "replace") if isinstance(value, str | int) else b""


def _build(options: Mapping[str, object]) -> Manifest:
    return Manifest(tolerance=tolerance_of(options))


PROVIDER = Provider(
    name="mercado-pago",
    title="Mercado Pago",
    signed_with="the application's secret signature",
    build=_build,
    options=TOLERANCE,
    proves=Proves.FIELDS,
    covers="the id in the URL, the request's id and the time; of the body nothing",
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
