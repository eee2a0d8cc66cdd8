"""When access keys were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["KeyUse", "KeyUses"]


@record
class KeyUse:
    """Since when an access key is configured, and when a caller last proved it; None for never."""

    first_seen_at: datetime
    last_used_at: datetime | None = None


class KeyUses(Protocol):
    """Remembers the uses of access keys, by id. What was noted shortly before a crash may be lost."""

    def note(self, uses: Mapping[str, datetime | None], *, at: datetime) -> None:
        """Keep that these keys are configured at ``at``, and when each was used; None changes no earlier use."""
        ...

    def known(self) -> Mapping[str, KeyUse]:
        """Every key that was ever noted."""
        ...
