"""Decides when what has expired may be removed: not by a clock that may have been wrong when the server started."""

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
    """What is known of a doubtful clock beyond this process."""

    def held_at(self) -> datetime | None:
        """The newest stored time that the clock is held at, None where it is not in doubt."""
        ...

    def remember(self) -> None:
        """Keep the doubt beyond this process."""
        ...

    def is_confirmed(self) -> bool:
        """Whether an operator has ended the doubt since it was remembered."""
        ...

    def confirm(self) -> None:
        """Believe the clock."""
        ...


class ExpiryGuard:
    """Whether the keeper may remove what has expired now. The doubt is reported once, and its end too."""

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
        """The last answer, for those that remove less important things on threads of their own."""

    def __call__(self) -> bool:
        """Look, report, and answer."""
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
        """The time of day was set back far since the start: this process counts on from the wrong one, and must not remove by it."""
        if not self._told_of_setting:
            self._told_of_setting = True
            self._log.say(
                "warning",
                "the clock was set back since the start: nothing expires until the server is started again",
                now=self._clock.now(),
                newest_stored=held,
            )
        return False
