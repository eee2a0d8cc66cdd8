"""The forms in which senders write a secret, and how the key is derived from it."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Final

from hookline.providers.primitives import ALGORITHMS, padded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["SECRET_ENCODINGS", "as_it_is"]


def as_it_is(secret: bytes) -> bytes:
    """The secret itself, without decoding."""
    return secret


def _digest(algorithm: str) -> Callable[[bytes], bytes]:
    return lambda secret: hashlib.new(algorithm, secret).digest()


def _digest_in_hex(algorithm: str) -> Callable[[bytes], bytes]:
    return lambda secret: hashlib.new(algorithm, secret).hexdigest().encode()


SECRET_ENCODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "utf8": as_it_is,
    "hex": binascii.unhexlify,
    "base64": lambda secret: base64.b64decode(padded(secret), validate=True),
    "base64url": lambda secret: base64.b64decode(padded(secret), altchars=b"-_", validate=True),
    **{algorithm: _digest(algorithm) for algorithm in ALGORITHMS},
    **{f"{algorithm}-hex": _digest_in_hex(algorithm) for algorithm in ALGORITHMS},
}
"""How a secret becomes the key: unchanged, decoded, or as its digest, raw or in hex."""
