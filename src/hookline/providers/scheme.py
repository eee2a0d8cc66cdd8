"""What a sender's dialect has to tell, and the checks that several dialects share."""

from __future__ import annotations

import hashlib
import hmac
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable  # Any: hashlib's objects have no public type

from hookline.domain.source import OnConflict
from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hookline.domain.reads import Path
    from hookline.domain.request import Request
    from hookline.domain.source import KeyReference, Secret, SuccessAnswer, Verified
    from hookline.providers.handshakes.handshake import Kind

__all__ = [
    "DEFAULT_MAX_BODY",
    "DEFAULT_TOLERANCE",
    "FORM",
    "JSON",
    "TOLERANCE",
    "Confirms",
    "Evidence",
    "NeedsKey",
    "OptionError",
    "Proves",
    "Provider",
    "ReadsFields",
    "Sample",
    "Scheme",
    "Signed",
    "SignsInside",
    "SignsQuery",
    "SignsUrl",
    "any_equal",
    "check_timestamp",
    "mac",
    "mismatch",
    "missing_signature",
    "tolerance_of",
    "url_of",
]

JSON: Final = frozenset({"application/json"})
FORM: Final = frozenset({"application/x-www-form-urlencoded"})

DEFAULT_MAX_BODY: Final = 1024 * 1024
"""Bytes, for senders that do not say how large their bodies become."""

DEFAULT_TOLERANCE = timedelta(seconds=300)
"""How far a signed timestamp may lie from now, either way (Standard Webhooks, "Verifying webhook authenticity")."""

TOLERANCE: Final = frozenset({"tolerance"})
"""The one option of a scheme that signs a time and has nothing else to settle."""

_LONGEST_TIMESTAMP = 12  # digits: seconds until the year 33658, and no work for int() on a hostile header


class OptionError(ValueError):
    """An option of ``verify`` is wrong: which one, and why."""

    def __init__(self, option: str, why: str) -> None:
        super().__init__(f"{option}: {why}")
        self.option = option
        self.why = why


class Scheme(Protocol):
    """One way of signing, with its options settled."""

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove who sent ``request`` with any one of ``secrets``, or raise Rejected. Any secret is taken; a useless one fits nothing."""
        ...

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The headers that the real sender would put on ``body``."""
        ...

    def secret_complaint(self, value: bytes) -> str | None:
        """What makes this secret unusable or too weak, or None. Never repeats the value."""
        ...


@runtime_checkable
class SignsInside(Protocol):
    """A scheme whose signature stands in the body itself, so that signing changes the body."""

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:
        """``body`` with the signature in it."""
        ...


@runtime_checkable
class SignsQuery(Protocol):
    """A scheme whose sender adds something to the URL, and signs that."""

    def signed_query(self, body: bytes) -> str:
        """What stands in the URL after the question mark."""
        ...


@runtime_checkable
class SignsUrl(Protocol):
    """A scheme whose signature may cover the URL that was called, with its query."""

    @property
    def public_url(self) -> str:
        """Where the sender calls; empty where the URL is not signed."""
        ...


@runtime_checkable
class NeedsKey(Protocol):
    """A scheme whose sender's public key has to be fetched: without one it lets nothing through."""

    def check_before_key(self, request: Request) -> None:
        """Raise Rejected for what no key could make good (a missing part, another algorithm, a wrong time): it must not cause a fetch."""
        ...

    def wanted_key(self, request: Request) -> KeyReference:
        """Which key the request was signed with, by its own words, or Rejected: the place that it is fetched from is pinned."""
        ...

    def with_key(self, key: bytes) -> Scheme:
        """The scheme that verifies by ``key``, as the sender publishes it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The fields that verification reads by name: members of a JSON body, fields of a form, or of the query.

    ``whole_form``: the signature covers every field of a form, but not their order.
    """

    members: tuple[Path, ...] = ()
    form: frozenset[str] = frozenset()
    whole_form: bool = False
    query: frozenset[str] = frozenset()


@runtime_checkable
class ReadsFields(Protocol):
    """A scheme that reads fields by name, so that a name that stands twice would leave open which one was proved."""

    @property
    def signed(self) -> Signed:
        """Which fields."""
        ...


@runtime_checkable
class Confirms(Protocol):
    """A scheme whose sender says, when it is asked, whether a call is its own. ``place`` says where it is asked."""

    @property
    def place(self) -> str:
        """Which of the sender's hosts is asked."""
        ...

    def question(self, request: Request, secret: bytes) -> bytes:
        """What the sender is asked about ``request``, which this secret has verified."""
        ...


class Evidence(StrEnum):
    """How well it is known that a scheme is the sender's own."""

    VECTOR = "vector"
    SDK = "sdk"
    DOCUMENTATION = "documentation"
    UNSURE = "unsure"


class Proves(StrEnum):
    """What a signature that fits says: every byte of the body is the sender's, or some of its fields are, or the sender knew the secret."""

    BODY = "the whole body"
    CHECKSUM = "a checksum of the body"
    FIELDS = "some fields"
    SENDER = "the sender alone"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A call such as the sender makes: its body, shortened from the documentation, and the headers beside the signature's.

    ``{id}`` in either stands for the delivery id, ``{seconds}``, ``{milliseconds}`` and ``{rfc3339}`` for the time. ``fresh`` is
    the JSON member that holds the id where ``find_id`` of the entry is more than a field.
    """

    body: str
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    media_type: str = "application/json"
    fresh: str = ""

    def filled(self, delivery_id: str, at: datetime) -> tuple[bytes, dict[str, str]]:
        """The body and the headers of one delivery, the media type among them."""
        milliseconds = int(at.timestamp() * 1000)
        values = {
            "{id}": delivery_id,
            "{seconds}": str(milliseconds // 1000),
            "{milliseconds}": str(milliseconds),
            "{rfc3339}": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        headers = {name: _filled(value, values) for name, value in self.headers.items()}
        return _filled(self.body, values).encode(), {"content-type": self.media_type} | headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One entry of the catalogue.

    ``build`` makes the scheme from the options beside ``scheme`` and ``secrets`` in ``verify``, or raises OptionError; where
    ``needs_url``, the source's public URL is the option ``public_url``.
    ``find_id``, ``find_type`` and ``find_time`` are expressions as hookline.toml writes them, used where it says nothing;
    with ``carries_id`` verification itself finds the id, and ``find_id`` says where.
    ``signed_with`` says what the secret is, ``proves`` how much a signature that fits says about the body.
    ``keeps_id``: whether a redelivery has the id of the
    first try. ``covers`` says what is signed where that is not the whole body,
    ``once`` which signed part belongs to one call only, where a signature fits more than one body, and ``signed_time``
    which time is signed and not compared with now; ``max_age`` is how old that may be where hookline.toml says nothing.
    ``max_body`` is the largest body in bytes that the sender documents, where that is more than a MiB: a limit of its calls, what follows
    from a limit of the messages or documents in them, or what its own library receives. ``max_body_source`` is where. Where a sender says
    only that some bodies are over a MiB, it is several times the largest that was reported.
    A smaller documented size is left out: it may grow, and a body over ``max_body`` is refused for good.
    ``unique_body`` says, with its source, why no two events of this sender have the same body.
    ``answer`` is what the sender takes for success, None for hookline's own; ``deadline`` is in seconds.
    ``handshakes`` are the calls of this sender that are no events; the first that fits a call answers it.
    ``confirm_option`` is the option of ``verify`` that names the credentials to ask the sender with whether a call is its own.
    ``headers`` say something of the body that does not stand in it: they go on in the message.
    None and "" mean that the sender does not say.
    """

    name: str
    build: Callable[[Mapping[str, object]], Scheme]
    title: str = ""
    signed_with: str = ""
    proves: Proves = Proves.BODY
    options: frozenset[str] = frozenset()
    needs_secret: bool = True
    needs_url: bool = False
    needs_keys: bool = False
    carries_id: bool = False
    find_id: str | None = None
    find_type: str | None = None
    find_time: str | None = None
    media_types: frozenset[str] = JSON
    on_conflict: OnConflict = OnConflict.ACKNOWLEDGE
    keeps_id: bool | None = None
    covers: str = ""
    once: str = ""
    signed_time: str = ""
    max_age: timedelta | None = None
    max_body: int = DEFAULT_MAX_BODY
    max_body_source: str = ""
    unique_body: str = ""
    answer: SuccessAnswer | None = None
    handshakes: tuple[Kind, ...] = ()
    confirm_option: str = ""
    headers: tuple[str, ...] = ()
    deadline: float | None = None
    retries: str = ""
    notes: str = ""
    evidence: Evidence = Evidence.UNSURE
    documentation: str = ""
    sample: Sample | None = None

    @property
    def token_options(self) -> frozenset[str]:
        """The options of ``verify`` that name the token of a handshake."""
        return frozenset(kind.option for kind in self.handshakes if kind.option)

    @property
    def secret_options(self) -> frozenset[str]:
        """Those, and the one that names what the sender is asked with."""
        return self.token_options | ({self.confirm_option} if self.confirm_option else frozenset())


def _filled(text: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def mac(key: bytes, signed: bytes, algorithm: str) -> bytes:
    """The HMAC of ``signed`` (RFC 2104).

    Both keyed states are made once per key and copied, as RFC 2104 section 4 suggests: half the work of ``hmac.digest``.
    """
    inner, outer = _keyed(key, algorithm)
    inner, outer = inner.copy(), outer.copy()
    inner.update(signed)
    outer.update(inner.digest())
    digest: bytes = outer.digest()
    return digest


@lru_cache(maxsize=256)
def _keyed(key: bytes, algorithm: str) -> tuple[Any, Any]:
    """The states after the inner and the outer block of the key."""
    new = _ALGORITHMS[algorithm]
    size = new().block_size
    block = (new(key).digest() if len(key) > size else key).ljust(size, b"\0")
    return new(block.translate(_INNER)), new(block.translate(_OUTER))


_ALGORITHMS: Final[Mapping[str, Callable[..., Any]]] = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


def tolerance_of(options: Mapping[str, object], default: timedelta = DEFAULT_TOLERANCE) -> timedelta:
    """The option ``tolerance``; raises OptionError unless it is a duration above zero."""
    tolerance = options.get("tolerance", default)
    if not isinstance(tolerance, timedelta) or tolerance <= timedelta(0):
        raise OptionError("tolerance", "must be a duration above zero")
    return tolerance


def url_of(options: Mapping[str, object]) -> str:
    """The option ``public_url``; raises OptionError when it is not there, for a scheme that signs it."""
    url = options.get("public_url")
    if not isinstance(url, str) or not url:
        raise OptionError(
            "public_url", "this sender signs the URL that it calls: write it as it stands in its settings"
        )
    return url


def mismatch(header: str) -> Rejected:
    """The refusal of a request whose signatures in ``header`` fit no secret."""
    return Rejected("signature_mismatch", f"no signature in {header} fits the exact bytes of the body")


def missing_signature(header: str) -> Rejected:
    """The refusal of a request that does not carry ``header``."""
    return Rejected("signature_missing", f"the header {header} is missing or empty")


def check_timestamp(text: str | None, where: str, now: datetime, tolerance: timedelta, unit: str = "seconds") -> str:
    """The signed timestamp as it was written, once it is known to lie within ``tolerance`` of ``now``, either way.

    ``where`` is its place in words, such as "header X-Timestamp"; ``unit`` is "seconds" or "milliseconds" since 1970, or
    "rfc3339" for text such as 2026-01-02T03:04:05Z.
    """
    if not text:
        raise Rejected("timestamp_missing", f"the {where} is missing or empty")
    if unit == "rfc3339":
        is_near = abs(now - _moment(text, where)) <= tolerance
    else:
        is_near = abs(now.timestamp() - _SECONDS[unit](text, where)) <= tolerance.total_seconds()
    if not is_near:
        raise Rejected(
            "timestamp_outside_tolerance",
            f"the {where} is more than {tolerance.total_seconds():.0f} seconds from the time of receipt",
        )
    return text


def _seconds(text: str, where: str) -> float:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_TIMESTAMP):
        raise Rejected("timestamp_invalid", f"the {where} is not whole seconds since 1970")
    return int(text)


def _milliseconds(text: str, where: str) -> float:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_TIMESTAMP + 3):
        raise Rejected("timestamp_invalid", f"the {where} is not whole milliseconds since 1970")
    return int(text) / 1000


def _moment(text: str, where: str) -> datetime:
    """The moment that RFC 3339 text means; digits after the microseconds count for nothing."""
    found = _RFC3339.fullmatch(text)
    if found:
        is_exact = len(found[2] or "") <= _MICROSECONDS
        exact = text if is_exact else f"{found[1]}{found[2][:_MICROSECONDS]}{found[3]}"
        with suppress(ValueError):  # 30 February and the like
            return datetime.fromisoformat(exact)
    raise Rejected("timestamp_invalid", f"the {where} is not a date and a time with an offset")


_SECONDS: Final[Mapping[str, Callable[[str, str], float]]] = {
    "seconds": _seconds,
    "milliseconds": _milliseconds,
}
_MICROSECONDS = len(".123456")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def any_equal(expected: bytes, candidates: Iterable[bytes]) -> bool:
    """Whether any candidate equals ``expected``, each compared in constant time."""
    found = False
    for candidate in candidates:
        found |= hmac.compare_digest(expected, candidate)
    return found
