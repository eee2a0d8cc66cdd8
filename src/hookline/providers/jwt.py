"""JSON web tokens in their compact form, as far as senders use them (RFC 7515): read, never believed."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import orjson

from hookline.errors import Rejected
from hookline.providers.primitives import any_equal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["der_of_raw", "raw_of_der", "read_token", "written"]

_LONGEST_TOKEN = 16_384
_RAW_HALF = 32  # bytes of r and of s on P-256 (RFC 7518 section 3.4)


def read_token(value: str, header: str) -> tuple[Mapping[str, object], Mapping[str, object], bytes, bytes]:
    """Head, claims, what is signed, and the signature. Raises Rejected for what is no token. Nothing of it is proved yet."""
    parts = value.strip(" \t").split(".")
    if len(parts) != 3 or len(value) > _LONGEST_TOKEN:  # noqa: PLR2004 -- head, claims and signature
        raise Rejected("signature_mismatch", f"the header {header} is not a JSON web token")
    head, claims, signature = (_decoded(part) for part in parts)
    try:
        documents = [orjson.loads(part) for part in (head, claims)]
    except orjson.JSONDecodeError:
        documents = [None]
    if not all(isinstance(document, dict) for document in documents):
        raise Rejected("signature_mismatch", f"the header {header} is not a JSON web token")
    return documents[0], documents[1], f"{parts[0]}.{parts[1]}".encode("utf-8", "replace"), signature


def written(part: bytes) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    """The bytes of a part in the one spelling that it has; none otherwise."""
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
    return raw if any_equal(written(raw).encode(), [part.encode("utf-8", "replace")]) else b""


def der_of_raw(signature: bytes) -> bytes:
    """An ECDSA signature of r and s as DER; none of another length."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    halves = signature[:_RAW_HALF], signature[_RAW_HALF:]
    if len(signature) != 64:  # noqa: PLR2004 -- two halves
        return b""
    return encode_dss_signature(*(int.from_bytes(half, "big") for half in halves))


def raw_of_der(signature: bytes) -> bytes:
    """The other way; none for what is no signature."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    try:
        halves = decode_dss_signature(signature)
    except ValueError:
        return b""
    return b"".join(half.to_bytes(_RAW_HALF, "big") for half in halves)
