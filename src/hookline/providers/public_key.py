"""Signatures that a public key verifies: Ed25519 and ECDSA, by a library that only a source of such a sender imports.

Without the extra ``asymmetric`` these senders are refused when the configuration is read, and all others work.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol  # Any: the library's keys have no common type

from hookline.domain.source import new_verified
from hookline.providers.primitives import (
    ENCODINGS,
    any_equal,
    check_timestamp,
    mismatch,
    padded,
    required,
    written_time,
)
from hookline.providers.scheme import DEFAULT_TOLERANCE, ConfiguredScheme, OptionError
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified
    from hookline.providers.scheme import Scheme

__all__ = ["Curve", "EcdsaP256", "Ed25519", "PublicKeyInHeader", "check_installed", "decoded"]


class Curve(Protocol):
    """One kind of key pair."""

    def public_key(self, written: bytes) -> object | None:
        """The key, or None when it is none."""
        ...

    def fits(self, key: Any, signature: bytes, signed: bytes) -> bool:
        """Whether the owner of ``key`` signed."""
        ...

    def sign(self, written: bytes, signed: bytes) -> bytes:
        """The signature by the private key."""
        ...


@record
class PublicKeyInHeader(ConfiguredScheme):
    """The scheme: a signature in ``header`` over the time and the body, joined as ``joint`` says. A "secret" is the sender's public key.

    ``hookline send`` needs the private half instead, which only a test has.
    """

    curve: Curve
    header: str
    timestamp_header: str
    encoding: str
    joint: bytes = b""
    tolerance: timedelta = DEFAULT_TOLERANCE

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender by any of the public keys."""
        value = required(request, self.header)
        where = f"header {self.timestamp_header}"
        time = check_timestamp(request.headers.get(self.timestamp_header), where, request.received_at, self.tolerance)
        signed = time.encode() + self.joint + request.body
        signatures = [decoded(part.strip(" \t"), self.encoding) for part in value.split(",")[:_MOST_SIGNATURES]]
        for secret in secrets:
            key = self.curve.public_key(secret.value)
            if key is not None and any(self.curve.fits(key, signature, signed) for signature in signatures):
                return new_verified(secret=secret.name)
        raise mismatch(self.header)

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:  # noqa: ARG002 -- the Scheme protocol's shape; no id is signed
        """The signature by the private key, and the time."""
        time = written_time(at)
        signature = self.curve.sign(secret, time.encode() + self.joint + body)
        return {self.header: ENCODINGS[self.encoding](signature).decode(), self.timestamp_header: time}

    def configured(self, options: Mapping[str, object]) -> Scheme:
        """Only where the library is installed."""
        check_installed()
        return ConfiguredScheme.configured(self, options)

    def secret_complaint(self, value: bytes) -> str | None:
        """It must be a public key as the sender shows it."""
        return None if self.curve.public_key(value) is not None else "is not a public key as this sender writes it"


_MOST_SIGNATURES: Final = 4
"""In one header: each costs a public-key operation."""


def decoded(text: str, encoding: str) -> bytes:
    """The bytes of a signature; none when it is not written in ``encoding``, in the one spelling that it has there."""
    try:
        if encoding == "hex":
            return binascii.unhexlify(text)
        raw = base64.b64decode(text, validate=True)
    except ValueError:  # also what is not ASCII
        return b""
    return raw if any_equal(base64.b64encode(raw), [text.encode()]) else b""


def _key_bytes(written: bytes, encoding: str) -> bytes:
    """The bytes of a key as the operator wrote it, with or without padding."""
    return decoded((written if encoding == "hex" else padded(written)).decode("latin-1"), encoding)


def check_installed() -> None:
    """Raise OptionError unless the library is there."""
    try:
        import cryptography  # noqa: F401 -- whether it is there is all that matters
    except ImportError:
        raise OptionError(
            "scheme", "this sender signs with a key pair: install hookline[asymmetric], which brings cryptography"
        ) from None


@record
class Ed25519:
    """Keys of 32 bytes, written in ``encoding`` (RFC 8032)."""

    encoding: str

    def public_key(self, written: bytes) -> object | None:
        """The key, or None when it is none."""
        return _ed25519_key(written, self.encoding)

    def fits(self, key: Any, signature: bytes, signed: bytes) -> bool:
        """Whether the owner of ``key`` signed."""
        from cryptography.exceptions import InvalidSignature

        try:
            key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    def sign(self, written: bytes, signed: bytes) -> bytes:
        """The signature by the private key of 32 bytes, written as the public one is."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        seed = decoded(written.decode("latin-1"), self.encoding)
        return Ed25519PrivateKey.from_private_bytes(seed).sign(signed) if len(seed) == 32 else b""  # noqa: PLR2004 -- as above


@lru_cache(maxsize=64)
def _ed25519_key(written: bytes, encoding: str) -> object | None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = _key_bytes(written, encoding)
    return Ed25519PublicKey.from_public_bytes(raw) if len(raw) == 32 else None  # noqa: PLR2004 -- RFC 8032 section 5.1.5


class EcdsaP256:
    """Keys on the curve P-256, written in base64 of their DER form; signatures in DER over SHA-256."""

    def public_key(self, written: bytes) -> object | None:
        """The key, or None when it is none."""
        return _p256_key(written)

    def fits(self, key: Any, signature: bytes, signed: bytes) -> bool:
        """Whether the owner of ``key`` signed."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            key.verify(signature, signed, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True

    def sign(self, written: bytes, signed: bytes) -> bytes:
        """The signature by the private key, written in base64 of its DER form (PKCS #8)."""
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_der_private_key

        try:
            key = load_der_private_key(decoded(written.decode("latin-1"), "base64"), None)
        except ValueError:
            return b""
        return key.sign(signed, ECDSA(SHA256())) if isinstance(key, EllipticCurvePrivateKey) else b""


@lru_cache(maxsize=64)
def _p256_key(written: bytes) -> object | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(_key_bytes(written, "base64"))
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1) else None
