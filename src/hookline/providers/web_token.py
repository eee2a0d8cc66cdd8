"""JSON web tokens as proof of a sender (RFC 7519, with the advice of RFC 8725): which are accepted, and which shared key signs them.

The source sets the algorithm, never the token. Keys that a token names or contains (``jku``, ``x5u``, ``jwk``, ``x5c``) are ignored, and a
token with critical extensions (``crit``) is refused, because hookline supports none.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from abc import abstractmethod
from dataclasses import field
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

import orjson

from hookline.domain.source import new_verified
from hookline.errors import Rejected
from hookline.providers.jwt import read_token, written
from hookline.providers.primitives import ENCODINGS, any_equal, fitting, mac, too_short
from hookline.providers.provider import Proves
from hookline.providers.scheme import ConfiguredScheme
from hookline.providers.secret_encodings import SECRET_ENCODINGS
from hookline.providers.token_place import BEARER
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret
    from hookline.domain.source import Verified
    from hookline.providers.token_place import Place

__all__ = [
    "DEFAULT_LIFETIME",
    "DEFAULT_SKEW",
    "KEYED",
    "BodyHash",
    "ReadToken",
    "SharedKeyToken",
    "WebToken",
    "looks_like_a_key",
]

T = TypeVar("T")

KEYED: Final[Mapping[str, str]] = MappingProxyType({"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"})
"""The algorithms of a shared key, each with its hash (RFC 7518 section 3.2)."""

DEFAULT_LIFETIME: Final = timedelta(hours=1)
DEFAULT_SKEW: Final = timedelta(seconds=60)
"""How far two clocks may differ."""

_SAMPLE_LIFE: Final = 300  # seconds
_MOST_TOKENS: Final = 2  # in one call: each may cost several public-key operations
_MOST_NAMED: Final = 16  # texts in the list of one claim
_SEQUENCE: Final = b"\x30"  # the beginning of DER
_PUBLIC_MARKS: Final = (
    bytes.fromhex("06092a864886f70d010101"),  # rsaEncryption (RFC 8017 appendix C)
    bytes.fromhex("06072a8648ce3d0201"),  # id-ecPublicKey (RFC 5480 section 2.1.1)
    bytes.fromhex("06032b6570"),  # id-Ed25519 (RFC 8410 section 3)
)


@record
class BodyHash:
    """A claim that holds a digest of the body."""

    claim: str
    algorithm: str = "sha256"
    encoding: str = "hex"

    def of(self, body: bytes) -> str:
        """The digest as the sender writes it."""
        return ENCODINGS[self.encoding](hashlib.new(self.algorithm, body).digest()).decode()

    def fits(self, body: bytes, stated: object) -> bool:
        """Whether ``stated`` is this digest: hexadecimal digits may have either case, and base64 may have no padding."""
        if not isinstance(stated, str):
            return False
        own = self.of(body).rstrip("=").encode()
        text = stated.lower() if self.encoding == "hex" else stated.rstrip("=")
        return any_equal(own, [text.encode("utf-8", "replace")])


@record
class ReadToken:
    """A token of which no part is verified yet."""

    head: Mapping[str, object]
    claims: Mapping[str, object]
    signed: bytes
    signature: bytes
    algorithm: str


@record
class WebToken(ConfiguredScheme):
    """A base: the claims that a token must have, at any place and by any signer.

    ``algorithms`` are those that the source accepts. If any ``audiences`` are set, a token must be for one of them; if any ``issuers`` are
    set, it must be by one of them. It must have each of ``claims``. If ``signs_time`` is False, tokens without any time are accepted, for
    senders that write none.
    """

    algorithms: tuple[str, ...]
    place: Place = BEARER
    issuers: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    max_lifetime: timedelta = DEFAULT_LIFETIME
    tolerance: timedelta = DEFAULT_SKEW
    body_hash: BodyHash | None = None
    claims: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    signs_time: bool = True

    @property
    def proves(self) -> Proves:
        """The whole body if a claim has its digest, else only the sender."""
        return Proves.SENDER if self.body_hash is None else Proves.BODY

    @property
    def lifetime(self) -> timedelta:
        """How long a token is valid at most."""
        return self.max_lifetime

    def first_good(self, request: Request, judge: Callable[[ReadToken], T]) -> T:
        """The result of ``judge`` for the first token that it accepts: a header may be repeated while a sender changes its key.

        Raises Rejected if it accepts none.
        """
        refused: Rejected | None = None
        texts = dict.fromkeys(self.place.texts(request, separator=","))
        for text in [*texts][:_MOST_TOKENS]:
            try:
                return judge(self._read(text))
            except Rejected as refusal:
                refused = refused or refusal
        raise refused or Rejected("signature_mismatch", f"{self.place.words} does not contain a token")

    def _read(self, text: str) -> ReadToken:
        """The token, after a check that it states one of the source's algorithms. Raises Rejected."""
        where = self.place.words
        head, claims, signed, signature = read_token(text, where)
        algorithm = head.get("alg")
        taken = {name: name for name in self.algorithms}
        own = taken.get(algorithm) if isinstance(algorithm, str) else None
        if own is None:
            raise Rejected(
                "signature_mismatch", f"the token in {where} is not signed by {' or '.join(self.algorithms)}"
            )
        if "crit" in head:
            raise Rejected("signature_mismatch", f"the token in {where} has critical extensions (crit)")
        return ReadToken(head=head, claims=claims, signed=signed, signature=signature, algorithm=own)

    def check(self, token: ReadToken, request: Request) -> None:
        """Refuse a token that is not for this source, for this body or for the current time. Raises Rejected."""
        claims = token.claims
        self._check_time(claims, request.received_at.timestamp())
        if self.issuers and not _names_any(claims.get("iss"), self.issuers):
            raise self.refused("is by another issuer (iss)")
        if (self.audiences or claims.get("aud") is not None) and not _names_any(claims.get("aud"), self.audiences):
            raise self.refused("is for another audience (aud)")
        for name, expected in self.claims.items():
            stated = claims.get(name)
            if not isinstance(stated, str | int) or not any_equal(orjson.dumps(expected), [orjson.dumps(stated)]):
                raise self.refused(f"does not have the {name} that the source requires")
        if self.body_hash is not None and not self.body_hash.fits(request.body, claims.get(self.body_hash.claim)):
            raise self.refused(f"is not for the exact bytes of the body ({self.body_hash.claim})")

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The header with the token; empty if its place is not a header."""
        return self.place.headers_with(self.token(body, secret=secret, delivery_id=delivery_id, at=at))

    def token(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> str:
        """A token for this body, valid for some minutes."""
        head = {"alg": self.algorithms[0], "typ": "JWT", **self._head_for(secret)}
        claims = self.claims_for(body, delivery_id=delivery_id, at=at)
        signed = ".".join(written(json.dumps(part).encode()) for part in (head, claims))
        return f"{signed}.{written(self._signature(secret, signed.encode()))}"

    def _head_for(self, secret: bytes) -> Mapping[str, str]:  # noqa: ARG002 -- a key pair may have a name
        return {}

    @abstractmethod
    def _signature(self, secret: bytes, signed: bytes) -> bytes:
        """The signature by the first of the algorithms."""

    def claims_for(self, body: bytes, *, delivery_id: str, at: datetime) -> dict[str, object]:
        """The claims of a token for this body."""
        seconds = int(at.timestamp())
        claims: dict[str, object] = {"jti": delivery_id} if delivery_id else {}
        if self.signs_time:
            life = min(_SAMPLE_LIFE, int(self.max_lifetime.total_seconds()))
            claims |= {"iat": seconds, "exp": seconds + life}
        if self.issuers:
            claims["iss"] = self.issuers[0]
        if self.audiences:
            claims["aud"] = self.audiences[0]
        if self.body_hash is not None:
            claims[self.body_hash.claim] = self.body_hash.of(body)
        return {**claims, **self.claims}

    def _check_time(self, claims: Mapping[str, object], now: float) -> None:
        """Refuse a token that has expired, is not valid yet, or is valid for longer than ``max_lifetime`` (RFC 7519 section 4.1)."""
        begins, ends, not_before = (self._moment(claims, name) for name in ("iat", "exp", "nbf"))
        tolerance = self.tolerance.total_seconds()
        if self.signs_time:
            ends = self._bounded(begins, ends, now)
        is_over = ends is not None and now - ends > tolerance
        if is_over or any(moment is not None and moment - now > tolerance for moment in (begins, not_before)):
            raise Rejected("timestamp_outside_tolerance", f"the token in {self.place.words} is not valid now")

    def _bounded(self, begins: float | None, ends: float | None, now: float) -> float:
        """When the token expires, which it must. Raises Rejected if times are missing, or if it is valid for too long."""
        longest = self.max_lifetime.total_seconds()
        if begins is None and ends is None:
            raise Rejected("timestamp_missing", f"the token in {self.place.words} has no time (iat, exp)")
        first = now + self.tolerance.total_seconds() if begins is None else begins
        last = first + longest if ends is None else ends
        if last - first > longest:
            raise Rejected(
                "timestamp_invalid", f"the token in {self.place.words} is valid for more than {longest:.0f} seconds"
            )
        return last

    def _moment(self, claims: Mapping[str, object], name: str) -> float | None:
        """Seconds since 1970; None where the claim is absent. Raises Rejected."""
        value = claims.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Rejected("timestamp_invalid", f"{name} of the token in {self.place.words} is not a time")
        return float(value)

    def refused(self, why: str) -> Rejected:
        """The refusal of a signed token that is not for this call."""
        return Rejected("signature_mismatch", f"the token in {self.place.words} {why}")

    def _unproved(self) -> Rejected:
        return self.refused("is not signed by a key of this source")


@record
class SharedKeyToken(WebToken):
    """A token that both sides sign with the same key.

    Text that looks like a public key is never used as such a key, because anyone could have it.
    """

    key_encoding: str = "utf8"

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove that the sender knows one of ``secrets``."""
        return self.first_good(request, lambda token: self._proved(token, request, secrets))

    def _proved(self, token: ReadToken, request: Request, secrets: Sequence[Secret]) -> Verified:
        digest = KEYED[token.algorithm]
        secret = fitting(secrets, lambda value: self._made(value, token.signed, digest), [token.signature])
        if secret is None:
            raise self._unproved()
        self.check(token, request)
        return new_verified(secret=secret.name)

    def secret_complaint(self, value: bytes) -> str | None:
        """A secret must be written as ``key_encoding`` says, be long enough, and must not be a public key."""
        if looks_like_a_key(value):
            return (
                "is a key in PEM, JWK or DER: with a public one anyone could sign, and the HS algorithms need a "
                "text that only both sides know"
            )
        key = _key(value, self.key_encoding)
        return f"is not written in {self.key_encoding}" if key is None else too_short(key)

    def _made(self, secret: bytes, signed: bytes, digest: str) -> bytes:
        key = None if looks_like_a_key(secret) else _key(secret, self.key_encoding)
        return mac(key, signed, digest) if key else b"none"

    def _signature(self, secret: bytes, signed: bytes) -> bytes:
        return mac(_key(secret, self.key_encoding) or b"", signed, KEYED[self.algorithms[0]])


def _names_any(stated: object, wanted: Sequence[str]) -> bool:
    """Whether one of ``wanted`` is in the claim: a text, or a list of texts (RFC 7519 section 4.1.3)."""
    named = [one for one in (stated if isinstance(stated, list) else [stated]) if isinstance(one, str)]
    candidates = [one.encode("utf-8", "replace") for one in named[:_MOST_NAMED]]
    return any([any_equal(one.encode("utf-8", "replace"), candidates) for one in wanted])  # noqa: C419 -- each is compared, whatever the others are


@lru_cache(maxsize=64)
def _key(secret: bytes, encoding: str) -> bytes | None:
    try:
        return SECRET_ENCODINGS[encoding](secret)
    except ValueError:
        return None


@lru_cache(maxsize=64)
def looks_like_a_key(secret: bytes) -> bool:
    """Whether this is a key of a key pair, or a certificate. It may be PEM, JWK or DER, each unchanged or encoded in base64 or hex."""
    return any(_is_written_key(reading) for reading in _readings(secret.strip()))


def _is_written_key(text: bytes) -> bool:
    if b"-----BEGIN" in text or (text.startswith(b"{") and b'"kty"' in text):
        return True
    return text.startswith(_SEQUENCE) and any(text.count(mark) for mark in _PUBLIC_MARKS)


def _readings(text: bytes) -> list[bytes]:
    """The bytes that the text may encode."""
    found = [text]
    for decode in (binascii.unhexlify, lambda part: base64.b64decode(part + b"=" * (-len(part) % 4), altchars=None)):
        try:
            found.append(decode(b"".join(text.translate(_URL_SAFE).split())))
        except (binascii.Error, ValueError):
            continue
    return found


_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")
