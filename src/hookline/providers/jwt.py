"""JSON web tokens in their compact form, as far as senders use them (RFC 7515): read here, verified elsewhere."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import orjson

from hookline.errors import Rejected
from hookline.providers.primitives import any_equal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_part", "read_token", "written"]

_LONGEST_TOKEN = 16_384


def read_token(
    value: str, where: str, *, longest: int = _LONGEST_TOKEN
) -> tuple[Mapping[str, object], Mapping[str, object], bytes, bytes]:
    """Head, claims, signed text and signature. Raises Rejected for text that is not a token. No part of it is verified yet.

    ``where`` is its place in words, such as "the header Authorization".
    """
    if len(value) > longest or value.count(".") != 2:  # noqa: PLR2004 -- between head, claims and signature
        raise Rejected("signature_mismatch", f"{where} is not a JSON web token")
    parts = value.strip(" \t").split(".")
    head, claims, signature = (read_part(part) for part in parts)
    try:
        documents = [orjson.loads(part) for part in (head, claims)]
    except orjson.JSONDecodeError:
        documents = [None]
    if not all(isinstance(document, dict) for document in documents):
        raise Rejected("signature_mismatch", f"{where} is not a JSON web token")
    return documents[0], documents[1], f"{parts[0]}.{parts[1]}".encode("utf-8", "replace"), signature


def written(part: bytes) -> str:
    """A part of a token, encoded."""
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def read_part(part: str) -> bytes:
    """The bytes of a part in its only valid form; empty for any other text."""
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
    return raw if any_equal(written(raw).encode(), [part.encode("utf-8", "replace")]) else b""
