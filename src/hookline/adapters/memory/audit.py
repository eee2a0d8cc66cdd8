"""Stores the audit log in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookline.adapters.memory.state import MemoryState
    from hookline.ports.audit import AuditEntry

__all__ = ["MemoryAuditLog"]


class MemoryAuditLog:
    """AuditLog over a shared state."""

    def __init__(self, state: MemoryState) -> None:
        self._state = state
        self._entries: dict[str, AuditEntry] = {}

    def write(self, entry: AuditEntry) -> None:
        """Store the entry; it replaces one with the same id."""
        with self._state.writing():
            self._entries[entry.id] = entry

    def newest(self, *, limit: int, before: str | None = None) -> list[AuditEntry]:
        """The newest entries first, those of the same microsecond by their ids. An unknown ``before`` gives an empty list."""
        with self._state.locked():
            ordered = sorted(self._entries.values(), key=_place, reverse=True)
        if before is None:
            return ordered[:limit]
        last = self._entries.get(before)
        return [] if last is None else [entry for entry in ordered if _place(entry) < _place(last)][:limit]


def _place(entry: AuditEntry) -> tuple[object, str]:
    return entry.at, entry.id
