"""JSON web tokens as another library makes them, and as nobody should."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from unit.builders import NOW, request

if TYPE_CHECKING:
    from hookline.domain.request import Request

__all__ = [
    "AT",
    "KEY",
    "PAIRS",
    "SHARED",
    "claims",
    "handmade",
    "jwk_of",
    "pair",
    "pem_of",
    "private_of",
    "sent",
    "signed",
]

AT = int(NOW.timestamp())
KEY = b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
SHARED = ("HS256", "HS384", "HS512")
PAIRS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


def pair(algorithm: str, number: int = 0) -> Any:
    """A key pair for this algorithm; each ``number`` has another."""
    return _made(algorithm, number)


@cache
def _made(algorithm: str, number: int) -> Any:
    del number
    if algorithm in _CURVES:
        return ECKey.generate_key(_CURVES[algorithm])
    return OKPKey.generate_key("Ed25519") if algorithm == "EdDSA" else RSAKey.generate_key(2048)


def pem_of(algorithm: str, number: int = 0) -> bytes:
    """The public half in PEM."""
    found: bytes = pair(algorithm, number).as_pem(private=False)
    return found


def jwk_of(algorithm: str, number: int = 0, **members: object) -> dict[str, Any]:
    """The public half as a JWK."""
    return {**pair(algorithm, number).as_dict(private=False), **members}


def private_of(algorithm: str, number: int = 0, *, form: str = "pem") -> bytes:
    """The private half."""
    key = pair(algorithm, number)
    found: bytes = key.as_pem(private=True) if form == "pem" else json.dumps(key.as_dict(private=True)).encode()
    return found


def claims(**changed: object) -> dict[str, Any]:
    """What a good token says, with these changes; None takes a claim away."""
    found = {"iat": AT, "exp": AT + 300, **changed}
    return {name: value for name, value in found.items() if value is not None}


def signed(said: dict[str, Any], key: Any = KEY, algorithm: str = "HS256", **head: object) -> str:
    """The token as joserfc signs it; ``key`` is bytes or a key of that library."""
    own = OctKey.import_key(key) if isinstance(key, bytes) else key
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # RFC 9864 has another name for EdDSA; extra members of the head are what is tried
        registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        made: str = jws.serialize_compact(
            {"alg": algorithm, "typ": "JWT", **head}, json.dumps(said), own, registry=registry
        )
    return made


def handmade(head: object, said: object, key: bytes = KEY, *, signature: bytes | None = None) -> str:
    """A token that no library would make: any head, with an HMAC-SHA256 by ``key`` or any signature."""
    parts = [_part(one if isinstance(one, bytes) else json.dumps(one).encode()) for one in (head, said)]
    made = hmac.new(key, ".".join(parts).encode(), hashlib.sha256).digest() if signature is None else signature
    return ".".join([*parts, _part(made)])


def sent(token: str, body: bytes = b"{}", header: str = "Authorization", prefix: str = "Bearer ") -> Request:
    """A call with the token."""
    return request(body, {header: f"{prefix}{token}"})


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
