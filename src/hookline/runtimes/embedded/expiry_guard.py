"""Decides when expired data may be removed: not while the clock may have been wrong at the start of the server."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from hookline.domain.clock_doubt import in_doubt, may_sweep

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hookline.ports.clock import Clock
    from hookline.runtimes.embedded.log import Log

__all__ = ["ClockDoubt", "ExpiryGuard"]

_CONFIRM = "if the date is right, run: hookline storage confirm-clock"


class ClockDoubt(Protocol):
    """The stored doubt about the clock."""

    def held_at(self) -> datetime | None:
        """The stored time at which the clock is held; None where the clock is not in doubt."""
        ...

    def remember(self) -> None:
        """Store the doubt."""
        ...

    def is_confirmed(self) -> bool:
        """Whether an operator has ended the doubt since it was stored."""
        ...

    def confirm(self) -> None:
        """End the doubt."""
        ...


class ExpiryGuard:
    """Whether the keeper may remove expired data now. The beginning and the end of the doubt are each reported once."""

    def __init__(
        self, doubt: ClockDoubt, *, clock: Clock, log: Log, running_for: Callable[[], timedelta] | None = None
    ) -> None:
        self._doubt = doubt
        self._clock = clock
        self._log = log
        started = monotonic()
        self._running_for = running_for or (lambda: timedelta(seconds=monotonic() - started))
        self._told = self._told_of_setting = False
        self.allowed = False
        """The last answer, for threads that remove less important data."""

    def __call__(self) -> bool:
        """Check the clock, report a change, and return whether removal is allowed."""
        self.allowed = self._decide()
        return self.allowed

    def _decide(self) -> bool:
        held = self._doubt.held_at()
        if held is not None and in_doubt(self._clock.steady(), self._clock.now()):
            return self._set_since(held)
        if held is not None and self._told and self._doubt.is_confirmed():
            self._clock.hold(None)
            self._log.say("info", "the clock was confirmed: expired data is removed again")
            held = None
        if held is not None and not self._told:
            self._doubt.remember()
            self._told = True
            self._log.say(
                "warning",
                "the clock is far ahead of the newest stored time: nothing expires for 24 hours",
                now=self._clock.now(),
                newest_stored=held,
                advice=_CONFIRM,
            )
        if not may_sweep(up=self._running_for(), doubted=held is not None):
            return False
        if held is not None:
            self._doubt.confirm()
            self._log.say("info", "the clock has run for 24 hours: expired data is removed again")
        return True

    def _set_since(self, held: datetime) -> bool:
        """Handle a time of day that was set back far since the start: this process has the wrong time, and must not remove data by it."""
        if not self._told_of_setting:
            self._told_of_setting = True
            self._log.say(
                "warning",
                "the clock was set back since the start: nothing expires until the server is started again",
                now=self._clock.now(),
                newest_stored=held,
            )
        return False
