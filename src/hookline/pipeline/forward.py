"""What to do after an attempt to deliver a message to an HTTP endpoint."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from hookline.domain.forward import LONGEST_DELAY
from hookline.errors import HooklineError
from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.domain.forward import Forward
    from hookline.ports.forward_endpoint import EndpointAnswer

__all__ = ["Delivered", "Next", "Retry", "Stop", "backoff", "next_step", "retry_after"]

_SUCCESS: Final = range(200, 300)
_REDIRECTION: Final = range(300, 400)
_GONE: Final = 410
_ENDPOINT_ASKS_FOR_REST: Final = frozenset({429, 503})
"""The statuses whose Retry-After applies to the endpoint, not to one message (RFC 6585 section 4, RFC 9110 section 15.6.4)."""
_SECONDS: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_MOST_DOUBLINGS: Final = 20
_SPREAD: Final = 0.1


@record
class Delivered:
    """The endpoint accepted the message, which is deleted."""

    status: int


@record
class Retry:
    """The attempt failed: the message is hidden for ``after``. ``rest`` is how long the endpoint asks to get no messages at all."""

    after: timedelta
    status: int | None
    why: str
    detail: str
    rest: timedelta | None = None


@record
class Stop:
    """The endpoint refuses all messages from now on: the forward ends, and the message stays."""

    status: int
    why: str
    detail: str


Next: TypeAlias = "Delivered | Retry | Stop"


def next_step(
    result: EndpointAnswer | HooklineError, *, attempt: int, forward: Forward, now: datetime, chance: float
) -> Next:
    """What to do after the attempt with the number ``attempt``, counted from 1. ``chance`` is a random number from 0 to 1.

    ``why`` is short and may be logged; ``detail`` also contains the beginning of the answer.
    """
    if isinstance(result, HooklineError):
        pause = backoff(forward, attempt, chance)
        return Retry(after=pause, status=None, why=result.detail, detail=result.detail)
    if result.status in _SUCCESS:
        return Delivered(status=result.status)
    why, detail = _failure(result)
    if result.status == _GONE:
        return Stop(status=result.status, why=why, detail=detail)
    asked = retry_after(result.retry_after, now)
    return Retry(
        after=backoff(forward, attempt, chance) if asked is None else _spread(asked, forward, chance),
        status=result.status,
        why=why,
        detail=detail,
        rest=asked if result.status in _ENDPOINT_ASKS_FOR_REST else None,
    )


def backoff(forward: Forward, attempt: int, chance: float) -> timedelta:
    """How long to wait after this attempt: twice as long each time; the second half of the wait is random.

    Without a random part, messages that failed together would be sent together again.
    """
    whole = min(forward.min_backoff * (1 << min(max(attempt, 1) - 1, _MOST_DOUBLINGS)), forward.max_backoff)
    return whole * (0.5 + 0.5 * chance)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks for, in seconds or as a date (RFC 9110 section 10.2.3); None where it has no valid value.

    It is never negative, and never longer than SQS can hide a message.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return min(timedelta(seconds=min(int(text), 86_400)), LONGEST_DELAY)
    try:
        at = parsedate_to_datetime(text)
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return min(max(wait, timedelta()), LONGEST_DELAY)


def _spread(asked: timedelta, forward: Forward, chance: float) -> timedelta:
    """Not before the requested time or the first backoff, plus a short random time."""
    return min(max(asked, forward.min_backoff) * (1 + _SPREAD * chance), LONGEST_DELAY)


def _failure(answer: EndpointAnswer) -> tuple[str, str]:
    why = f"the endpoint answered {answer.status}"
    if answer.status in _REDIRECTION:
        why += ", and redirections are not followed"
    return why, f"{why}: {answer.excerpt}" if answer.excerpt else why
