"""The circuit breaker of a forward: an endpoint that fails repeatedly gets no messages for some time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.domain.forward import Forward

__all__ = ["Breaker"]

_LONGEST_PAUSE: Final = timedelta(minutes=5)
_MOST_DOUBLINGS: Final = 20
_SPREAD: Final = 0.2


@record
class Breaker:
    """Closed: messages are sent. Open, until ``until``: none is sent. Half open, after that: one is sent as a probe.

    ``failures`` counts failures in a row; ``openings`` counts how often it opened without a success in between. Times are those of the
    steady clock.
    """

    failures: int = 0
    openings: int = 0
    until: datetime | None = None

    @property
    def is_closed(self) -> bool:
        """Whether messages are sent without a limit."""
        return self.until is None

    def admits(self, now: datetime, *, free: int, in_flight: int) -> int:
        """How many messages to receive from the queue, if ``free`` more could be sent now."""
        if self.until is None:
            return free
        return min(free, 1) if now >= self.until and in_flight == 0 else 0

    def after_success(self) -> Breaker:
        """Record a success, which closes it."""
        return Breaker()

    def after_failure(
        self, now: datetime, *, forward: Forward, chance: float, rest: timedelta | None = None
    ) -> Breaker:
        """Record a failure. It opens after ``breaker_failures`` in a row, when a probe fails, and when the endpoint asks for ``rest``.

        Each pause is twice as long as the one before, at most 5 minutes unless ``breaker_pause`` is longer. While it is open, failures of
        messages that were sent before have no effect.
        """
        if self.until is not None and now < self.until:
            return _rested(self, now, rest)
        failed = replace(self, failures=self.failures + 1)
        if self.until is None and failed.failures < forward.breaker_failures:
            return _rested(failed, now, rest)
        longest = max(forward.breaker_pause, _LONGEST_PAUSE)
        pause = min(forward.breaker_pause * (1 << min(self.openings, _MOST_DOUBLINGS)), longest)
        opened = replace(failed, openings=self.openings + 1, until=now + pause * (1 + _SPREAD * chance))
        return _rested(opened, now, rest)


def _rested(breaker: Breaker, now: datetime, rest: timedelta | None) -> Breaker:
    """Open for at least as long as the endpoint asked for, at most 5 minutes: a probe then shows whether it still fails."""
    if not rest:
        return breaker
    until = now + min(rest, _LONGEST_PAUSE)
    return breaker if breaker.until is not None and breaker.until >= until else replace(breaker, until=until)
