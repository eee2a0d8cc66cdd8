"""What senders have in common whose public key is fetched: reading keys, and verifying by RSA or ECDSA."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Self  # Any: the library's keys have no common type

from hookline.errors import UnavailableError
from hookline.providers.public_key import check_installed, decoded
from hookline.providers.scheme import ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.request import Request
    from hookline.domain.source import KeyReference
    from hookline.providers.scheme import Scheme

__all__ = ["FetchedKeyScheme", "key_of", "own_and_private", "signed_by", "verified_by"]

_PEM: Final = re.compile(rb"-----BEGIN ([A-Z ]+)-----(.*?)-----END \1-----", re.DOTALL)


@record
class FetchedKeyScheme(ConfiguredScheme):
    """A base for schemes of senders whose public key is fetched: see ``hookline.providers.scheme.NeedsKey``."""

    key: bytes = b""

    @abstractmethod
    def check_before_key(self, request: Request) -> None:
        """As ``NeedsKey.check_before_key``."""

    @abstractmethod
    def wanted_key(self, request: Request) -> KeyReference:
        """As ``NeedsKey.wanted_key``."""

    def with_key(self, key: bytes) -> Self:
        """The scheme that verifies by this key."""
        return replace(self, key=key)

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """Only where the library is installed."""
        check_installed()
        return ConfiguredScheme.configured(self, options)

    def key_for(self, request: Request) -> bytes:
        """The fetched key, once ``request`` names one that may be fetched. Raises UnavailableError where it was not fetched."""
        provider = self.wanted_key(request).provider
        if not self.key:
            raise UnavailableError("keys_unavailable", f"the public key of {provider} was not fetched")
        return self.key


@lru_cache(maxsize=64)
def key_of(published: bytes) -> object | None:
    """The public key of a certificate or of a key in PEM, of base64 DER, or of a JWK on P-256; None when it is none."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        if published.lstrip().startswith(b"{"):
            return _of_jwk(json.loads(published))
        found = _PEM.search(published)
        if found is None:
            return load_der_public_key(decoded(published.strip().decode("latin-1"), "base64"))
        der = decoded("".join(found[2].decode("latin-1").split()), "base64")
        return (
            x509.load_der_x509_certificate(der).public_key() if b"CERTIFICATE" in found[1] else load_der_public_key(der)
        )
    except (ValueError, TypeError, KeyError, RecursionError, UnsupportedAlgorithm):
        return None


def _of_jwk(jwk: Mapping[str, str]) -> object | None:
    """The key of a JSON web key (RFC 7518 section 6.2)."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers

    if jwk["crv"] != "P-256" or jwk.get("expired_at") is not None:
        return None
    x, y = (int.from_bytes(decoded(_padded(jwk[name]), "base64"), "big") for name in ("x", "y"))
    return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()


def _padded(text: str) -> str:
    return text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)


def verified_by(published: bytes, signature: bytes, signed: bytes, digest: str) -> bool:
    """Whether the owner of the key signed, by RSA (PKCS #1 v1.5) or by ECDSA (DER) over ``digest``, "sha1" or "sha256"."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    key = key_of(published)
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, signed, PKCS1v15(), _hash(digest))
        elif isinstance(key, EllipticCurvePublicKey):
            key.verify(signature, signed, ECDSA(_hash(digest)))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def signed_by(private: bytes, signed: bytes, digest: str) -> bytes:
    """The signature by a private key in PEM, for tests: only the sender has its own."""
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private, None)
    except (ValueError, TypeError):
        return b""
    if isinstance(key, RSAPrivateKey):
        return key.sign(signed, PKCS1v15(), _hash(digest))
    return key.sign(signed, ECDSA(_hash(digest))) if isinstance(key, EllipticCurvePrivateKey) else b""


def own_and_private(secret: bytes) -> tuple[bytes, bytes]:
    """What ``sign`` is given: the source's own secret, where it has one, before a private key in PEM."""
    own, mark, rest = secret.partition(b"-----BEGIN")
    return own.strip(), mark + rest


def _hash(digest: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA1() if digest == "sha1" else hashes.SHA256()  # noqa: S303 -- the only form that some senders have
