"""Stores rejected requests in memory."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from hookline.domain.quarantine import KeepBudget, KeptRequest, KeptSummary, NoRoom, overflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.memory.state import MemoryState
    from hookline.domain.quarantine import KeptCall, QuarantineBounds, RejectedRequest

__all__ = ["MemoryQuarantine"]

_UNIT = 1024
_HOUR = 3600


class MemoryQuarantine:
    """Quarantine with separate storage and the clock of a shared state."""

    def __init__(
        self,
        state: MemoryState,
        bounds: QuarantineBounds,
        *,
        budget: KeepBudget = KeepBudget(),  # noqa: B008 -- it is frozen
    ) -> None:
        self._state = state
        self._bounds = bounds
        self._budget = budget
        self._used: Counter[tuple[object, ...]] = Counter()
        self._kept: dict[int, KeptRequest] = {}

    def keep(self, rejected: Sequence[RejectedRequest]) -> None:
        """Store each request that is not too large; above the bounds, remove the middle of the largest share."""
        with self._state.writing():
            for one in rejected:
                if one.size <= self._bounds.max_bytes:
                    self._add(one)
            for number in overflow(map(_line, self._kept.values()), self._bounds):
                del self._kept[number]

    def keep_within_budget(self, rejected: RejectedRequest, *, proved: bool) -> int | NoRoom:
        """Count the write units as on AWS, one for each kilobyte and one more, and store the request if the hour's budget allows."""
        if rejected.size > self._bounds.max_bytes:
            return NoRoom.SIZE
        with self._state.writing():
            return self._spend(rejected, proved=proved) or self._add(rejected)

    def _spend(self, rejected: RejectedRequest, *, proved: bool) -> NoRoom | None:
        hour, second = divmod(self._state.clock.now().timestamp(), _HOUR)
        everything, share = (hour, proved), (hour, rejected.source, rejected.code)
        units = -(-rejected.size // _UNIT) + 1
        if self._used[everything] + units > self._budget.all.allowed(second):
            return NoRoom.ALL
        if self._used[share] + units > self._budget.share.allowed(second):
            return NoRoom.SHARE
        self._used.update({everything: units, share: units})
        return None

    def _add(self, one: RejectedRequest) -> int:
        number = self._state.next_number()
        expires_at = self._state.clock.steady() + self._bounds.kept_for(one.source)
        self._kept[number] = KeptRequest(id=number, rejected=one, expires_at=expires_at)
        return number

    def ids(self, *, source: str | None = None) -> list[int]:
        """The requests that have not expired, in the order of arrival."""
        with self._state.locked():
            live = (kept for kept in self._kept.values() if self._is_live(kept))
            return [kept.id for kept in live if source in (None, kept.rejected.source)]

    def summaries(self, *, source: str | None = None) -> list[KeptSummary]:
        """The requests that have not expired, without headers and bodies."""
        with self._state.locked():
            lines = (_line(kept) for kept in self._kept.values() if self._is_live(kept))
            return [
                KeptSummary(id=number, source=of, code=code, size=size)
                for number, of, code, size in lines
                if source in (None, of)
            ]

    def newest(self, *, limit: int) -> list[KeptCall]:
        """The newest requests."""
        with self._state.locked():
            live = (kept.call for kept in reversed(self._kept.values()) if self._is_live(kept))
            return list(islice(live, limit))

    def get(self, number: int) -> KeptRequest | None:
        """The request, unless it has expired."""
        with self._state.locked():
            kept = self._kept.get(number)
            return kept if kept is not None and self._is_live(kept) else None

    def release(self, numbers: Sequence[int]) -> int:
        """Remove these requests."""
        with self._state.writing():
            return sum(self._kept.pop(number, None) is not None for number in numbers)

    def sweep(self, *, limit: int) -> int:
        """Remove expired requests, the oldest first, then the requests above the bounds."""
        with self._state.writing():
            expired = [number for number, kept in self._kept.items() if not self._is_live(kept)]
            over = list(islice((*expired, *overflow(map(_line, self.live()), self._bounds)), limit))
            for number in over:
                del self._kept[number]
            return len(over)

    def live(self) -> list[KeptRequest]:
        """Every request that has not expired. The caller must hold the state's lock."""
        return [kept for kept in self._kept.values() if self._is_live(kept)]

    def _is_live(self, kept: KeptRequest) -> bool:
        return kept.expires_at > self._state.clock.expiry()


def _line(kept: KeptRequest) -> tuple[int, str, str, int]:
    return kept.id, kept.rejected.source, kept.rejected.code, kept.rejected.size
