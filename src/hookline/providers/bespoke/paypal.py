"""PayPal's webhooks.

https://developer.paypal.com/api/rest/webhooks/rest/; paypalrestsdk, ``notifications.py``. The certificate's URL is in a header, so it must
match PayPal's hosts and folder before anything is fetched.
"""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.domain.source import KeyReference, SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.asymmetric import decoded
from hookline.providers.fetched_key import FetchedKeyScheme, own_and_private, signed_by, verified_by
from hookline.providers.primitives import (
    ENCODINGS,
    check_timestamp,
    mismatch,
    missing_signature,
    required,
    written_time,
)
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.scheme import TOLERANCE, choice_of
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.providers.scheme import Scheme

__all__ = ["PROVIDER", "CertifiedTransmission"]

_HEADER = "PAYPAL-TRANSMISSION-SIG"
_TIME = "PAYPAL-TRANSMISSION-TIME"
_PINNED = re.compile(r"https://api(?:\.sandbox)?\.paypal\.com/v1/notifications/certs/[A-Za-z0-9_-]{1,128}")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_RETRIES = timedelta(days=4)
"""PayPal repeats a call for three days and does not document that it signs each try with a new time."""


@record
class CertifiedTransmission(FetchedKeyScheme):
    """The scheme; a "secret" is the webhook's id, which binds a signature to this webhook."""

    tolerance: timedelta = _RETRIES
    place: str = "live"

    @property
    def options(self) -> frozenset[str]:
        """The tolerance, and which of PayPal's hosts is asked."""
        return TOLERANCE | {"environment"}

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The scheme for one of PayPal's environments."""
        place = choice_of(options, "environment", "live", ("live", "sandbox"))
        return FetchedKeyScheme.configured(replace(self, place=place), options)

    def check_before_key(self, request: Request) -> None:
        """Refuse another algorithm, a time outside the tolerance, and a header that is not a signature."""
        get = request.headers.get
        value = get(_HEADER)
        if not value or not get("PAYPAL-TRANSMISSION-ID"):
            raise missing_signature(_HEADER)
        check_timestamp(get(_TIME), f"header {_TIME}", request.received_at, self.tolerance, "rfc3339")
        if get("PAYPAL-AUTH-ALGO") != "SHA256withRSA":
            raise Rejected("signature_mismatch", "the header PAYPAL-AUTH-ALGO is not SHA256withRSA")
        if not decoded(value, "base64"):
            raise mismatch(_HEADER)

    def wanted_key(self, request: Request) -> KeyReference:
        """The certificate that the request names, after a check that its URL belongs to PayPal."""
        url = required(request, "PAYPAL-CERT-URL")
        if not _PINNED.fullmatch(url):
            raise Rejected("signature_mismatch", "the header PAYPAL-CERT-URL is not the URL of a certificate of PayPal")
        return KeyReference(provider="paypal", name=url)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender by the certificate, for any of the webhook ids."""
        self.check_before_key(request)
        key = self.key_for(request)
        get = request.headers.get
        transmission, time = get("PAYPAL-TRANSMISSION-ID") or "", get(_TIME) or ""
        signature = decoded(get(_HEADER) or "", "base64")
        for secret in secrets:
            signed = _signed(transmission, time, secret.value, request.body)
            if secret.value and verified_by(key, signature, signed, "sha256"):
                return Verified(secret=secret.name, once=transmission)
        raise mismatch(_HEADER)

    def question(self, request: Request, secret: bytes) -> bytes:
        """The question to PayPal whether it sent the call, with the body as the received bytes, because PayPal judges these."""
        get = request.headers.get
        fields = {
            "auth_algo": get("PAYPAL-AUTH-ALGO"),
            "cert_url": get("PAYPAL-CERT-URL"),
            "transmission_id": get("PAYPAL-TRANSMISSION-ID"),
            "transmission_sig": get(_HEADER),
            "transmission_time": get(_TIME),
            "webhook_id": secret.decode("latin-1"),
        }
        return (
            json.dumps(fields).encode()[:-1]
            + b', "webhook_event": '
            + request.body.removeprefix(_BYTE_ORDER_MARK)
            + b"}"
        )

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The headers; ``secret`` is the webhook's id followed by a private key in PEM."""
        webhook, private = own_and_private(secret)
        time = written_time(at, "rfc3339")
        signature = signed_by(private, _signed(delivery_id, time, webhook, body), "sha256")
        return {
            _HEADER: ENCODINGS["base64"](signature).decode(),
            "PAYPAL-TRANSMISSION-ID": delivery_id,
            _TIME: time,
            "PAYPAL-CERT-URL": "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }


def _signed(transmission: str, time: str, webhook: bytes, body: bytes) -> bytes:
    before = f"{transmission}|{time}|".encode("latin-1")
    return before + webhook + b"|%d" % zlib.crc32(body)


PROVIDER = Provider(
    name="paypal",
    title="PayPal",
    signs="RSA over transmission id, time, webhook id and the body's CRC-32, by a certificate of PayPal's own host",
    signed_with="the webhook's id, as PayPal's dashboard shows it",
    scheme=CertifiedTransmission(),
    confirm_option="confirm",
    proves=Proves.CHECKSUM,
    covers="the transmission's id, its time, the webhook's id and the body's CRC-32",
    needs_keys=True,
    find_id="id",
    find_type="event_type",
    find_time="create_time",
    keeps_id=True,
    once="the transmission's id",
    answer=SuccessAnswer(),
    retries="up to 25 times in 3 days, until any 2xx",
    notes="PayPal signs only a CRC-32 of the body, a checksum against transmission errors: anyone can create another "
    "body with the same one, so the headers of one overheard call fit a body that PayPal never sent. hookline "
    "accepts each transmission with one body only. Name `client_id:secret` of your PayPal application as "
    "`confirm`, and hookline asks PayPal itself about each call before it accepts it. The tolerance is 4 days, "
    "because a repeated call may keep its time.",
    evidence=Evidence.SDK,
    documentation="https://developer.paypal.com/api/rest/webhooks/rest/",
    sample=Sample(
        body='{"id": "WH-2WR32451HC0233532-67976317FL4543714", "create_time": "2014-10-23T17:23:52Z", "resource_type": "sale", "event_type": "PAYMENT.SALE.COMPLETED", "summary": "A successful sale payment was made for $ 0.48 USD", "resource": {"id": "80021663DE681814L", "amount": {"total": "0.48", "currency": "USD"}, "state": "completed"}}'
    ),
)
