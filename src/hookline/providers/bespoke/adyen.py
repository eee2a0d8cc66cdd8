"""Adyen's payment webhooks.

https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/; adyen-python-api-library, ``Adyen/util.py``.
Every item must be signed: an unsigned item would otherwise be accepted with the others.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Final

from hookline.domain.source import SuccessAnswer, Verified
from hookline.errors import Rejected
from hookline.providers.bodies import find, objects_in, parsed, text_at
from hookline.providers.primitives import ENCODINGS, any_equal, mac, too_short
from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.scheme import Signed, SignedInside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hookline.domain.event import Json
    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "SIGNED_FIELDS", "SignedItems"]

_SIGNATURE: Final = ("additionalData", "hmacSignature")
_WHERE: Final = ".".join(_SIGNATURE)
SIGNED_FIELDS: Final = (
    "pspReference",
    "originalReference",
    "merchantAccountCode",
    "merchantReference",
    "value",
    "currency",
    "eventCode",
    "success",
)
"""What an item's signature covers, in this order."""
_MOST_ITEMS: Final = 100
"""The most items in one call: Adyen sends one. Each costs a hash, also in a forged call."""

_OF_AMOUNT: Final = ("value", "currency")
_FREE: Final = "merchantReference"
_NAMING: Final = ("pspReference", "eventCode", "success")


class SignedItems(SignedInside):
    """The scheme of this sender."""

    signed: Final = Signed(
        members=tuple(
            ("notificationItems", "NotificationRequestItem", *path)
            for path in (
                *((field,) for field in SIGNED_FIELDS if field not in _OF_AMOUNT),
                *(("amount", field) for field in _OF_AMOUNT),
                _SIGNATURE,
            )
        )
    )

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender of every item: the same secret must fit all of them."""
        items = _items(parsed(request.body))
        if len(items) > _MOST_ITEMS:
            raise Rejected("signature_mismatch", f"there are more than {_MOST_ITEMS} items")
        signed = [(_signed(item), text_at(item, *_SIGNATURE)) for item in items]
        if not signed or not all(signature for _, signature in signed):
            raise Rejected("signature_missing", f"an item has no {_WHERE}, or there is no item")
        for secret in secrets:
            key = _key(secret.value)
            if key and all([any_equal(_mac(key, text), [signature]) for text, signature in signed]):  # noqa: C419 -- each is compared, whatever the others are
                return Verified(secret=secret.name, delivery_id=_delivery_id(items[0]) or _digest(request.body))
        raise Rejected("signature_mismatch", f"{_WHERE} does not match the item's own fields")

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:  # noqa: ARG002 -- required by Scheme; no time is signed
        """The body with a signature in each item; a body without items is not changed."""
        document = parsed(body)
        for item in _items(document):
            extra = item.setdefault("additionalData", {})
            if isinstance(extra, dict):
                extra["hmacSignature"] = _mac(_key(secret) or b"", _signed(item)).decode()
        return body if document is None else json.dumps(document).encode()

    def secret_complaint(self, value: bytes) -> str | None:
        """The key must be hex of at least 8 bytes (Adyen's have 32)."""
        key = _key(value)
        return "is not written in hex" if key is None else too_short(key)


def _items(document: Json) -> list[dict[str, Json]]:
    """The items; empty for a body of another shape."""
    outer = find(document, "notificationItems")
    return objects_in([find(one, "NotificationRequestItem") for one in outer] if isinstance(outer, list) else None)


def _signed(item: Mapping[str, Json]) -> bytes:
    """The text that is signed; it contains two members of the amount, and ignores all others.

    A colon separates the values, so only one of them, the merchant's own reference, may contain one: with two, the same text could belong
    to several items.
    """
    amount = item.get("amount")
    parts = amount if isinstance(amount, dict) else {}
    found = {field: item.get(field) for field in SIGNED_FIELDS} | {field: parts.get(field) for field in _OF_AMOUNT}
    values = {field: _text(value) for field, value in found.items()}
    if any(":" in value for value in (values | {_FREE: ""}).values()):
        raise Rejected(
            "signature_mismatch", f"a signed field other than {_FREE} contains a colon, which separates the fields"
        )
    return ":".join(values.values()).encode("utf-8", "surrogatepass")


def _delivery_id(item: Mapping[str, Json]) -> str | None:
    """The id as it is signed: the same text, written as a number or a boolean, is the same event."""
    values = [_text(item.get(field)) for field in _NAMING]
    return ":".join(values) if all(values) else None


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _text(value: object) -> str:
    """A value as Adyen writes it into the signed text: empty if it is absent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _key(secret: bytes) -> bytes | None:
    try:
        return binascii.unhexlify(secret)
    except binascii.Error:
        return None


def _mac(key: bytes, signed: bytes) -> bytes:
    return ENCODINGS["base64"](mac(key, signed, "sha256"))


PROVIDER = Provider(
    name="adyen",
    title="Adyen",
    signs="each item of the body has a signature over eight of its own fields, the key in hex",
    signed_with="the webhook's HMAC key in hex",
    scheme=SignedItems(),
    proves=Proves.FIELDS,
    covers="of each item pspReference, originalReference, merchantAccountCode, merchantReference, amount, eventCode and success",
    carries_id=True,
    find_id="join(':', notificationItems[0].NotificationRequestItem.[pspReference, eventCode, success])",
    find_type="notificationItems[0].NotificationRequestItem.eventCode",
    find_time="notificationItems[0].NotificationRequestItem.eventDate",
    keeps_id=True,
    answer=SuccessAnswer(body=b"[accepted]", media_type="text/plain"),
    deadline=10,
    retries="with growing pauses, up to 8 hours, for 30 days",
    notes="Signed are pspReference, originalReference, merchantAccountCode, merchantReference, amount, eventCode and success; everything else in the body is not. A result that changes from failure to success is a separate event.",
    evidence=Evidence.VECTOR,
    documentation="https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/",
    sample=Sample(
        fresh="pspReference",
        body='{"live": "false", "notificationItems": [{"NotificationRequestItem": {"additionalData": {}, "amount": {"currency": "EUR", "value": 1130}, "eventCode": "AUTHORISATION", "eventDate": "2021-08-01T12:00:00+02:00", "merchantAccountCode": "TestMerchant", "merchantReference": "TestPayment-1407325143704", "paymentMethod": "visa", "pspReference": "7914073381342284", "success": "true"}}]}',
    ),
)
