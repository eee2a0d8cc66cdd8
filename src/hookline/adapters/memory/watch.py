"""Watches new events and rejected requests in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.ports.watch import Arrived, RefusedCall

if TYPE_CHECKING:
    from hookline.adapters.memory.quarantine import MemoryQuarantine
    from hookline.adapters.memory.state import MemoryState
    from hookline.domain.quarantine import KeptRequest

__all__ = ["MemoryWatch"]


class MemoryWatch:
    """Watch over a shared state and its quarantine."""

    def __init__(self, state: MemoryState, *, quarantine: MemoryQuarantine) -> None:
        self._state = state
        self._quarantine = quarantine
        self._last = state.next_number()

    def next(self, *, source: str | None, type: str | None, refused: bool, limit: int) -> Arrived:  # noqa: A002 -- the port's word
        """The events and requests with a number above the last one."""
        with self._state.locked():
            last, self._last = self._last, self._state.next_number()
            new = sorted(
                (kept for kept in self._state.events.values() if kept.number > last), key=lambda kept: kept.number
            )
            calls = [kept for kept in self._quarantine.live() if kept.id > last] if refused else []
        events = [kept.stored for kept in new if source in (None, kept.stored.event.source)]
        events = [stored for stored in events if type in (None, stored.event.type)]
        return Arrived(
            events=tuple(events[-limit:]),
            refused=tuple(_refused(kept) for kept in calls if source in (None, kept.rejected.source)),
            skipped=max(0, len(events) - limit),
        )


def _refused(kept: KeptRequest) -> RefusedCall:
    one = kept.rejected
    return RefusedCall(at=one.request.received_at, source=one.source, code=one.code, size=one.size, number=kept.id)
