"""Stores in memory when access keys were used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.ports.key_uses import KeyUse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["MemoryKeyUses"]


class MemoryKeyUses:
    """KeyUses that are kept until the process ends."""

    def __init__(self) -> None:
        self._known: dict[str, KeyUse] = {}

    def note(self, uses: Mapping[str, datetime | None], *, at: datetime) -> None:
        """Store the latest use of each key."""
        for key_id, used_at in uses.items():
            before = self._known.get(key_id, KeyUse(first_seen_at=at))
            used = [moment for moment in (before.last_used_at, used_at) if moment is not None]
            self._known[key_id] = KeyUse(first_seen_at=before.first_seen_at, last_used_at=max(used, default=None))

    def known(self) -> Mapping[str, KeyUse]:
        """The latest use of every key that was noted."""
        return dict(self._known)
