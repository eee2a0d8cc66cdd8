"""How long delivered events are kept, and what else is kept with them."""

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
"""A message stands on an SQS queue for so long at most: what it refers to is there for as long."""


@record
class EventRetention:
    """How long delivered events are kept: those of sources that have a retention of their own, and all others."""

    usual: timedelta
    of_source: Mapping[str, timedelta] = field(default_factory=dict)

    def of(self, source: str) -> timedelta:
        """How long delivered events of this source are kept."""
        return self.of_source.get(source, self.usual)

    @property
    def shortest(self) -> timedelta:
        """The shortest of all."""
        return min((self.usual, *self.of_source.values()))

    @property
    def longest(self) -> timedelta:
        """The longest of all."""
        return max((self.usual, *self.of_source.values()))


def retention_by_source(kept: timedelta | EventRetention) -> EventRetention:
    """``kept`` as it is, or for the events of every source."""
    return EventRetention(usual=kept) if isinstance(kept, timedelta) else kept


def kept_aside_longer(retention: timedelta) -> timedelta:
    """How much longer than an event AWS keeps its second bodies, and large bodies: as long again, at least 14 and at most 30 days.

    What an event needs a person for may be looked at late, and who writes a second body does not know when its event was delivered.
    """
    return min(_LONGEST_ASIDE, max(retention, _SHORTEST_ASIDE))
