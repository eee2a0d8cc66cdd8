"""The canary: a test event that hookline sends again and again, to measure how long an event takes from its sender to its queue."""

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
"""The name of the canary's source and of its queue."""


class CanaryFault(StrEnum):
    """Why an event of the canary counts as failed: the code that metrics and `hookline doctor` show."""

    REFUSED = "canary_refused"
    """The answer was not 202, or there was no answer."""
    NOT_DELIVERED = "canary_not_delivered"
    """The event was accepted, but did not arrive at its queue within the waiting time."""
    CHANGED = "canary_changed"
    """The event that arrived differs from the event that was sent."""
    LATE = "canary_late"
    """The event arrived, but later than the limit."""


@record
class Canary:
    """``[canary]``: one event is sent every ``every``; it is late if it is not on its queue ``late_after`` after it was sent."""

    every: timedelta = timedelta(minutes=1)
    late_after: timedelta = timedelta(seconds=30)

    @property
    def patience(self) -> timedelta:
        """How long the canary waits for one event: longer than ``late_after``, so that the delay of a late event can be reported."""
        return 2 * self.late_after


@record
class CanaryRun:
    """The result of one event.

    ``seconds`` is the time from just before it was sent until it was received from its queue; None: it was not received.
    """

    fault: CanaryFault | None = None
    seconds: float | None = None
    detail: str = ""


@record
class CanaryReport:
    """The canary's state on a running server. ``late`` says why an operator should look; it is None while events arrive in time.

    ``seconds`` is the time that the last arrived event took; ``last_success_at`` is when an event last arrived in time.
    """

    late: str | None
    seconds: float | None
    last_success_at: datetime | None
    failures: Mapping[CanaryFault, int]
