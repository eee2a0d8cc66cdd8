"""The canary: an event of hookline's own, sent again and again to measure how long an event takes from its sender to its queue."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["CANARY", "Canary", "CanaryFault", "CanaryReport", "CanaryRun"]

CANARY = "hookline-canary"
"""The name of its source and of its queue."""


class CanaryFault(StrEnum):
    """Why an event of the canary counts as failed, by the code that metrics and `hookline doctor` show."""

    REFUSED = "canary_refused"
    """It was not answered 202, or nobody answered."""
    NOT_DELIVERED = "canary_not_delivered"
    """It was accepted, and did not come to its queue while somebody waited."""
    CHANGED = "canary_changed"
    """What came is not what was sent."""
    LATE = "canary_late"
    """It came, later than it may."""


@record
class Canary:
    """``[canary]``: an event is sent ``every`` so often, and is late when it is not on its queue ``late_after`` it was sent."""

    every: timedelta = timedelta(minutes=1)
    late_after: timedelta = timedelta(seconds=30)

    @property
    def patience(self) -> timedelta:
        """How long one event is waited for: longer than it may take, so that it is known by how much it was late."""
        return 2 * self.late_after


@record
class CanaryRun:
    """What became of one event. ``seconds`` from before it was sent until it was received from its queue; None: it was not received."""

    fault: CanaryFault | None = None
    seconds: float | None = None
    detail: str = ""


@record
class CanaryReport:
    """How the canary of a running server stands. ``late`` says why somebody should look, None while events arrive in time.

    ``seconds`` are those of the last event that came, ``last_success_at`` is when the last one came in time.
    """

    late: str | None
    seconds: float | None
    last_success_at: datetime | None
    failures: Mapping[CanaryFault, int]
