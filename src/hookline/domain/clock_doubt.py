"""When the clock is not trusted, and when stored items may be removed by it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["AHEAD", "HELD_FOR", "QUIET", "in_doubt", "may_sweep"]

QUIET = timedelta(minutes=10)
"""Nothing is removed during this time after a start, so that a time server can set the clock and an operator can undo a setting."""

AHEAD = timedelta(hours=24)
"""If the time of day is further than this past the newest stored time, the clock may be wrong, or the server was off that long."""

HELD_FOR = timedelta(hours=24)
"""Nothing is removed during this time when the clock is in doubt, unless an operator confirms the clock."""


def in_doubt(now: datetime, newest: datetime) -> bool:
    """Whether ``now`` is so far past the newest stored time that an operator has to confirm it."""
    return now - newest > AHEAD


def may_sweep(*, up: timedelta, doubted: bool) -> bool:
    """Whether a server that has run for ``up`` may remove expired items."""
    return up >= (HELD_FOR if doubted else QUIET)
