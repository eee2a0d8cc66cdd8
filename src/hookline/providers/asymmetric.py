"""Key pairs: public keys in the forms in which senders show them, and verification of signatures with them.

The library for this is the extra ``asymmetric``, which is imported only when a key is read. Without it, a source that needs it is refused
when the configuration is read, and all others work.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final  # Any: the library's keys have no common type

from hookline.providers.primitives import any_equal, padded
from hookline.providers.scheme import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ALGORITHMS",
    "FORMATS",
    "check_installed",
    "decoded",
    "is_for",
    "key_pair",
    "private_key_of",
    "public_key_of",
    "signature_by",
    "verifies",
]

ALGORITHMS: Final = (
    "ed25519",
    *(f"ecdsa-{digest}" for digest in ("sha256", "sha384", "sha512", "sha1")),
    *(f"rsa-{digest}" for digest in ("sha256", "sha384", "sha512", "sha1")),
    *(f"rsa-pss-{digest}" for digest in ("sha256", "sha384", "sha512")),
)
"""Ed25519 (RFC 8032), ECDSA, RSA by PKCS #1 v1.5 and RSA by PSS (RFC 8017). SHA-1 is supported for senders that offer no other hash."""

FORMATS: Final = ("der", "raw")
"""The forms of an ECDSA signature: DER, or r and s one after the other (RFC 7518 section 3.4)."""

_PEM: Final = re.compile(rb"-----BEGIN ([A-Z ]+)-----(.*?)-----END \1-----", re.DOTALL)
_HEX: Final = re.compile(rb"(?:[0-9a-fA-F]{2})+")
_ED25519_BYTES: Final = 32
_SHORTEST_RSA: Final = 1024
"""The fewest bits of an RSA key. 2048 is usual today; some senders still have keys of 1024."""
_CURVES: Final = {"P-256": "SECP256R1", "P-384": "SECP384R1", "P-521": "SECP521R1"}
_EXPONENTS: Final = 64
"""The most bits of a public exponent: a huge one makes each verification slow."""

_SIGN: Final = 2**255
"""The highest bit of an Ed25519 key: the sign of x."""
_PRIME: Final = _SIGN - 19
_ORDER_8: Final = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_OF_SMALL_ORDER: Final = frozenset({0, 1, _ORDER_8, _PRIME - _ORDER_8, _PRIME - 1, _PRIME, _PRIME + 1})
"""Ed25519 keys with which anyone can sign, including 32 zeros, a placeholder for a key that is still missing (RFC 8032 section 5.1.3:
y).
"""


def check_installed() -> None:
    """Raise OptionError unless the library is installed."""
    try:
        import cryptography  # noqa: F401 -- only whether it is installed matters
    except ImportError:
        raise OptionError(
            "scheme", "this sender signs with a key pair: install hookline[asymmetric], which brings cryptography"
        ) from None


def decoded(text: str, encoding: str) -> bytes:
    """The bytes of a signature; empty when it is not written in ``encoding``, in the only valid form."""
    try:
        if encoding == "hex":
            return binascii.unhexlify(text)
        standard = text.replace("-", "+").replace("_", "/") if encoding == "base64url" else text
        if encoding == "base64url":
            standard = padded(standard.encode()).decode()
        raw = base64.b64decode(standard, validate=True)
    except ValueError:  # also text that is not ASCII
        return b""
    return raw if any_equal(base64.b64encode(raw), [standard.encode()]) else b""


@lru_cache(maxsize=64)
def public_key_of(written: bytes) -> object | None:
    """The public key in PEM (a key or a certificate), as a JWK, or in hex or base64 (DER, a raw Ed25519 key, a point on P-256).

    None when the text is not a key, when the key is private, and when it is too weak.
    """
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        key = _read(written.strip())
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError, UnsupportedAlgorithm):
        return None
    return key if key is not None and _is_strong(key) else None


def _read(written: bytes) -> object | None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if written.startswith(b"{"):
        return _of_jwk(json.loads(written))
    found = _PEM.search(written)
    if found is None:
        return _of_bytes(_bytes_of(written))
    der = decoded("".join(found[2].decode("latin-1").split()), "base64")
    if b"CERTIFICATE" in found[1]:
        return x509.load_der_x509_certificate(der).public_key()
    return _rsa_of(der) if b"RSA" in found[1] else load_der_public_key(der)


def _rsa_of(der: bytes) -> object:
    """A PKCS #1 key, which the library reads only from a PEM with its own label."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    body = base64.encodebytes(der)
    return load_pem_public_key(b"-----BEGIN RSA PUBLIC KEY-----\n" + body + b"-----END RSA PUBLIC KEY-----\n")


def _of_bytes(raw: bytes) -> object | None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    if len(raw) == _ED25519_BYTES:
        return Ed25519PublicKey.from_public_bytes(raw)
    if raw[:1] in (b"\x02", b"\x03", b"\x04"):
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), raw)
    return load_der_public_key(raw)


def _of_jwk(jwk: Mapping[str, Any]) -> object | None:
    """The key of a JSON web key (RFC 7518 section 6, RFC 8037 section 2)."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    if "d" in jwk:
        return None
    if jwk["kty"] == "RSA":
        return RSAPublicNumbers(e=_number(jwk["e"]), n=_number(jwk["n"])).public_key()
    if jwk["kty"] == "OKP" and jwk["crv"] == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(decoded(jwk["x"], "base64url"))
    if jwk["kty"] == "EC" and (name := _CURVES.get(jwk["crv"])):
        curve = getattr(ec, name)()
        return ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve).public_key()
    return None


def _number(written: str) -> int:
    return int.from_bytes(decoded(written, "base64url"), "big")


def _bytes_of(written: bytes) -> bytes:
    """The bytes of a key as the operator wrote it: hex, or base64 with either alphabet, with or without padding."""
    if _HEX.fullmatch(written):
        return bytes.fromhex(written.decode())
    standard = b"".join(written.split()).replace(b"-", b"+").replace(b"_", b"/")
    return decoded(padded(standard).decode("latin-1"), "base64")


def _is_strong(key: Any) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if isinstance(key, Ed25519PublicKey):
        return int.from_bytes(key.public_bytes_raw(), "little") % _SIGN not in _OF_SMALL_ORDER
    if not isinstance(key, RSAPublicKey):
        return True
    return key.key_size >= _SHORTEST_RSA and key.public_numbers().e.bit_length() <= _EXPONENTS


def is_for(key: object, algorithm: str) -> bool:
    """Whether a key is of the kind that ``algorithm`` needs."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    kinds = {"ed25519": Ed25519PublicKey, "ecdsa": EllipticCurvePublicKey, "rsa": RSAPublicKey}
    return isinstance(key, kinds[algorithm.partition("-")[0]])


def verifies(algorithm: str, key: Any, signature: bytes, signed: bytes, *, form: str = "der") -> bool:
    """Whether the owner of ``key`` made the signature; ``form`` is the form of an ECDSA signature. False for a key of another kind."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding

    if key is None or not is_for(key, algorithm):
        return False
    kind, _, digest = algorithm.rpartition("-")
    try:
        if algorithm == "ed25519":
            key.verify(signature, signed)
        elif kind == "ecdsa":
            key.verify(_der(signature, key) if form == "raw" else signature, signed, ec.ECDSA(_hash(digest)))
        elif kind == "rsa":
            key.verify(signature, signed, padding.PKCS1v15(), _hash(digest))
        else:
            pss = padding.PSS(mgf=padding.MGF1(_hash(digest)), salt_length=padding.PSS.AUTO)
            key.verify(signature, signed, pss, _hash(digest))
    except InvalidSignature:
        return False
    return True


def _der(signature: bytes, key: Any) -> bytes:
    """An ECDSA signature of r and s in DER; empty when it has another length."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    half = (key.curve.key_size + 7) // 8
    if len(signature) - 2 * half != 0:
        return b""
    return encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))


def private_key_of(written: bytes) -> object | None:
    """A private key in PEM, as a JWK, in base64 of its DER form (PKCS #8), or a raw Ed25519 seed in hex or base64; None for other text."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

    try:
        if written.strip().startswith(b"{"):
            return _private_of_jwk(json.loads(written))
        if b"-----BEGIN" in written:
            return load_pem_private_key(written.strip(), None)
        raw = _bytes_of(written.strip())
        if len(raw) == _ED25519_BYTES:
            return Ed25519PrivateKey.from_private_bytes(raw)
        return load_der_private_key(raw, None)
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError, UnsupportedAlgorithm):
        return None


def _private_of_jwk(jwk: Mapping[str, Any]) -> object | None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if jwk["kty"] == "OKP":
        return Ed25519PrivateKey.from_private_bytes(decoded(jwk["d"], "base64url"))
    secret = _number(jwk["d"])
    if jwk["kty"] == "EC":
        return ec.derive_private_key(secret, getattr(ec, _CURVES[jwk["crv"]])())
    public = rsa.RSAPublicNumbers(e=_number(jwk["e"]), n=_number(jwk["n"]))
    p, q = rsa.rsa_recover_prime_factors(public.n, public.e, secret)
    parts = rsa.rsa_crt_dmp1(secret, p), rsa.rsa_crt_dmq1(secret, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, secret, *parts, public).private_key()


def key_pair(algorithm: str) -> tuple[str, str]:
    """A new private and public key in base64, raw for Ed25519 and DER for the others: for tests."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if algorithm == "ed25519":
        seed = Ed25519PrivateKey.generate()
        raws = seed.private_bytes_raw(), seed.public_key().public_bytes_raw()
    else:
        is_rsa = algorithm.startswith("rsa")
        made = rsa.generate_private_key(65537, 2048) if is_rsa else ec.generate_private_key(ec.SECP256R1())
        der = form.Encoding.DER
        private = made.private_bytes(der, form.PrivateFormat.PKCS8, form.NoEncryption())
        raws = private, made.public_key().public_bytes(der, form.PublicFormat.SubjectPublicKeyInfo)
    first, second = (base64.b64encode(raw).decode() for raw in raws)
    return first, second


def signature_by(algorithm: str, private: bytes, signed: bytes, *, form: str = "der") -> bytes:
    """The signature by a private key, for tests: in production only the sender has the key. Empty where the key is of another kind."""
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    key: Any = private_key_of(private)
    if key is None or not is_for(key.public_key(), algorithm):
        return b""
    kind, _, digest = algorithm.rpartition("-")
    made: bytes
    if algorithm == "ed25519":
        made = key.sign(signed)
    elif kind == "ecdsa":
        made = key.sign(signed, ec.ECDSA(_hash(digest)))
        if form == "raw":
            half = (key.curve.key_size + 7) // 8
            made = b"".join(number.to_bytes(half, "big") for number in decode_dss_signature(made))
    elif kind == "rsa":
        made = key.sign(signed, padding.PKCS1v15(), _hash(digest))
    else:
        pss = padding.PSS(mgf=padding.MGF1(_hash(digest)), salt_length=padding.PSS.DIGEST_LENGTH)
        made = key.sign(signed, pss, _hash(digest))
    return made


def _hash(digest: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    return getattr(hashes, digest.upper())()
