"""How long delivered events are kept, and what is kept with them."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EventRetention", "kept_aside_longer", "retention_by_source"]

_LONGEST_ASIDE = timedelta(days=30)
_SHORTEST_ASIDE = timedelta(days=14)
"""The longest time that SQS keeps a message: a body that a message refers to is kept at least this long."""


@record
class EventRetention:
    """How long delivered events are kept: for sources with a retention of their own, and for all others."""

    usual: timedelta
    of_source: Mapping[str, timedelta] = field(default_factory=dict)

    def of(self, source: str) -> timedelta:
        """How long delivered events of this source are kept."""
        return self.of_source.get(source, self.usual)

    @property
    def shortest(self) -> timedelta:
        """The shortest of all these retentions."""
        return min((self.usual, *self.of_source.values()))

    @property
    def longest(self) -> timedelta:
        """The longest of all these retentions."""
        return max((self.usual, *self.of_source.values()))


def retention_by_source(kept: timedelta | EventRetention) -> EventRetention:
    """``kept`` unchanged, or as the retention of every source's events."""
    return EventRetention(usual=kept) if isinstance(kept, timedelta) else kept


def kept_aside_longer(retention: timedelta) -> timedelta:
    """How much longer than an event AWS keeps its second bodies and large bodies: the event's retention again, but 14 to 30 days.

    A person may look late at an event that needs one, and the process that stores a second body does not know when its event was delivered.
    """
    return min(_LONGEST_ASIDE, max(retention, _SHORTEST_ASIDE))
