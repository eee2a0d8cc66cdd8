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
"""The codes whose requests are kept: a wrong secret, clock, URL or schema on our side is answered with one of them.

Left out is what was refused before its body was read, and what no change of ours would let in.
"""

_UNAUTHORIZED = 401


def proves_sender(code: str) -> bool:
    """Whether a request that was refused with ``code`` had proved who sent it, where its source verifies anything."""
    return CODES[code].status != _UNAUTHORIZED


def size_without_body(query: str, headers: Iterable[tuple[str, str]]) -> int:
    """The bytes of query and headers that count."""
    return len(query) + sum(len(name) + len(value) for name, value in headers)


class NoRoom(Enum):
    """Why a request was not kept: its source and code, or all together, have used up what this hour allows so far, or it is too large."""

    SHARE = "share"
    ALL = "all"
    SIZE = "size"


@record
class Ceiling:
    """At most ``burst`` units at once, and ``rate`` units a second after that. An hour begins with a new burst."""

    burst: int
    rate: float

    def allowed(self, second: float) -> int:
        """Units that may have been used by this second of an hour."""
        return self.burst + int(self.rate * second)


@record
class KeepBudget:
    """How much may be written of rejected requests, by all processes that keep them together. A unit is what is paid for.

    What proved its sender and what did not have budgets of their own, so that strangers use up only one of them. ``share`` is for
    what one source was refused for one reason.
    """

    all: Ceiling = Ceiling(burst=4000, rate=2.0)
    share: Ceiling = Ceiling(burst=2000, rate=1.0)


@record
class QuarantineBounds:
    """How many rejected requests are kept, of how many bytes together, and for how long. Any of them zero: none is."""

    max_requests: int = 1000
    max_bytes: int = 64 * 1024 * 1024
    retention: timedelta = timedelta(days=7)
    of_source: Mapping[str, timedelta] = field(default_factory=dict)
    """How long the events of a source are kept, where that is said of the source: its rejected requests are not kept longer."""

    def kept_for(self, source: str) -> timedelta:
        """How long a rejected request of this source is kept."""
        return min(self.retention, self.of_source.get(source, self.retention))

    @property
    def keeps_nothing(self) -> bool:
        """Whether the quarantine is switched off."""
        return not (self.max_requests and self.max_bytes and self.retention)


@record
class RejectedRequest:
    """One call to ``source`` that was refused with ``code``, exactly as it came."""

    source: str
    code: str
    request: Request

    @property
    def size(self) -> int:
        """The bytes that count: body, query and headers."""
        request = self.request
        return len(request.body) + size_without_body(request.query, request.headers.items())

    def holds_any(self, values: Iterable[bytes]) -> bool:
        """Whether one of ``values`` stands anywhere in it."""
        request = self.request
        texts = (request.query, *(value for _, value in request.headers.items()))
        parts = (request.body, *(text.encode("latin-1", "replace") for text in texts))
        return any(value in part for value in values for part in parts)


@record
class KeptCall:
    """What was called by a request in the quarantine: everything but its headers and its body. ``body_size`` is in bytes."""

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
    """A rejected request in the quarantine. Ids count up in the order in which requests came."""

    id: int
    rejected: RejectedRequest
    expires_at: datetime

    @property
    def call(self) -> KeptCall:
        """The same without headers and body."""
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
    """A request in the quarantine without what it holds: ``size`` is in bytes."""

    id: int
    source: str
    code: str
    size: int


def overflow(kept: Iterable[tuple[int, str, str, int]], bounds: QuarantineBounds) -> list[int]:
    """The ids that have to go so that the rest is within ``bounds``; ``kept`` is id, source, code and size, the oldest first.

    Each goes from the middle of the largest share, a share being what one source was refused for one reason. So a flood pushes out
    only its own, and what came before it stays as well as what came last: a flood of forgeries must not hide the genuine requests.
    """
    held = list(kept)
    gone = _thinned(held, bounds.max_requests, lambda size: 1)  # noqa: ARG005 -- each counts once, whatever its size
    left = [one for one in held if one[0] not in gone] if gone else held
    return [*gone, *_thinned(left, bounds.max_bytes, lambda size: size)]


def _thinned(kept: Sequence[tuple[int, str, str, int]], most: int, weight_of: Callable[[int], int]) -> dict[int, None]:
    """The ids that have to go so that the rest weighs at most ``most``, in the order in which they go."""
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
    """One share, cut where its halves weigh the same: what goes, goes from the cut."""

    def __init__(self, members: Sequence[tuple[int, int]]) -> None:
        self.weight = sum(weight for _, weight in members)
        self._newest = deque(members)
        self._oldest: list[tuple[int, int]] = []
        self._lead = -self.weight  # what the older half weighs more than the newer
        while self._newest and self._lead + 2 * self._newest[0][1] <= 0:
            self._lead += 2 * self._newest[0][1]
            self._oldest.append(self._newest.popleft())

    def drop(self) -> tuple[int, int]:
        """Let one go from the heavier half, so that both stay alike; from the older one where they weigh the same."""
        is_older = bool(self._oldest) and (self._lead >= 0 or not self._newest)
        number, weight = self._oldest.pop() if is_older else self._newest.popleft()
        self._lead += -weight if is_older else weight
        self.weight -= weight
        return number, weight
