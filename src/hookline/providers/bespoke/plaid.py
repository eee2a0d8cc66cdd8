"""Plaid's webhooks (https://plaid.com/docs/api/webhooks/webhook-verification/)."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.domain.source import KeyReference, SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.credentials import credentials_complaint
from hookline.providers.fetched_key import FetchedKeyScheme, own_and_private
from hookline.providers.jwt import read_token, written
from hookline.providers.primitives import any_equal, check_timestamp, mismatch, required
from hookline.providers.provider import Provider, Sample
from hookline.providers.published_keys import fits, keys_in, signed_by_pair
from hookline.providers.scheme import DEFAULT_TOLERANCE, TOLERANCE, choice_of
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.providers.scheme import Scheme

__all__ = ["PROVIDER", "SignedDigest"]

_HEADER = "Plaid-Verification"
_KEY_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SAMPLE_KEY = "bfbd5111-8e33-4643-8ced-b2e642a72f3c"


@record
class SignedDigest(FetchedKeyScheme):
    """The scheme of this sender."""

    tolerance: timedelta = DEFAULT_TOLERANCE
    environment: str = ""

    @property
    def options(self) -> frozenset[str]:
        """The tolerance, and which of Plaid's hosts has the key."""
        return TOLERANCE | {"environment"}

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """The scheme for one of Plaid's environments; production has no name."""
        environment = choice_of(options, "environment", "production", ("production", "sandbox"))
        named = "" if environment == "production" else environment
        return FetchedKeyScheme.configured(replace(self, environment=named), options)

    def check_before_key(self, request: Request) -> None:
        """Refuse another algorithm, a time outside the tolerance, another body's digest, and text that is not a signature."""
        head, claims, _, signature = _token(request)
        if head.get("alg") != "ES256":
            raise Rejected("signature_mismatch", f"the header {_HEADER} is not signed by ES256")
        time = claims.get("iat")
        text = str(time) if type(time) is int else None
        check_timestamp(text, f"iat of the header {_HEADER}", request.received_at, self.tolerance)
        digest = claims.get("request_body_sha256")
        stated = digest.encode("utf-8", "replace") if isinstance(digest, str) else b""
        is_of_body = any_equal(hashlib.sha256(request.body).hexdigest().encode(), [stated])
        if not is_of_body or len(signature) != 64:  # noqa: PLR2004 -- r and s (RFC 7518 section 3.4)
            raise mismatch(_HEADER)

    def wanted_key(self, request: Request) -> KeyReference:
        """The key that the token names; only ES256 is accepted, whatever else the token states."""
        head = _token(request)[0]
        found = head.get("kid")
        if head.get("alg") != "ES256" or not isinstance(found, str) or not _KEY_ID.fullmatch(found):
            raise Rejected("signature_mismatch", f"the header {_HEADER} is not signed by ES256 with a key of Plaid's")
        return KeyReference(provider="plaid", name=found, place=self.environment)

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:  # noqa: ARG002 -- required by Scheme; there are none
        """Prove the sender, the time and the body. The secrets are the credentials for fetching the key; they prove nothing themselves."""
        self.check_before_key(request)
        key = self.key_for(request)
        _, _, signed, signature = _token(request)
        if not fits(keys_in(key), "ES256", signature, signed):
            raise mismatch(_HEADER)
        first_half = signature[
            :32
        ].hex()  # unique to the call; an attacker can change the second half into another valid one
        return Verified(once=first_half)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- as above
        """The token, signed with ``secret``, a private key in PEM."""
        head = written(json.dumps({"alg": "ES256", "kid": _SAMPLE_KEY, "typ": "JWT"}).encode())
        claims = {"iat": int(at.timestamp()), "request_body_sha256": hashlib.sha256(body).hexdigest()}
        signed = f"{head}.{written(json.dumps(claims).encode())}"
        signature = signed_by_pair(own_and_private(secret)[1], "ES256", signed.encode())
        return {_HEADER: f"{signed}.{written(signature)}"}

    def secret_complaint(self, value: bytes) -> str | None:
        """The credentials for fetching the key must be ``client_id:secret``."""
        return credentials_complaint(value)


def _token(request: Request) -> tuple[Mapping[str, object], Mapping[str, object], bytes, bytes]:
    return read_token(required(request, _HEADER), f"the header {_HEADER}")


PROVIDER = Provider(
    name="plaid",
    title="Plaid",
    signs="`Plaid-Verification`, a JWT (ES256) that holds the body's SHA-256 and its own time",
    signed_with="client_id:secret of the API: Plaid signs with its own key, and shows it only to customers",
    scheme=SignedDigest(),
    needs_keys=True,
    find_id="each-call",
    once="the signature itself, which differs from call to call",
    find_type="join('.', [webhook_type, webhook_code])",
    answer=SuccessAnswer(),
    deadline=10,
    retries="for up to 24 hours with growing pauses",
    notes="A call such as SYNC_UPDATES_AVAILABLE has the same words each time that something is new: each call is "
    "its own event.",
    documentation="https://plaid.com/docs/api/webhooks/webhook-verification/",
    sample=Sample(
        body='{\n  "webhook_type": "TRANSACTIONS",\n  "webhook_code": "SYNC_UPDATES_AVAILABLE",\n  "item_id": "wz666MBjYWTp2PDzzggYhM6oWWmBb",\n  "initial_update_complete": true,\n  "historical_update_complete": false,\n  "environment": "production"\n}'
    ),
)
