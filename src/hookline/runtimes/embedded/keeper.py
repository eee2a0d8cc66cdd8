"""The housekeeper: delivers waiting events, removes expired data, maintains counts, indexes and the log, and probes a failed disk."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import nullcontext
from datetime import timedelta
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from hookline.domain.event import Status
from hookline.domain.histogram import Durations
from hookline.errors import HooklineError, UnavailableError
from hookline.pipeline.recover import GiveUp, after_fault
from hookline.ports.telemetry import Metric
from hookline.runtimes.embedded.health import StorageReports

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from hookline.pipeline.route import Router
    from hookline.ports.clock import Clock
    from hookline.ports.event_store import StoredEvent
    from hookline.ports.outbox import DeferringOutbox
    from hookline.ports.retention import Retention
    from hookline.runtimes.embedded.active_config import ActiveConfig
    from hookline.runtimes.embedded.health import Health
    from hookline.runtimes.embedded.log import Log

__all__ = ["Keeper", "recover"]

_NO_GUARD = nullcontext()
_TICK = 0.1
_RECOVER_EVERY = 1.0
_SWEEP_EVERY = 60.0
_STEP = 500
"""Events that recovery processes in one step."""

_SWEEP_STEP = 100
"""Events or messages that a sweep removes in one step of about two milliseconds: senders wait for each step."""

_PAUSES = 2
"""How much longer than a step the pause after it is: senders need the disk, and removing expired data is not urgent."""

RECOVER_AFTER = timedelta(seconds=5)
"""How long an event may wait in the outbox before recovery processes it."""


def recover(
    outbox: DeferringOutbox,
    router: Router | ActiveConfig,
    clock: Clock,
    log: Log,
    *,
    limit: int = _STEP,
    counts: Counter[Metric] | None = None,
) -> int:
    """Put waiting events on their queues; returns how many were processed. ``counts`` gets the results.

    A fault of one event does not affect others: the event is tried again later, or marked as failed when a retry cannot help.
    """
    now = clock.steady()
    counts = Counter() if counts is None else counts
    waiting = outbox.pending(received_before=now - RECOVER_AFTER, due_at=now, limit=limit)
    for stored in waiting:
        try:
            routed = router.route_stored(stored)
            outbox.deliver([routed])
        except Exception as fault:  # noqa: BLE001 -- judged by after_fault, only for this event
            counts[Metric.FAILED] += _after(outbox, stored, fault, clock, log)
        else:
            if routed.status is Status.RECEIVED:
                continue  # the event waits for its record from now on
            counts[Metric.RECOVERED] += 1
            counts[Metric.UNMATCHED if routed.status is Status.UNMATCHED else Metric.ROUTED] += 1
            log.say("info", "recovered", event_id=stored.event.id)
    return len(waiting)


def _after(outbox: DeferringOutbox, stored: StoredEvent, fault: Exception, clock: Clock, log: Log) -> bool:
    """Mark the event as failed, or try it again later; returns whether it was marked."""
    step = after_fault(stored.attempt, fault, clock.steady())
    event_id = stored.event.id
    if isinstance(step, GiveUp):
        outbox.fail(event_id, reason=step.reason)
        log.say(
            "error",
            "routing failed permanently: the event is marked as failed and can be replayed",
            event_id=event_id,
            reason=step.reason,
        )
    else:
        outbox.defer(event_id, until=step.at, reason=step.reason)
        log.say("warning", "routing failed, trying again later", event_id=event_id, reason=step.reason, at=step.at)
    return isinstance(step, GiveUp)


class Keeper:
    """One thread that does all this work and continues after every fault."""

    def __init__(  # noqa: PLR0913 -- all that it keeps in order, each given by its name
        self,
        *,
        outbox: DeferringOutbox,
        retention: Retention,
        router: Router | ActiveConfig,
        clock: Clock,
        health: Health,
        log: Log,
        checkpoint: Callable[[], bool],
        probe: Callable[[], None],
        upkeep: Sequence[Callable[[], None]] = (),
        guard: AbstractContextManager[object] = _NO_GUARD,
        may_sweep: Callable[[], bool] = lambda: True,
    ) -> None:
        """``checkpoint`` returns whether there was work to do. ``upkeep`` is called once a second while the storage works.

        ``guard`` is held while events are routed and delivered; ``may_sweep`` returns whether the clock is trusted.
        """
        self._may_sweep = may_sweep
        self._guard = guard
        self._outbox = outbox
        self._retention = retention
        self._router = router
        self._clock = clock
        self._health = health
        self._reports = StorageReports(health, log)
        self._log = log
        self._checkpoint = checkpoint
        self._probe = probe
        self._upkeep = upkeep
        self.counts: Counter[Metric] = Counter()
        """The events that were routed, recovered or marked as failed here."""
        self.checkpoints = Durations()
        """The durations of checkpoints."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hookline-keeper", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, *, patience: float = 10.0) -> None:
        """Finish the current step, and stop. Wait for the thread at most ``patience`` seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=patience)

    def _run(self) -> None:
        recover_at = sweep_at = monotonic()
        while not self._stopping.wait(_TICK):
            if self._health.works:
                self._guarded(self._timed_checkpoint)
            if monotonic() >= recover_at:
                self._guarded(self._recover)
                if self._health.works:
                    for step in self._upkeep:
                        self._guarded(step)
                recover_at = monotonic() + _RECOVER_EVERY
            if monotonic() >= sweep_at and self._health.works:
                self._guarded(self._sweep)
                sweep_at = monotonic() + _SWEEP_EVERY

    def _guarded(self, step: Callable[[], None]) -> None:
        """Do one step; a fault of a step does not end the thread."""
        try:
            step()
        except UnavailableError as fault:
            self._reports.failed(fault)
        except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would be worse
            self._log.fault("housekeeping failed", fault)

    def _timed_checkpoint(self) -> None:
        started = perf_counter()
        if self._checkpoint():
            self.checkpoints.add(perf_counter() - started)

    def _recover(self) -> None:
        if not self._health.works:
            self._look_at_storage()
            return
        while not self._stopping.is_set():
            with self._guard:
                looked_at = recover(self._outbox, self._router, self._clock, self._log, counts=self.counts)
            if looked_at < _STEP:
                break

    def _look_at_storage(self) -> None:
        """Probe a failed storage: readiness must return without traffic, or a load balancer would never send any again."""
        if self._health.fault is None:
            return
        try:
            self._probe()
        except HooklineError:
            return  # already logged when it began; its end is logged too
        self._reports.works()

    def _sweep(self) -> None:
        if not self._may_sweep():
            return
        messages = self._all_steps(self._retention.expire_messages)
        events = self._all_steps(self._retention.expire_events)
        claims = self._all_steps(self._retention.expire_claims)
        if messages or events or claims:
            self._log.say("info", "expired", events=events, messages=messages, claims=claims)

    def _all_steps(self, expire: Callable[..., int]) -> int:
        """Remove all expired data; the write-ahead log is kept short between steps, because a full disk has no space for a long one."""
        total, pause = 0, 0.0
        while not self._stopping.wait(pause):
            began = perf_counter()
            removed = expire(limit=_SWEEP_STEP)
            pause = _PAUSES * (perf_counter() - began)
            total += removed
            if removed < _SWEEP_STEP:
                break
            self._timed_checkpoint()
        return total
