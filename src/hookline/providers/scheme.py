"""What a sender's dialect has to tell, and the checks that several dialects share."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from hookline.domain.source import OnConflict
from hookline.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.source import Secret, Verified

__all__ = [
    "DEFAULT_TOLERANCE",
    "OptionError",
    "Provider",
    "Scheme",
    "any_equal",
    "check_timestamp",
    "mac",
    "missing_signature",
]

DEFAULT_TOLERANCE = timedelta(seconds=300)
"""How far a signed timestamp may lie from now, either way (Standard Webhooks, "Verifying webhook authenticity")."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One entry of the catalogue.

    ``build`` makes the scheme from the options beside ``scheme`` and ``secrets`` in ``verify``, or raises OptionError.
    ``find_id``, ``find_type`` and ``find_time`` are expressions as hookline.toml writes them, used where it says nothing.
    """

    name: str
    build: Callable[[Mapping[str, object]], Scheme]
    options: frozenset[str] = frozenset()
    needs_secret: bool = True
    find_id: str | None = None
    find_type: str | None = None
    find_time: str | None = None
    on_conflict: OnConflict = OnConflict.REJECT
    documentation: str = ""


def mac(key: bytes, signed: bytes, algorithm: str) -> bytes:
    """The HMAC of ``signed``.

    The keyed state is made once per key and copied: half the work of ``hmac.digest``, which also gives the GIL away each time.
    """
    state = _keyed(key, algorithm).copy()
    state.update(signed)
    return state.digest()


@lru_cache(maxsize=64)
def _keyed(key: bytes, algorithm: str) -> hmac.HMAC:
    return hmac.new(key, digestmod=algorithm)


def missing_signature(header: str) -> Rejected:
    """The refusal of a request that does not carry ``header``."""
    return Rejected("signature_missing", f"the header {header} is missing or empty")


def check_timestamp(text: str | None, header: str, now: datetime, tolerance: timedelta) -> str:
    """The signed timestamp as it was written, once it is known to be whole seconds within ``tolerance`` of ``now``, either way."""
    if not text:
        raise Rejected("timestamp_missing", f"the header {header} is missing or empty")
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_TIMESTAMP):
        raise Rejected("timestamp_invalid", f"the header {header} is not whole seconds since 1970")
    if abs(now.timestamp() - int(text)) > tolerance.total_seconds():
        raise Rejected(
            "timestamp_outside_tolerance",
            f"the header {header} is more than {tolerance.total_seconds():.0f} seconds from the time of receipt",
        )
    return text


def any_equal(expected: bytes, candidates: Iterable[bytes]) -> bool:
    """Whether any candidate equals ``expected``, each compared in constant time."""
    found = False
    for candidate in candidates:
        found |= hmac.compare_digest(expected, candidate)
    return found
