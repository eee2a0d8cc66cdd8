"""When the clock is not trusted, and when stored items may be removed by it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["AHEAD", "HELD_FOR", "QUIET", "in_doubt", "may_sweep"]

QUIET = timedelta(minutes=10)
"""After a start nothing is removed for so long: time for a time server to set the clock, and for an operator to take a setting back."""

AHEAD = timedelta(hours=24)
"""A time of day that is further past the newest stored time may be wrong, or the server was off for so long."""

HELD_FOR = timedelta(hours=24)
"""Then nothing is removed for so long, unless an operator confirms the clock."""


def in_doubt(now: datetime, newest: datetime) -> bool:
    """Whether ``now`` is too far past the newest stored time to be believed without a word of the operator."""
    return now - newest > AHEAD


def may_sweep(*, up: timedelta, doubted: bool) -> bool:
    """Whether what has expired may be removed by a server that has run for ``up``."""
    return up >= (HELD_FOR if doubted else QUIET)
