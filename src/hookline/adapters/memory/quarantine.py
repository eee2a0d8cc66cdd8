"""Rejected requests in memory."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from hookline.domain.quarantine import KeptRequest, overflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.adapters.memory.state import MemoryState
    from hookline.domain.quarantine import QuarantineBounds, RejectedRequest

__all__ = ["MemoryQuarantine"]


class MemoryQuarantine:
    """Quarantine of its own, by the clock of a shared state."""

    def __init__(self, state: MemoryState, bounds: QuarantineBounds) -> None:
        self._state = state
        self._bounds = bounds
        self._kept: dict[int, KeptRequest] = {}

    def keep(self, rejected: Sequence[RejectedRequest]) -> None:
        """Keep each that fits, and let the middle of the largest share go."""
        with self._state.writing():
            expires_at = self._state.clock.steady() + self._bounds.retention
            for one in rejected:
                if one.size <= self._bounds.max_bytes:
                    number = self._state.next_number()
                    self._kept[number] = KeptRequest(id=number, rejected=one, expires_at=expires_at)
            for number in overflow(map(_line, self._kept.values()), self._bounds):
                del self._kept[number]

    def ids(self, *, source: str | None = None) -> list[int]:
        """Those that have not expired, in the order of their coming."""
        with self._state.locked():
            live = (kept for kept in self._kept.values() if self._is_live(kept))
            return [kept.id for kept in live if source in (None, kept.rejected.source)]

    def get(self, number: int) -> KeptRequest | None:
        """The request, unless it has expired."""
        with self._state.locked():
            kept = self._kept.get(number)
            return kept if kept is not None and self._is_live(kept) else None

    def release(self, numbers: Sequence[int]) -> int:
        """Let these go."""
        with self._state.writing():
            return sum(self._kept.pop(number, None) is not None for number in numbers)

    def expire(self, *, limit: int) -> int:
        """Remove what has expired, the oldest first."""
        with self._state.writing():
            over = list(islice((number for number, kept in self._kept.items() if not self._is_live(kept)), limit))
            for number in over:
                del self._kept[number]
            return len(over)

    def live(self) -> list[KeptRequest]:
        """Every request that has not expired; the caller holds the state's lock."""
        return [kept for kept in self._kept.values() if self._is_live(kept)]

    def _is_live(self, kept: KeptRequest) -> bool:
        return kept.expires_at > self._state.clock.expiry()


def _line(kept: KeptRequest) -> tuple[int, str, str, int]:
    return kept.id, kept.rejected.source, kept.rejected.code, kept.rejected.size
