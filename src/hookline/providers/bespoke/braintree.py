"""Braintree's webhooks.

https://developer.paypal.com/braintree/docs/guides/webhooks/parse; braintree_python, ``webhook_notification_gateway.py``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from hookline.domain.form import FormError, fields_of
from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.handshakes.signed_answer import BRAINTREE_CHALLENGE
from hookline.providers.primitives import any_equal, mac, too_short
from hookline.providers.provider import FORM, Evidence, Proves, Provider, Sample
from hookline.providers.scheme import Signed, SignedInside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SignedForm"]

_FIELD = "bt_signature"
_MOST_FIELDS = 20
_MOST_SIGNATURES = 20
"""The most signatures in one call: one for each key pair of the merchant."""
_PAYLOAD = re.compile(r"[A-Za-z0-9+/=\n]+")


class SignedForm(SignedInside):
    """The scheme. A secret is ``public_key|private_key``, so that signatures of other key pairs can be skipped."""

    signed: Final = Signed(form=frozenset({_FIELD, "bt_payload"}))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender: the signature may fit the payload with or without its last line break."""
        form = _form(request.body)
        signatures, payload = form.get(_FIELD), form.get("bt_payload")
        if not signatures or not payload:
            raise Rejected("signature_missing", "the form has no bt_signature or no bt_payload")
        if not _PAYLOAD.fullmatch(payload):
            raise Rejected("signature_mismatch", "bt_payload is not base64")
        if BRAINTREE_CHALLENGE.fullmatch(payload):  # anyone can have a challenge signed
            raise Rejected("signature_mismatch", "bt_payload could be a challenge")
        pairs = [pair.partition("|") for pair in signatures.split("&", _MOST_SIGNATURES)[:_MOST_SIGNATURES]]
        for secret in secrets:
            public, _, private = secret.value.partition(b"|")
            candidates = [
                text.encode("utf-8", "replace")
                for name, _, text in pairs
                if any_equal(name.encode("utf-8", "replace"), [public])
            ]
            if private and any([any_equal(_mac(private, text), candidates) for text in (payload, payload + "\n")]):  # noqa: C419 -- each is compared, whatever the other is
                return Verified(secret=secret.name, delivery_id=_delivery_id(payload))
        raise Rejected("signature_mismatch", "bt_signature does not match bt_payload")

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:  # noqa: ARG002 -- required by Scheme; no time is signed
        """The form: with the content of ``bt_payload`` or, if ``body`` is not such a form, with ``body`` itself in base64."""
        payload = _form(body).get("bt_payload") or base64.b64encode(body).decode()
        public, _, private = secret.partition(b"|")
        signature = f"{public.decode('latin-1')}|{_mac(private, payload).decode()}"
        return urlencode({_FIELD: signature, "bt_payload": payload}).encode()

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be ``public_key|private_key``, the second with at least 8 bytes (Braintree's have 32)."""
        public, _, private = value.partition(b"|")
        if not public or not private:
            return "is not written as public_key|private_key"
        return too_short(private, what="has a private key of {} bytes")


def _form(body: bytes) -> dict[str, str]:
    """The form's fields, the first of each name."""
    try:
        pairs = fields_of(body, most=_MOST_FIELDS)
    except FormError:
        return {}
    return {
        name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in reversed(pairs) if value
    }


def _delivery_id(payload: str) -> str:
    """The digest of only the signed part: the form around it can be written in many ways."""
    return hashlib.sha256(payload.rstrip("\n").encode()).hexdigest()


def _mac(private: bytes, payload: str) -> bytes:
    return binascii.hexlify(mac(hashlib.sha1(private, usedforsecurity=False).digest(), payload.encode(), "sha1"))


PROVIDER = Provider(
    name="braintree",
    title="Braintree",
    signs="a form whose `bt_signature` is `public_key|hex`, HMAC-SHA1 over `bt_payload` with the SHA-1 of the private key",
    signed_with="public_key|private_key of the merchant account",
    scheme=SignedForm(),
    proves=Proves.FIELDS,
    covers="bt_payload",
    media_types=FORM,
    carries_id=True,
    find_id="content-hash",
    handshake_kinds=(("signed_answer.BraintreeChallenge", {}),),
    retries="every hour for 3 hours in the sandbox, for 24 hours in production, until any 2xx",
    notes="The payload is XML in base64, and its digest is the id. Braintree supports only SHA-1.",
    evidence=Evidence.SDK,
    documentation="https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
    sample=Sample(
        body='<notification><timestamp type="datetime">2026-01-02T03:04:05Z</timestamp><kind>check</kind><subject><check type="boolean">true</check></subject></notification>',
        media_type="application/x-www-form-urlencoded",
    ),
)
