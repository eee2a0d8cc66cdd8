"""AWS Signature Version 4 in the Authorization header, as AWS documents it: how it is verified, and how it is created.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from hookline.errors import Rejected
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ALGORITHM",
    "TERMINATOR",
    "Head",
    "SignedBy",
    "authorization",
    "canonical_request",
    "signature",
    "signed_by",
    "string_to_sign",
]

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
_PARAMETERS: Final = ("Credential", "SignedHeaders", "Signature")
_SCOPE_PARTS: Final = 5


@record
class Head:
    """The head of a request. ``path`` and ``query`` are as received; names of ``headers`` are in lower case, in the order received."""

    method: str
    path: bytes
    query: bytes
    headers: Sequence[tuple[bytes, bytes]]

    def values(self, name: bytes) -> list[bytes]:
        """Each value of a header."""
        return [value for known, value in self.headers if known == name]

    def value(self, name: bytes) -> str | None:
        """The value of a header that appears once; None if it is missing or repeated."""
        values = self.values(name)
        return values[0].decode("latin-1") if len(values) == 1 else None


@record
class SignedBy:
    """The content of an Authorization header: the key, the scope, the signed headers, and the signature."""

    key_id: str
    day: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str

    @property
    def scope(self) -> str:
        """The credential scope."""
        return f"{self.day}/{self.region}/{self.service}/{self.terminator}"


def signed_by(authorization: str) -> SignedBy:
    """The parts of an Authorization header. Raises Rejected ``credentials_incomplete``, without repeating any."""
    parameters = _parameters(authorization.removeprefix(ALGORITHM))
    for name in _PARAMETERS:
        if not parameters.get(name):
            raise Rejected("credentials_incomplete", f"Authorization header requires '{name}' parameter")
    # An id of AWS has no slash, and the four parts of the scope have none.
    credential = parameters["Credential"].split("/")
    if len(credential) != _SCOPE_PARTS:
        raise Rejected("credentials_incomplete", "Credential must have exactly 5 slash-delimited elements")
    key_id, day, region, service, terminator = credential
    return SignedBy(
        key_id=key_id,
        day=day,
        region=region,
        service=service,
        terminator=terminator,
        signed_headers=tuple(parameters["SignedHeaders"].split(";")),
        signature=parameters["Signature"],
    )


def canonical_request(head: Head, signed_headers: Sequence[str], body: bytes) -> bytes:
    """The canonical request, which is hashed. The hash of the body is computed here; ``x-amz-content-sha256`` is ignored."""
    lines = [
        head.method.encode(),
        _path(head.path),
        _query(head.query),
        *(name.encode("latin-1") + b":" + _header(head, name) for name in signed_headers),
        b"",
        ";".join(signed_headers).encode("latin-1"),
        hashlib.sha256(body).hexdigest().encode(),
    ]
    return b"\n".join(lines)


def authorization(head: Head, body: bytes, *, key_id: str, secret: bytes, region: str, service: str) -> str:
    """The Authorization header of a request that has ``x-amz-date`` among its headers; all of them are signed."""
    stamp = head.value(b"x-amz-date") or ""
    names = tuple(sorted({name.decode("latin-1") for name, _ in head.headers}))
    by = SignedBy(
        key_id=key_id,
        day=stamp[:8],
        region=region,
        service=service,
        terminator=TERMINATOR,
        signed_headers=names,
        signature="",
    )
    proof = signature(secret, by, string_to_sign(stamp, by.scope, canonical_request(head, names, body)))
    return f"{ALGORITHM} Credential={key_id}/{by.scope}, SignedHeaders={';'.join(names)}, Signature={proof}"


def string_to_sign(stamp: str, scope: str, canonical: bytes) -> bytes:
    """The text that the key signs. ``stamp`` is the time of signing, as it was sent."""
    return "\n".join((ALGORITHM, stamp, scope, hashlib.sha256(canonical).hexdigest())).encode("latin-1")


def signature(secret: bytes, by: SignedBy, text: bytes) -> str:
    """The signature of ``text`` with ``secret`` in this scope, in hexadecimal digits."""
    return hmac.digest(_signing_key(secret, by.scope), text, "sha256").hex()


@lru_cache(maxsize=64)
def _signing_key(secret: bytes, scope: str) -> bytes:
    """The key for one day and region, cached because a consumer signs thousands of calls with it."""
    key = b"AWS4" + secret
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode("latin-1"), "sha256")
    return key


def _parameters(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.split(","))
    return {name: value for name, _, value in pairs}


def _path(path: bytes) -> bytes:
    """The path, normalized (RFC 3986 section 5.2.4) and encoded once more than it was received."""
    kept: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            del kept[-1:]
        elif segment not in (b"", b"."):
            kept.append(segment)
    last = b"/" if kept and path.endswith(b"/") else b""
    return quote_from_bytes(b"/" + b"/".join(kept) + last, safe="/").encode()


def _query(query: bytes) -> bytes:
    """The parameters, sorted by encoded name and value."""
    pairs = (part.partition(b"=") for part in query.split(b"&") if part)
    return b"&".join(b"%s=%s" % pair for pair in sorted((_encoded(name), _encoded(value)) for name, _, value in pairs))


def _encoded(text: bytes) -> bytes:
    return quote_from_bytes(unquote_to_bytes(text), safe="").encode()


def _header(head: Head, name: str) -> bytes:
    """The values of a header, without spaces around them and with single spaces inside, in the order received."""
    return b",".join(b" ".join(value.split()) for value in head.values(name.encode("latin-1")))
