"""The building blocks of schemes: keyed hashes, comparisons in constant time, encodings, signed times, and refusals."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final  # Any: hashlib's objects have no public type

from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = [
    "ALGORITHMS",
    "ENCODINGS",
    "SHORTEST_SECRET",
    "TIMES",
    "any_equal",
    "check_timestamp",
    "fitting",
    "hex_mac",
    "is_time",
    "mac",
    "mismatch",
    "missing_signature",
    "padded",
    "pairs_of",
    "required",
    "signatures_in",
    "too_short",
    "url_called",
    "written_time",
]

ENCODINGS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "hex": binascii.hexlify,
    "base64": lambda mac: binascii.b2a_base64(mac, newline=False),
    "base64url": base64.urlsafe_b64encode,
}
"""The encodings of a signature."""

SHORTEST_SECRET: Final = 8
"""The fewest bytes of a secret. Senders that let people choose a secret require 8 or more (Slack, GitHub and Stripe create 32)."""


def padded(written: bytes) -> bytes:
    """Base64 with the padding that it should have: senders and people leave it out, and it has no meaning (RFC 4648 section 3.2)."""
    bare = written.rstrip(b"=")
    return bare + b"=" * (-len(bare) % 4)


def mac(key: bytes, signed: bytes, algorithm: str) -> bytes:
    """The HMAC of ``signed`` (RFC 2104).

    Both keyed states are computed once for each key and copied, as RFC 2104 section 4 suggests: half the work of ``hmac.digest``.
    """
    inner, outer = _keyed(key, algorithm)
    inner, outer = inner.copy(), outer.copy()
    inner.update(signed)
    outer.update(inner.digest())
    digest: bytes = outer.digest()
    return digest


@lru_cache(maxsize=256)
def _keyed(key: bytes, algorithm: str) -> tuple[Any, Any]:
    """The hash states after the inner and the outer block of the key."""
    new = ALGORITHMS[algorithm]
    size = new().block_size
    block = (new(key).digest() if len(key) > size else key).ljust(size, b"\0")
    return new(block.translate(_INNER)), new(block.translate(_OUTER))


ALGORITHMS: Final[Mapping[str, Callable[..., Any]]] = {
    "md5": hashlib.md5,
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
}
"""The hashes that senders sign with. MD5 and SHA-1 are supported for senders that offer no other hash."""

_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


def hex_mac(key: bytes, signed: bytes) -> bytes:
    """The HMAC-SHA256 of ``signed`` in hex, as most senders write it."""
    return binascii.hexlify(mac(key, signed, "sha256"))


def any_equal(expected: bytes, candidates: Iterable[bytes]) -> bool:
    """Whether any candidate equals ``expected``, each compared in constant time."""
    found = False
    for candidate in candidates:
        found |= hmac.compare_digest(expected, candidate)
    return found


def fitting(secrets: Sequence[Secret], made: Callable[[bytes], bytes], candidates: Sequence[bytes]) -> Secret | None:
    """The first secret for which ``made`` gives one of ``candidates``; an empty secret never fits."""
    for secret in secrets:
        if secret.value and any_equal(made(secret.value), candidates):
            return secret
    return None


def too_short(key: bytes, least: int = SHORTEST_SECRET, *, what: str = "has {} bytes") -> str | None:
    """The complaint about a key with fewer bytes than ``least``; ``what`` is its beginning, with ``{}`` for the length."""
    return None if len(key) >= least else f"{what.format(len(key))}; at least {least} are needed"


def pairs_of(value: str) -> list[tuple[str, str]]:
    """The names and values of a header such as ``t=1700000000, v1=abc``."""
    return [(name, text) for name, _, text in (pair.strip(" \t").partition("=") for pair in value.split(","))]


def signatures_in(pairs: Iterable[tuple[str, str]]) -> list[bytes]:
    """The hex signatures in the fields named ``v1``."""
    return [text.lower().encode("utf-8") for name, text in pairs if name == "v1"]


def mismatch(header: str) -> Rejected:
    """The refusal of a request whose signatures in ``header`` fit no secret."""
    return Rejected("signature_mismatch", f"no signature in {header} matches the exact bytes of the body")


def required(request: Request, header: str) -> str:
    """The value of ``header``. Raises Rejected when it is missing or empty."""
    value = request.headers.get(header)
    if not value:
        raise missing_signature(header)
    return value


def missing_signature(header: str) -> Rejected:
    """The refusal of a request without ``header``."""
    return Rejected("signature_missing", f"the header {header} is missing or empty")


def check_timestamp(text: str | None, where: str, now: datetime, tolerance: timedelta, unit: str = "seconds") -> str:
    """The signed timestamp as it was written, after a check that it is within ``tolerance`` of ``now``, before or after.

    ``where`` is its place in words, such as "header X-Timestamp"; ``unit`` is one of ``TIMES``.
    """
    if not text:
        raise Rejected("timestamp_missing", f"the {where} is missing or empty")
    if per_second := _PER_SECOND.get(unit):
        is_near = abs(now.timestamp() - _number(text, where, unit) / per_second) <= tolerance.total_seconds()
    else:
        is_near = abs(now - (_http_date if unit == "http-date" else _moment)(text, where)) <= tolerance
    if not is_near:
        raise Rejected(
            "timestamp_outside_tolerance",
            f"the {where} is more than {tolerance.total_seconds():.0f} seconds from the time of receipt",
        )
    return text


TIMES: Final = ("seconds", "milliseconds", "microseconds", "rfc3339", "http-date")
"""The forms of a signed time: whole seconds, milliseconds or microseconds since 1970, text such as 2026-01-02T03:04:05Z (RFC 3339;
without an offset it is UTC), or an HTTP date (RFC 9110 section 5.6.7). A number has no more digits than the year 33658 needs, so that a
hostile header causes no work, and no leading zeros: they could be the end of an id that is signed before the time.
"""

_DIGITS: Final = {"seconds": 12, "milliseconds": 15, "microseconds": 18}
_WRITTEN: Final = {
    "rfc3339": r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)?",
    "http-date": r"[A-Z][a-z]{2}, (\d\d) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT",
}
"""Patterns that are compiled when the first such time arrives: most senders write numbers, and a cold start must be fast."""

_PER_SECOND: Final = {"seconds": 1, "milliseconds": 1000, "microseconds": 1_000_000}
_MICROSECONDS = len(".123456")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_time(text: str, unit: str) -> bool:
    """Whether the text has the form of this format, even if there is no such day."""
    most = _DIGITS.get(unit)
    if most is None:
        return re.fullmatch(_WRITTEN[unit], text, re.ASCII) is not None
    is_number = text.isascii() and text.isdigit() and len(text) <= most
    return is_number and (not text.startswith("0") or len(text) == 1)


def _number(text: str, where: str, unit: str) -> int:
    if not is_time(text, unit):
        raise Rejected("timestamp_invalid", f"the {where} is not whole {unit} since 1970")
    return int(text)


def _moment(text: str, where: str) -> datetime:
    """The moment that RFC 3339 text means; digits after the microseconds are ignored."""
    found = re.fullmatch(_WRITTEN["rfc3339"], text, re.ASCII)
    if found:
        fraction, offset = (found[2] or "")[:_MICROSECONDS], found[3] or "Z"
        with suppress(ValueError):  # 30 February, for example
            return datetime.fromisoformat(f"{found[1]}{fraction}{offset}")
    raise Rejected("timestamp_invalid", f"the {where} is not a date and a time (RFC 3339)")


def _http_date(text: str, where: str) -> datetime:
    found = re.fullmatch(_WRITTEN["http-date"], text, re.ASCII)
    if found and _MONTHS.count(found[2]):
        day, year, hour, minute, second = (int(found[group]) for group in (1, 3, 4, 5, 6))
        with suppress(ValueError):  # as above
            return datetime(year, _MONTHS.index(found[2]) + 1, day, hour, minute, second, tzinfo=UTC)
    raise Rejected("timestamp_invalid", f"the {where} is not a date of HTTP such as Fri, 02 Jan 2026 03:04:05 GMT")


def written_time(at: datetime, unit: str = "seconds") -> str:
    """The moment as a sender writes it in this unit."""
    if unit == "rfc3339":
        return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if unit == "http-date":
        utc = at.astimezone(UTC)
        day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[utc.weekday()]
        return f"{day}, {utc.day:02} {_MONTHS[utc.month - 1]} {utc.year:04} {utc:%H:%M:%S} GMT"
    return str(int(at.timestamp() * _PER_SECOND[unit]))


def url_called(public_url: str, request: Request) -> bytes:
    """The URL that the sender called: the public one of the source, with the query of this call."""
    url = f"{public_url}?{request.query}" if request.query else public_url
    return url.encode("utf-8", "replace")
