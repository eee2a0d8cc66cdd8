"""Records of when access keys were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["KeyUse", "KeyUses"]


@record
class KeyUse:
    """Since when an access key is configured, and when a caller last proved it; None: never."""

    first_seen_at: datetime
    last_used_at: datetime | None = None


class KeyUses(Protocol):
    """Stores the uses of access keys, by id. Uses that were recorded shortly before a crash may be lost."""

    def note(self, uses: Mapping[str, datetime | None], *, at: datetime) -> None:
        """Record that these keys are configured at ``at``, and when each was used; None does not change an earlier use."""
        ...

    def known(self) -> Mapping[str, KeyUse]:
        """Every key that was ever recorded."""
        ...
