"""eBay's webhooks.

https://developer.ebay.com/marketplace-account-deletion; event-notification-nodejs-sdk. The key is fetched from eBay's notification API by its id.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING

import orjson

from hookline.domain.source import KeyReference, SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.asymmetric import decoded
from hookline.providers.credentials import credentials_complaint
from hookline.providers.fetched_key import FetchedKeyScheme, own_and_private, signed_by, verified_by
from hookline.providers.primitives import ENCODINGS, mismatch, padded, required
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignatureWithKeyId"]

_HEADER = "X-EBAY-SIGNATURE"
_KEY_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SAMPLE_KEY = "9936261a-7d7b-4621-a0f1-964fcd6ac1d0"


@record
class SignatureWithKeyId(FetchedKeyScheme):
    """The scheme of this sender."""

    def check_before_key(self, request: Request) -> None:
        """Refuse a header that is not a signature.

        ``alg`` and ``digest`` of the header are ignored, as in eBay's own SDKs: the key decides the algorithm, and only ECDSA over SHA-1 is
        ever verified, whatever a call states.
        """
        if not _signature(_read(request)):
            raise mismatch(_HEADER)

    def wanted_key(self, request: Request) -> KeyReference:
        """The key that the header names."""
        found = _read(request).get("kid")
        if not isinstance(found, str) or not _KEY_ID.fullmatch(found):
            raise Rejected("signature_mismatch", f"the header {_HEADER} does not name a key")
        return KeyReference(provider="ebay", name=found)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- required by Scheme; there are none
        """Prove the sender. The secrets are the credentials for fetching the key; they prove nothing themselves."""
        self.check_before_key(request)
        if not verified_by(self.key_for(request), _signature(_read(request)), request.body, "sha1"):
            raise mismatch(_HEADER)
        return Verified()

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- as above
        """The header, signed with ``secret``, a private key in PEM."""
        signature = ENCODINGS["base64"](signed_by(own_and_private(secret)[1], body, "sha1")).decode()
        value = {"alg": "ecdsa", "kid": _SAMPLE_KEY, "signature": signature, "digest": "SHA1"}
        return {_HEADER: ENCODINGS["base64"](json.dumps(value).encode()).decode()}

    def secret_complaint(self, value: bytes) -> str | None:
        """The credentials for fetching the key must be ``client_id:client_secret``."""
        return credentials_complaint(value)


def _read(request: Request) -> Mapping[str, object]:
    value = required(request, _HEADER)
    try:
        document = orjson.loads(base64.b64decode(padded(value.strip(" \t").encode("latin-1")), validate=True))
    except ValueError:  # of either
        document = None
    if not isinstance(document, dict):
        raise Rejected("signature_mismatch", f"the header {_HEADER} is not base64 of JSON")
    return document


def _signature(written: Mapping[str, object]) -> bytes:
    signature = written.get("signature")
    return decoded(signature, "base64") if isinstance(signature, str) else b""


PROVIDER = Provider(
    name="ebay",
    title="eBay",
    signs="`X-EBAY-SIGNATURE`, base64 of JSON with a key's id and an ECDSA signature over the body's SHA-1",
    signed_with="client_id:client_secret of the application: eBay signs with its own key, and shows it only to applications",
    scheme=SignatureWithKeyId(),
    needs_keys=True,
    find_id="notification.notificationId",
    find_type="metadata.topic",
    find_time="notification.eventDate",
    keeps_id=True,
    answer=SuccessAnswer(),
    notes="SHA-1 is the only form that eBay offers. eBay gives the key only to its own applications.",
    handshake_kinds=(("tokens.ChallengeCode", {}),),
    evidence=Evidence.VECTOR,
    documentation="https://developer.ebay.com/marketplace-account-deletion",
    sample=Sample(
        body='{"metadata": {"topic": "MARKETPLACE_ACCOUNT_DELETION", "schemaVersion": "1.0", "deprecated": false}, "notification": {"notificationId": "49feeaeb-4982-42d9-a377-9645b8479411_33f7e043-fed8-442b-9d44-791923bd9a6d", "eventDate": "2021-03-19T20:43:59.462Z", "publishDate": "2021-03-19T20:43:59.679Z", "publishAttemptCount": 1, "data": {"username": "test_user", "userId": "ma8vp1jySJC"}}}'
    ),
)
