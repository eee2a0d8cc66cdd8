"""What happens to an event whose routing failed: it is tried again later, or an operator has to act."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.errors import HooklineError, UnavailableError
from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.ports.event_store import Attempt

__all__ = ["GIVE_UP_AFTER", "GiveUp", "TryAgain", "after_fault"]

GIVE_UP_AFTER = timedelta(days=7)
"""How long temporary errors are retried."""

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=15)


@record
class TryAgain:
    """Leave the event in the outbox, and try again at ``at``."""

    at: datetime
    reason: str


@record
class GiveUp:
    """Mark the event as ``failed``."""

    reason: str


def after_fault(attempt: Attempt, fault: Exception, now: datetime) -> TryAgain | GiveUp:
    """The next step after ``fault``.

    An error that hookline itself raises as permanent will not go away. Every other error may be temporary (a full disk, an outage, a bug
    that the next version fixes): the event is tried again with pauses that double from 5 seconds to 15 minutes, for 7 days.
    """
    reason = f"{type(fault).__name__}: {fault}"
    permanent = isinstance(fault, HooklineError) and not isinstance(fault, UnavailableError)
    if permanent or (attempt.since is not None and now - attempt.since > GIVE_UP_AFTER):
        return GiveUp(reason=reason)
    pause = min(_FIRST_PAUSE * 2 ** min(attempt.count, 16), _LONGEST_PAUSE)
    return TryAgain(at=now + pause, reason=reason)
