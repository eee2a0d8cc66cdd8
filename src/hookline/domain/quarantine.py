"""A request that was refused and may yet be wanted, and how much of such is kept."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from hookline.domain.request import Request

__all__ = ["QUARANTINED", "KeptRequest", "QuarantineBounds", "RejectedRequest", "overflow"]

QUARANTINED = frozenset(
    {
        "body_not_json",
        "delivery_id_invalid",
        "delivery_id_missing",
        "event_time_invalid",
        "event_type_invalid",
        "event_type_missing",
        "schema_mismatch",
        "signature_mismatch",
        "signature_missing",
        "timestamp_invalid",
        "timestamp_missing",
        "timestamp_outside_tolerance",
    }
)
"""The codes whose requests are kept: a wrong secret, clock, URL or schema on our side is answered with one of them.

Left out is what was refused before its body was read, and what no change of ours would let in.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineBounds:
    """How many rejected requests are kept, of how many bytes together, and for how long. Any of them zero: none is."""

    max_requests: int = 1000
    max_bytes: int = 64 * 1024 * 1024
    retention: timedelta = timedelta(days=7)

    @property
    def keeps_nothing(self) -> bool:
        """Whether the quarantine is switched off."""
        return not (self.max_requests and self.max_bytes and self.retention)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRequest:
    """One call to ``source`` that was refused with ``code``, exactly as it came."""

    source: str
    code: str
    request: Request

    @property
    def size(self) -> int:
        """The bytes that count: body, query and headers."""
        request = self.request
        headers = sum(len(name) + len(value) for name, value in request.headers.items())
        return len(request.body) + len(request.query) + headers

    def holds_any(self, values: Iterable[bytes]) -> bool:
        """Whether one of ``values`` stands anywhere in it."""
        request = self.request
        texts = (request.query, *(value for _, value in request.headers.items()))
        parts = (request.body, *(text.encode("latin-1", "replace") for text in texts))
        return any(value in part for value in values for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRequest:
    """A rejected request in the quarantine. Ids count up in the order in which requests came."""

    id: int
    rejected: RejectedRequest
    expires_at: datetime


def overflow(kept: Iterable[tuple[int, str, str, int]], bounds: QuarantineBounds) -> list[int]:
    """The ids that have to go so that the rest is within ``bounds``; ``kept`` is id, source, code and size, the oldest first.

    The oldest goes of the largest share, a share being what one source was refused for one reason: a flood pushes out its own,
    and leaves alone what is kept for other reasons and of other senders.
    """
    shares: dict[tuple[str, str], _Share] = {}
    for number, source, code, size in kept:
        shares.setdefault((source, code), _Share()).add(number, size)
    requests = sum(len(share.waiting) for share in shares.values())
    total = sum(share.size for share in shares.values())
    gone = []
    while requests > bounds.max_requests or total > bounds.max_bytes:
        by_requests = requests > bounds.max_requests
        largest = max(shares, key=lambda name: (len(shares[name].waiting) if by_requests else shares[name].size, name))
        number, size = shares[largest].drop()
        gone.append(number)
        requests, total = requests - 1, total - size
    return gone


class _Share:
    def __init__(self) -> None:
        self.waiting: deque[tuple[int, int]] = deque()
        self.size = 0

    def add(self, number: int, size: int) -> None:
        self.waiting.append((number, size))
        self.size += size

    def drop(self) -> tuple[int, int]:
        number, size = self.waiting.popleft()
        self.size -= size
        return number, size
