"""Public keys as senders publish them, and signatures by them as JSON web tokens write them (RFC 7517, 7518 and 8037).

The algorithm comes only from the source's configuration. A key never fits if it is of another kind, on another curve or too short, or if it
states another use.
"""

from __future__ import annotations

import json
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final  # Any: the library's keys have no common type

from hookline.providers.asymmetric import is_for, private_key_of, public_key_of, signature_by, verifies
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PAIRED", "PublishedKey", "fits", "is_private", "keys_in", "signed_by_pair", "suits"]

_OF_EC: Final = MappingProxyType({"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"})
"""The curve of each algorithm (RFC 7518 section 3.4)."""

PAIRED: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{f"RS{bits}": f"rsa-sha{bits}" for bits in (256, 384, 512)},
        **{f"PS{bits}": f"rsa-pss-sha{bits}" for bits in (256, 384, 512)},
        **{f"ES{bits}": f"ecdsa-sha{bits}" for bits in (256, 384, 512)},
        "EdDSA": "ed25519",
    }
)
"""The algorithms of key pairs (RFC 7518 section 3.1, RFC 8037 section 3.1), as ``hookline.providers.asymmetric`` names them."""

_SHORTEST_RSA: Final = 2048  # bits (RFC 7518 section 3.3)
_LONGEST_RSA: Final = 8192  # each verification costs more than twice as much as with half the bits
_MOST_KEYS: Final = 32  # in one document
_MOST_TRIED: Final = 4  # for one token: each costs a public-key operation


@record
class PublishedKey:
    """One public key, its name if it has one, and the algorithm that it states; "" if it states none."""

    key: Any
    name: str = ""
    algorithm: str = ""


@lru_cache(maxsize=64)
def keys_in(document: bytes) -> tuple[PublishedKey, ...]:
    """The keys of a document: one in PEM (or its certificate), in base64 or as a JWK, a set of JWKs, or PEM by name; empty otherwise."""
    text = document.strip()
    if not text.startswith(b"{"):
        return _of_texts({"": text.decode("latin-1")})
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    if "kty" not in written and not isinstance(written.get("keys"), list):
        return _of_texts(written)
    listed = [written] if "kty" in written else written["keys"]
    read = [_of_jwk(one) for one in listed[:_MOST_KEYS] if isinstance(one, dict)]
    return tuple(one for one in read if one is not None)


def suits(key: PublishedKey, algorithm: str) -> bool:
    """Whether this key may verify signatures of this algorithm."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    public = key.key
    if not is_for(public, PAIRED[algorithm]) or (key.algorithm and not _is_one(key.algorithm, algorithm)):
        return False
    if isinstance(public, RSAPublicKey):
        return _SHORTEST_RSA <= public.key_size <= _LONGEST_RSA
    return not isinstance(public, EllipticCurvePublicKey) or _is_one(public.curve.name, _OF_EC[algorithm])


def fits(keys: Sequence[PublishedKey], algorithm: str, signature: bytes, signed: bytes) -> bool:
    """Whether the owner of one of the keys made the signature."""
    tried = [key.key for key in keys if suits(key, algorithm)][:_MOST_TRIED]
    return any(verifies(PAIRED[algorithm], key, signature, signed, form="raw") for key in tried)


def signed_by_pair(private: bytes, algorithm: str, signed: bytes) -> bytes:
    """The signature by a private key, for tests; empty with a key of another kind."""
    key: Any = private_key_of(private)
    if key is None or not suits(PublishedKey(key=key.public_key()), algorithm):
        return b""
    return signature_by(PAIRED[algorithm], private, signed, form="raw")


def is_private(document: bytes) -> bool:
    """Whether this is the private half of a key pair, which only its owner may have."""
    if b"PRIVATE KEY-----" in document:
        return True
    try:
        written = json.loads(document)
    except (ValueError, RecursionError):
        return False
    return isinstance(written, dict) and "d" in written


def _of_texts(written: Mapping[str, object]) -> tuple[PublishedKey, ...]:
    """The keys in PEM, or in base64, by name."""
    texts = {name: text for name, text in [*written.items()][:_MOST_KEYS] if isinstance(text, str)}
    found = [(name, public_key_of(text.encode("latin-1", "replace"))) for name, text in texts.items()]
    return tuple(PublishedKey(key=key, name=name) for name, key in found if key is not None)


def _of_jwk(jwk: Mapping[str, Any]) -> PublishedKey | None:
    """The key of a JWK; None if it is not a public key, or not one for verifying signatures (RFC 7517 section 4).

    Plaid states in ``expired_at`` that a key must no longer be used.
    """
    operations, name, algorithm = jwk.get("key_ops", ["verify"]), jwk.get("kid", ""), jwk.get("alg", "")
    if jwk.get("expired_at") is not None or jwk.get("use", "sig") != "sig":
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    if not isinstance(name, str) or not isinstance(algorithm, str):
        return None
    key = public_key_of(json.dumps(jwk).encode())
    return None if key is None else PublishedKey(key=key, name=name, algorithm=algorithm)


def _is_one(name: str, other: str) -> bool:
    """Whether two public names are the same."""
    return {name: True}.get(other, False)
