"""Sends the canary's events of a running server one after another, on a separate thread."""

from __future__ import annotations

import threading
from collections import Counter
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.domain.canary import CanaryFault, CanaryReport
from hookline.pipeline.canary import lateness

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hookline.domain.canary import Canary, CanaryRun
    from hookline.runtimes.embedded.log import Log

__all__ = ["CanaryKeeper"]

_FIRST: Final = 2.0
"""Seconds from the start to the first event, because a server still reads its files after the start."""


class CanaryKeeper:
    """Sends events at the configured interval, while the current configuration has a canary. Its state is for any thread."""

    def __init__(
        self,
        fly: Callable[[Canary], CanaryRun | None],
        canary: Canary | None,
        *,
        now: Callable[[], datetime],
        log: Log,
        steady: Callable[[], float] = monotonic,
    ) -> None:
        """``fly`` sends one event and waits for it; None means that it had to end. ``steady`` gives seconds that never step back."""
        self._fly = fly
        self._canary = canary
        self._now = now
        self._log = log
        self._steady = steady
        self._since = steady()
        """When the last event arrived in time, or when the canary was switched on."""
        self._sent_at: float | None = None
        self._last: CanaryRun | None = None
        self._seconds: float | None = None
        self._last_success_at: datetime | None = None
        self._failures: Counter[CanaryFault] = Counter()
        self._stopping = threading.Event()
        self._changed = threading.Event()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="hookline-canary", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def use(self, canary: Canary | None) -> None:
        """Use this configuration from now on. A canary that was off has the time of a whole interval before an alert."""
        with self._guard:
            if self._canary is None:
                self._since, self._last = self._steady(), None
            self._canary = canary
        self._changed.set()

    def begin_stop(self) -> None:
        """Send no further event, and stop waiting for the present one."""
        self._stopping.set()
        self._changed.set()

    def stop(self, *, patience: float = 5.0) -> None:
        """Stop. Wait for the thread at most ``patience`` seconds."""
        self.begin_stop()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)

    def pause(self, seconds: float) -> bool:
        """Wait between two receives; returns whether the run has to end."""
        return self._stopping.wait(seconds)

    def report(self) -> CanaryReport | None:
        """The canary's present state, None where there is no canary."""
        with self._guard:
            canary = self._canary
            if canary is None:
                return None
            at = self._steady()
            under_way = None if self._sent_at is None else at - self._sent_at
            return CanaryReport(
                late=lateness(canary, self._last, under_way=under_way, since_success=at - self._since),
                seconds=self._seconds,
                last_success_at=self._last_success_at,
                failures={fault: self._failures[fault] for fault in CanaryFault},
            )

    def send(self, canary: Canary) -> None:
        """Send one event, wait for it, and note the result, unless the canary was switched off meanwhile."""
        with self._guard:
            self._sent_at = self._steady()
        try:
            done = self._fly(canary)
        finally:
            with self._guard:
                self._sent_at = None
        if done is not None and not self._stopping.is_set() and self._canary is not None:
            self._note(done)

    def _note(self, done: CanaryRun) -> None:
        with self._guard:
            had_failed = self._last is not None and self._last.fault is not None
            self._last = done
            if done.seconds is not None:
                self._seconds = done.seconds
            if done.fault is None:
                self._since, self._last_success_at = self._steady(), self._now()
            else:
                self._failures[done.fault] += 1
        if done.fault is not None:
            seconds = {} if done.seconds is None else {"seconds": round(done.seconds, 3)}
            self._log.say(
                "warning",
                "an event of the canary did not arrive in time",
                code=done.fault.value,
                reason=done.detail,
                **seconds,
            )
        elif had_failed:
            self._log.say("info", "the canary's events arrive in time again")

    def _run(self) -> None:
        self._changed.wait(_FIRST)
        while True:
            self._changed.clear()
            if self._stopping.is_set():  # checked last, so that a stop before the change is not lost
                return
            began, canary = self._steady(), self._canary
            if canary is not None:
                self._guarded_send(canary)
                left = began + canary.every.total_seconds() - self._steady()
                self._changed.wait(max(0.0, left))
            else:
                self._changed.wait()

    def _guarded_send(self, canary: Canary) -> None:
        try:
            self.send(canary)
        except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would measure nothing any more
            self._log.fault("sending an event of the canary failed", fault)
