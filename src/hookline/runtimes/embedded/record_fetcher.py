"""Fetches the records that events wait for, and then puts each event on its queues."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.domain.event import Status
from hookline.errors import UnavailableError
from hookline.pipeline.complete import Completed, Later, Unproved, chains_of
from hookline.pipeline.recover import GiveUp, TryAgain, after_fault
from hookline.ports.telemetry import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from hookline.pipeline.complete import Completer, Missing, Step
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.outbox import RecordOutbox
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.log import Log

__all__ = ["RecordFetcher"]

_LOOK_EVERY: Final = 0.25  # seconds
_SELDOM: Final = 5.0
"""Seconds between checks if no source fetches: an earlier configuration may have left waiting events."""
_AT_ONCE: Final = 32
"""Events of a step: each API gets a few requests at a time."""
_THREADS: Final = 4


class RecordFetcher:
    """One thread that finds due events, and a few that call APIs. A fault of one event does not affect the others."""

    def __init__(
        self,
        outbox: RecordOutbox,
        completer: Completer,
        current: ActiveConfig,
        *,
        guard: AbstractContextManager[object],
        clock: Clock,
        log: Log,
    ) -> None:
        """``guard`` is held while events are routed and delivered."""
        self._outbox = outbox
        self._completer = completer
        self._current = current
        self._guard = guard
        self._clock = clock
        self._log = log
        self.counts: Counter[Metric] = Counter()
        """The results of events that were completed or routed without a record. Only this object's thread adds them."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-records", daemon=True)
        self._pool: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, *, patience: float = 10.0) -> None:
        """Finish the current step, and stop. Wait for the thread at most ``patience`` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)

    def step(self) -> int:
        """Complete the due events; returns how many were processed. Raises UnavailableError where the storage fails."""
        due = self._outbox.awaiting(due_at=self._clock.steady(), limit=_AT_ONCE)
        chains = chains_of(due)
        if not chains:
            return 0
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="hookline-fetch")
        for chain, steps in zip(chains, self._pool.map(self._steps, chains), strict=True):
            for stored, step in zip(chain, steps, strict=True):
                self._take(stored, step)
        return len(due)

    def _steps(self, chain: Sequence[StoredEvent]) -> list[Step]:
        return self._completer.steps(chain, self._clock.steady)

    def _take(self, stored: StoredEvent, step: Step) -> None:
        event_id = stored.event.id
        if isinstance(step, Later):
            self._outbox.postpone(stored, until=step.until, reason=step.reason)
            if step.reason is not None:
                self._log.say(
                    "warning", "no record yet: asking again later", event_id=event_id, reason=step.reason, at=step.until
                )
        elif isinstance(step, Unproved):
            self._outbox.fail(event_id, reason=step.reason)
            self.counts[Metric.FAILED] += 1
            self._log.say(
                "error",
                "the event is not verified without its record: it is marked as failed and can be replayed",
                event_id=event_id,
                reason=step.reason,
            )
        else:
            self._deliver(stored, step)

    def _deliver(self, stored: StoredEvent, step: Completed | Missing) -> None:
        """Put the event on its queues, by the current routes."""
        event_id = stored.event.id
        try:
            with self._guard:
                router = self._current.loaded.router.at_last
                routed = router.route_stored(replace(stored, event=step.event))
                self._outbox.deliver([routed])
        except UnavailableError:
            raise
        except Exception as fault:  # noqa: BLE001 -- judged by after_fault, only for this event
            self._after(stored, fault)
            return
        is_complete = isinstance(step, Completed)
        self.counts[Metric.RECORDS_COMPLETED if is_complete else Metric.RECORDS_MISSING] += 1
        self.counts[Metric.UNMATCHED if routed.status is Status.UNMATCHED else Metric.ROUTED] += 1
        if isinstance(step, Completed):
            self._log.say("info", "record completed", event_id=event_id, queues=list(routed.queues))
        else:
            self._log.say(
                "error", "routed without a record", event_id=event_id, queues=list(routed.queues), reason=step.reason
            )

    def _after(self, stored: StoredEvent, fault: Exception) -> None:
        after = after_fault(stored.attempt, fault, self._clock.steady())
        if isinstance(after, GiveUp):
            self._outbox.fail(stored.event.id, reason=after.reason)
            self.counts[Metric.FAILED] += 1
        elif isinstance(after, TryAgain):
            self._outbox.postpone(stored, until=after.at, reason=after.reason)
        self._log.fault(f"routing {stored.event.id} failed once its record was there", fault)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._guarded_step():
                self._stopping.wait(_LOOK_EVERY if self._fetches else _SELDOM)
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def _fetches(self) -> bool:
        return any(source.fetch is not None for source in self._current.loaded.config.sources)

    def _guarded_step(self) -> bool:
        """Do one step; returns whether there may be more to do immediately."""
        try:
            return self.step() >= _AT_ONCE
        except UnavailableError:
            return False  # the code that stores events reports it
        except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would leave events without their records
            self._log.fault("completing records failed", fault)
            return False
