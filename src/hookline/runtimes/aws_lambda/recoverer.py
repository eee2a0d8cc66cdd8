"""The recoverer: sends the router events that have waited too long, and marks events as failed that have waited for a week."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING

from hookline.pipeline.pauses import longest_held, release_step
from hookline.pipeline.recover import GIVE_UP_AFTER
from hookline.ports.telemetry import Metric
from hookline.runtimes.aws_lambda.context import margin
from hookline.runtimes.aws_lambda.redaction import clean, described

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hookline.ports.clock import Clock
    from hookline.ports.dispatcher import Dispatcher
    from hookline.ports.held_events import HeldEvents
    from hookline.ports.outbox import LeasingOutbox
    from hookline.ports.pauses import Pauses
    from hookline.ports.telemetry import Telemetry
    from hookline.runtimes.aws_lambda.context import Context

__all__ = ["ASKED_FOR", "RECOVER_AFTER", "Recoverer"]

RECOVER_AFTER = timedelta(seconds=300)
"""How long an event may wait before recovery sends it to the router again: Lambda's own retries have ended by then."""

_AT_ONCE = 1000
"""Events that are leased in one step: with fewer, more calls are needed; with more, too many wait when the router accepts none."""

_PER_INVOCATION = 100

_ASKED_AT_ONCE, _ASKED_PER_INVOCATION = 500, 20
"""Events that wait for records in one invocation of the router, which fetches the records one after the other."""

ASKED_FOR = timedelta(seconds=300)
"""How long such an event is leased to the router: Lambda's own retries have ended by then."""

_MOST_SWEPT = 200
"""Rejected requests that one run removes: more than are stored in a minute."""

_LOOKS, _BETWEEN_LOOKS = 40, 0.25
"""How often released events are checked for being on their queues, and the seconds between: a router sends a hundred a second."""


class Recoverer:
    """Does one run after another; each run writes one line of telemetry, also when no event waited."""

    def __init__(
        self,
        *,
        outbox: LeasingOutbox,
        dispatcher: Dispatcher,
        pauses: Pauses,
        held: HeldEvents,
        sweep: Callable[[int], int],
        telemetry: Telemetry,
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """``sweep`` removes at most a given number of rejected requests above their bounds, and returns how many it removed.

        ``pause`` waits for a number of seconds between two checks of released events.
        """
        self._pauses = pauses
        self._held = held
        self._sweep = sweep
        self._pause = pause
        self._outbox = outbox
        self._dispatcher = dispatcher
        self._telemetry = telemetry
        self._clock = clock

    def __call__(self, _event: object, context: Context) -> dict[str, int]:
        """Recover events until none is due or the time nearly ends; returns how many were sent to the router and marked as failed.

        Raises a HooklineError when storage or the router was unavailable: the next run continues from there.
        """
        run = _Run()
        try:
            run.oldest = self._oldest()
            more = run.oldest > RECOVER_AFTER.total_seconds()
            left_at_the_end = margin(context)
            while more and context.get_remaining_time_in_millis() > left_at_the_end:
                more = self._step(run)
            more = True
            while more and context.get_remaining_time_in_millis() > left_at_the_end:
                more = self._ask(run)
            run.records, run.record_oldest = self._awaited()
            self._release(run, context, left_at_the_end)
            run.held = longest_held(self._pauses, self._held, self._clock.now())
        except Exception as fault:  # noqa: BLE001 -- Lambda still counts it; only redacted text is raised
            self._tell(run, context, described(fault), level="error")
            raise clean(fault) from None
        if context.get_remaining_time_in_millis() > left_at_the_end:
            self._remove_rejected(run)
        self._tell(run, context)
        return {"recovered": run.recovered, "failed": run.failed}

    def _remove_rejected(self, run: _Run) -> None:
        """Keep rejected requests within their bounds. A fault here is only logged, because it must not end the run."""
        try:
            run.swept = self._sweep(_MOST_SWEPT)
        except Exception as fault:  # noqa: BLE001 -- as above
            run.sweep_fault = described(fault)

    def _oldest(self) -> float:
        """How long the oldest event has waited, in seconds."""
        oldest = self._outbox.oldest()
        return 0 if oldest is None else max(0, (self._clock.now() - oldest).total_seconds())

    def _step(self, run: _Run) -> bool:
        """Recover one lot of events; returns whether there may be more."""
        now = self._clock.now()
        leased = self._outbox.lease(received_before=now - RECOVER_AFTER, due_at=now, limit=_AT_ONCE)
        given_up = [lease.event_id for lease in leased if now - lease.since > GIVE_UP_AFTER]
        self._hand_over([lease.event_id for lease in leased if now - lease.since <= GIVE_UP_AFTER], run)
        for event_id in given_up:
            self._give_up(event_id, run)
        return len(leased) > 0

    def _ask(self, run: _Run) -> bool:
        """Send the router events whose records are due; returns whether there may be more. Events for the same record stay together."""
        now = self._clock.now()
        leased = self._outbox.lease_awaiting(due_at=now, until=now + ASKED_FOR, limit=_ASKED_AT_ONCE)
        for first in range(0, len(leased), _ASKED_PER_INVOCATION):
            lot = [lease.event_id for lease in leased[first : first + _ASKED_PER_INVOCATION]]
            self._dispatcher.dispatch_stored(lot)
            run.asked += len(lot)
        return len(leased) > 0

    def _awaited(self) -> tuple[int, float]:
        """How many events wait for their records, and how long the oldest of them has waited, in seconds."""
        count, oldest = self._outbox.awaited()
        return count, 0 if oldest is None else max(0, (self._clock.now() - oldest).total_seconds())

    def _release(self, run: _Run, context: Context, left_at_the_end: int) -> None:
        """Release the held events of resumed sources, lot after lot.

        Lambda runs lots in parallel, so each lot begins only when the one before is on its queues: this keeps the order. If an event cannot
        be sent, this waits for some time; then recovery handles the event.
        """

        def deliver(event_ids: Sequence[str]) -> None:
            released = self._held.release(event_ids)
            self._dispatcher.dispatch_stored(released)
            run.released += len(released)
            for _ in range(_LOOKS):
                self._pause(_BETWEEN_LOOKS)
                if not self._held.waiting(released):
                    return

        while context.get_remaining_time_in_millis() > left_at_the_end and release_step(
            self._pauses, self._held, deliver, self._clock.now(), limit=_PER_INVOCATION
        ):
            pass

    def _hand_over(self, event_ids: Sequence[str], run: _Run) -> None:
        """The events in random order: an event that kills the router's process must not block the same other events forever."""
        mixed = random.sample(event_ids, len(event_ids))
        for first in range(0, len(mixed), _PER_INVOCATION):
            lot = mixed[first : first + _PER_INVOCATION]
            self._dispatcher.dispatch_stored(lot)
            run.recovered += len(lot)

    def _give_up(self, event_id: str, run: _Run) -> None:
        self._outbox.fail(event_id, reason=f"not routed in {GIVE_UP_AFTER.days} days")
        run.failed += 1
        said = "given up: the event is marked as failed and can be replayed"
        self._telemetry.record(said, fields={"event_id": event_id}, level="error")

    def _tell(
        self, run: _Run, context: Context, fault: Mapping[str, object] | None = None, *, level: str = "info"
    ) -> None:
        metrics: dict[Metric, float] = {Metric.RECOVERED: run.recovered, Metric.FAILED: run.failed}
        if run.oldest is not None:  # an unknown value is left out, and the alarm treats a missing value as a failure
            metrics[Metric.OUTBOX_OLDEST_SECONDS] = run.oldest
        if run.records:
            metrics[Metric.RECORD_OLDEST_SECONDS] = run.record_oldest
        if run.held is not None:
            metrics[Metric.HELD_OLDEST_SECONDS] = run.held.total_seconds()
        ms = round((perf_counter() - run.started) * 1000, 2)
        released = {"released": run.released} if run.released else {}
        asked = {"asked": run.asked} if run.asked else {}
        awaiting = {"waiting_for_records": run.records} if run.records else {}
        swept = {"rejected_removed": run.swept} if run.swept else {}
        not_swept = {"rejected_fault": run.sweep_fault} if run.sweep_fault else {}
        fields = {
            "request_id": context.aws_request_id,
            "ms": ms,
            **asked,
            **awaiting,
            **released,
            **swept,
            **not_swept,
            **(fault or {}),
        }
        self._telemetry.record("outbox checked", metrics, fields, level=level)


class _Run:
    """The result of one run."""

    __slots__ = (
        "asked",
        "failed",
        "held",
        "oldest",
        "record_oldest",
        "records",
        "recovered",
        "released",
        "started",
        "sweep_fault",
        "swept",
    )

    def __init__(self) -> None:
        self.started = perf_counter()
        self.oldest: float | None = None
        self.held: timedelta | None = None
        self.sweep_fault: Mapping[str, object] | None = None
        self.recovered = self.failed = self.released = self.swept = self.asked = self.records = 0
        self.record_oldest = 0.0
