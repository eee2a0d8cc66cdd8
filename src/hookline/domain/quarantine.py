"""A rejected request that an operator may still need, and how many of them are kept."""

from __future__ import annotations

from collections import deque
from dataclasses import field
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from hookline.error_codes import CODES
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from hookline.domain.request import Request

__all__ = [
    "QUARANTINED",
    "Ceiling",
    "KeepBudget",
    "KeptCall",
    "KeptRequest",
    "KeptSummary",
    "NoRoom",
    "QuarantineBounds",
    "RejectedRequest",
    "overflow",
    "proves_sender",
    "size_without_body",
]

QUARANTINED = frozenset(
    {
        "body_ambiguous",
        "body_not_json",
        "delivery_id_invalid",
        "delivery_id_missing",
        "delivery_reused",
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
"""The codes whose requests are kept: they are the answer to a wrong secret, clock, URL or schema on our side.

Codes are left out that refuse a request before its body is read, or that no change on our side would turn into an acceptance.
"""

_UNAUTHORIZED = 401


def proves_sender(code: str) -> bool:
    """Whether a request that was refused with ``code`` had passed verification, where its source verifies anything."""
    return CODES[code].status != _UNAUTHORIZED


def size_without_body(query: str, headers: Iterable[tuple[str, str]]) -> int:
    """The size of query and headers that counts towards the limits."""
    return len(query) + sum(len(name) + len(value) for name, value in headers)


class NoRoom(Enum):
    """Why a request was not kept: it is too large, or this hour's budget, of its source and code or of all, is used up so far."""

    SHARE = "share"
    ALL = "all"
    SIZE = "size"


@record
class Ceiling:
    """At most ``burst`` units immediately, and ``rate`` further units a second. Each hour begins with a new burst."""

    burst: int
    rate: float

    def allowed(self, second: float) -> int:
        """The units that may have been used by this second of an hour."""
        return self.burst + int(self.rate * second)


@record
class KeepBudget:
    """How much all processes together may write into the quarantine. A unit is a billed unit of the storage.

    Verified and unverified requests have separate budgets, so that strangers can use up only one of them. ``share`` is the budget for one
    source and one code.
    """

    all: Ceiling = Ceiling(burst=4000, rate=2.0)
    share: Ceiling = Ceiling(burst=2000, rate=1.0)


@record
class QuarantineBounds:
    """How many rejected requests are kept, of how many bytes together, and for how long. If any of them is zero, none is kept."""

    max_requests: int = 1000
    max_bytes: int = 64 * 1024 * 1024
    retention: timedelta = timedelta(days=7)
    of_source: Mapping[str, timedelta] = field(default_factory=dict)
    """How long events are kept, for sources that set it: their rejected requests are not kept longer."""

    def kept_for(self, source: str) -> timedelta:
        """How long a rejected request of this source is kept."""
        return min(self.retention, self.of_source.get(source, self.retention))

    @property
    def keeps_nothing(self) -> bool:
        """Whether the quarantine is switched off."""
        return not (self.max_requests and self.max_bytes and self.retention)


@record
class RejectedRequest:
    """One call to ``source`` that was refused with ``code``, exactly as it was received."""

    source: str
    code: str
    request: Request

    @property
    def size(self) -> int:
        """The size that counts towards the limits: body, query and headers."""
        request = self.request
        return len(request.body) + size_without_body(request.query, request.headers.items())

    def holds_any(self, values: Iterable[bytes]) -> bool:
        """Whether one of ``values`` occurs anywhere in the request."""
        request = self.request
        texts = (request.query, *(value for _, value in request.headers.items()))
        parts = (request.body, *(text.encode("latin-1", "replace") for text in texts))
        return any(value in part for value in values for part in parts)


@record
class KeptCall:
    """A summary of a request in the quarantine: everything but its headers and its body. ``body_size`` is in bytes."""

    id: int
    source: str
    code: str
    received_at: datetime
    expires_at: datetime
    method: str
    path: str
    query: str
    body_size: int


@record
class KeptRequest:
    """A rejected request in the quarantine. Ids increase in the order in which requests arrived."""

    id: int
    rejected: RejectedRequest
    expires_at: datetime

    @property
    def call(self) -> KeptCall:
        """The same request without headers and body."""
        one, request = self.rejected, self.rejected.request
        return KeptCall(
            id=self.id,
            source=one.source,
            code=one.code,
            received_at=request.received_at,
            expires_at=self.expires_at,
            method=request.method,
            path=request.path,
            query=request.query,
            body_size=len(request.body),
        )


@record
class KeptSummary:
    """What decides whether a request in the quarantine is removed: ``size`` is in bytes."""

    id: int
    source: str
    code: str
    size: int


def overflow(kept: Iterable[tuple[int, str, str, int]], bounds: QuarantineBounds) -> list[int]:
    """The ids to remove so that the rest is within ``bounds``; ``kept`` has id, source, code and size of each, the oldest first.

    Each is removed from the middle of the largest share; a share is all requests of one source with one code. So a flood removes only its
    own requests, and both the earliest and the latest of them are kept: a flood of forgeries must not hide genuine requests.
    """
    held = list(kept)
    gone = _thinned(held, bounds.max_requests, lambda size: 1)  # noqa: ARG005 -- each counts as one, whatever its size
    left = [one for one in held if one[0] not in gone] if gone else held
    return [*gone, *_thinned(left, bounds.max_bytes, lambda size: size)]


def _thinned(kept: Sequence[tuple[int, str, str, int]], most: int, weight_of: Callable[[int], int]) -> dict[int, None]:
    """The ids to remove so that the rest weighs at most ``most``, in the order in which they are removed."""
    total = sum(weight_of(size) for _, _, _, size in kept)
    if total <= most:
        return {}
    members: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for number, source, code, size in kept:
        members.setdefault((source, code), []).append((number, weight_of(size)))
    shares = {name: _Share(found) for name, found in members.items()}
    gone: dict[int, None] = {}
    while total > most:
        largest = max(shares, key=lambda name: (shares[name].weight, name))
        number, weight = shares[largest].drop()
        gone[number] = None
        total -= weight
    return gone


class _Share:
    """One share, cut into two halves of equal weight: requests are removed at the cut."""

    def __init__(self, members: Sequence[tuple[int, int]]) -> None:
        self.weight = sum(weight for _, weight in members)
        self._newest = deque(members)
        self._oldest: list[tuple[int, int]] = []
        self._lead = -self.weight  # the weight of the older half minus the weight of the newer half
        while self._newest and self._lead + 2 * self._newest[0][1] <= 0:
            self._lead += 2 * self._newest[0][1]
            self._oldest.append(self._newest.popleft())

    def drop(self) -> tuple[int, int]:
        """Remove one request from the heavier half, or from the older one if they weigh the same, so that both stay equal."""
        is_older = bool(self._oldest) and (self._lead >= 0 or not self._newest)
        number, weight = self._oldest.pop() if is_older else self._newest.popleft()
        self._lead += -weight if is_older else weight
        self.weight -= weight
        return number, weight
