"""Delivers the messages of one queue to its HTTP endpoint, on separate threads, in both homes."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import nullcontext
from datetime import timedelta
from random import random
from time import monotonic
from typing import TYPE_CHECKING, Final

from hookline.errors import HooklineError
from hookline.pipeline.forward import Delivered, Retry, Stop
from hookline.pipeline.forward_breaker import Breaker
from hookline.ports.telemetry import Metric
from hookline.runtimes.forward_attempt import attempt, give_back

if TYPE_CHECKING:
    from hookline.domain.forward import Forward
    from hookline.domain.message import Delivery
    from hookline.pipeline.forward import Next
    from hookline.runtimes.forward_attempt import ForwardWorld

__all__ = ["Forwarder"]

_WAIT: Final = timedelta(seconds=1)
"""How long one receive waits for a message if arrivals are not reported. A stop waits for it."""

_LOOK_EVERY: Final = 0.5
"""Seconds between receives if no arrival was reported: another process may have sent a message, or a pause may have ended."""

_MOST_AT_ONCE: Final = 10
"""Messages of one receive: SQS gives no more."""

_AFTER_TROUBLE: Final = 1.0  # seconds
_LOOK: Final = 1.0  # seconds between checks while no message may be received
_COUNT_EVERY: Final = 60.0  # seconds
_GIVING_BACK: Final = 1.0  # seconds of a stop that are reserved for releasing messages


class Forwarder:
    """One running forward. During its request a message stays on the queue, hidden: if this process ends, the message is received again.

    From a FIFO queue it receives messages one by one, which keeps the order of each group, and several groups in parallel: the queue
    returns no second message of a group while the first one is in flight or waits for its next attempt.
    """

    def __init__(self, forward: Forward, world: ForwardWorld) -> None:
        self.forward = forward
        self._world = world
        self._batch = 1 if forward.is_fifo else _MOST_AT_ONCE
        self._breaker = Breaker()
        self._in_flight = 0
        self._counts = {Metric.FORWARDED: 0, Metric.FORWARD_FAILED: 0}
        self._totals = Counter(self._counts)
        self._counted_at = monotonic()
        self._trouble: str | None = None
        self._changed = threading.Condition()
        self._arrived = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"hookline-forward-{forward.queue}", daemon=True)
        self.stop_reason: Stop | None = None
        """The answer with which the endpoint refused further messages; None if it has not."""

    def counted(self) -> Counter[Metric]:
        """The counts of delivered and failed messages since the start, and whether the breaker is open now."""
        with self._changed:
            return self._totals + Counter({Metric.FORWARD_PAUSED: int(not self._breaker.is_closed)})

    def start(self) -> None:
        """Start forwarding."""
        self._thread.start()

    def begin_stop(self) -> None:
        """Receive no further message. Messages in flight continue."""
        self._stopping.set()
        self._arrived.set()
        with self._changed:
            self._changed.notify_all()

    def stop(self, *, patience: float = 10.0) -> None:
        """Receive no further message, wait for those in flight, and release those without an answer after ``patience`` seconds."""
        end = monotonic() + patience
        self.begin_stop()
        if self._thread.ident is not None:
            self._thread.join(timeout=patience)
        if not self._wait_for_all(end - _GIVING_BACK):
            self._world.endpoint.abort()
            self._wait_for_all(max(end, monotonic() + _GIVING_BACK / 2))
        self._world.endpoint.close()
        self._count()

    def wait(self, seconds: float) -> bool:
        """Wait at most ``seconds``; returns whether it has ended because the endpoint refused further messages."""
        self._thread.join(timeout=seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        watching = self._world.watching
        while not self._stopping.is_set():
            try:
                with nullcontext() if watching is None else watching(self.forward.queue, self._arrived.set):
                    self._take_all()
            except Exception as fault:  # noqa: BLE001 -- the database may not be open yet
                self._troubled(fault)
                self._stopping.wait(_AFTER_TROUBLE)

    def _take_all(self) -> None:
        while not self._stopping.is_set():
            try:
                if wanted := self._room():
                    self._take(wanted)
            except Exception as fault:  # noqa: BLE001 -- a thread that ends silently would leave the queue standing
                self._troubled(fault)
                self._stopping.wait(_AFTER_TROUBLE)
            if monotonic() >= self._counted_at + _COUNT_EVERY:
                self._count()

    def _room(self) -> int:
        """How many messages may be received now; 0 if none may be for some time."""
        with self._changed:
            if not (wanted := self._admitted()):
                self._changed.wait(_LOOK)
            return wanted

    def _admitted(self) -> int:
        free = self.forward.concurrency - self._in_flight
        now = self._world.clock.steady()
        return min(self._breaker.admits(now, free=free, in_flight=self._in_flight), self._batch)

    def _take(self, wanted: int) -> None:
        self._arrived.clear()
        found = self._world.queues.receive(
            self.forward.queue,
            max_messages=wanted,
            visibility_timeout=self.forward.visibility_timeout,
            wait=_WAIT if self._world.watching is None else None,
        )
        self._works()
        if not found and self._world.watching is not None and not self._stopping.is_set():
            self._arrived.wait(_LOOK_EVERY)
        with self._changed:
            self._in_flight += len(found)
        for delivery in found:
            threading.Thread(target=self._deliver, args=(delivery,), name="hookline-forward", daemon=True).start()

    def _deliver(self, delivery: Delivery) -> None:
        step: Next | None = None
        try:
            if self._stopping.is_set():
                give_back(self._world, self.forward, delivery)
            else:
                step = attempt(self._world, self.forward, delivery)
        except Exception as fault:  # noqa: BLE001 -- the message comes again when its time is over
            self._troubled(fault)
        finally:
            with self._changed:
                self._in_flight -= 1
                self._note(step)
                self._changed.notify_all()

    def _note(self, step: Next | None) -> None:
        """Count the result of an attempt, and pass it to the breaker."""
        if isinstance(step, Delivered):
            self._counts[Metric.FORWARDED] += 1
            self._totals[Metric.FORWARDED] += 1
            self._use(self._breaker.after_success())
        elif isinstance(step, Retry):
            self._counts[Metric.FORWARD_FAILED] += 1
            self._totals[Metric.FORWARD_FAILED] += 1
            now = self._world.clock.steady()
            self._use(self._breaker.after_failure(now, forward=self.forward, chance=random(), rest=step.rest))  # noqa: S311 -- to keep probes apart
        elif isinstance(step, Stop):
            self._end(step)

    def _use(self, breaker: Breaker) -> None:
        before, self._breaker = self._breaker, breaker
        if breaker.until is not None and breaker.until != before.until:
            pause = breaker.until - self._world.clock.steady()
            said = {**self._about, "failures": breaker.failures, "seconds": round(pause.total_seconds(), 1)}
            self._record("forward paused: the endpoint fails", {Metric.FORWARD_PAUSED: 1}, said, level="warning")
        elif breaker.is_closed and not before.is_closed:
            self._record("forward resumed: the endpoint works again", {Metric.FORWARD_PAUSED: 0}, self._about)

    def _end(self, step: Stop) -> None:
        self.stop_reason = step
        self._stopping.set()
        text = "forward stopped: the endpoint refuses further messages, which stay on the queue"
        self._record(text, None, {**self._about, "status": step.status}, level="error", code="forward_gone")

    def _count(self) -> None:
        """Write the counts since the last time, if any."""
        with self._changed:
            counts, self._counts = self._counts, dict.fromkeys(self._counts, 0)
            is_open = not self._breaker.is_closed
        self._counted_at = monotonic()
        if is_open or any(counts.values()):
            self._record("forwards counted", {**counts, Metric.FORWARD_PAUSED: int(is_open)}, self._about)

    @property
    def _about(self) -> dict[str, object]:
        return {"queue": self.forward.queue}

    def _troubled(self, fault: Exception) -> None:
        """Report a fault of hookline itself, once until it works again."""
        text = fault.detail if isinstance(fault, HooklineError) else repr(fault)
        if text != self._trouble:
            self._trouble = text
            code = fault.code if isinstance(fault, HooklineError) else None
            said = {**self._about, "fault": text}
            self._record("forward interrupted: its queue cannot be used", None, said, level="error", code=code)

    def _works(self) -> None:
        if self._trouble is not None:
            self._trouble = None
            self._record("forward continues: its queue can be used again", None, self._about)

    def _record(
        self,
        text: str,
        metrics: dict[Metric, float] | None,
        fields: dict[str, object],
        *,
        level: str = "info",
        code: str | None = None,
    ) -> None:
        self._world.telemetry.record(text, metrics, fields, level=level, code=code)

    def _wait_for_all(self, end: float) -> bool:
        """Wait until ``end`` of the monotonic clock; returns whether no message is in flight any more."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._in_flight, timeout=max(0.0, end - monotonic()))
