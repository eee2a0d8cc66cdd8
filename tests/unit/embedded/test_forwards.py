"""The forwards of a running server follow its configuration."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from hookline.domain.forward import Forward
from hookline.ports.telemetry import Metric
from hookline.runtimes.embedded.forwards import Forwards

if TYPE_CHECKING:
    from hookline.runtimes.forwarder import Forwarder

PAYMENTS, REFUNDS = (
    Forward(queue=name, url=f"https://{name}.example.com", secret_names=("S",)) for name in ("payments", "refunds")
)


class Pretended:
    """A forward that notes its calls; its stop takes as long as ``held``."""

    def __init__(self, forward: Forward, held: threading.Event) -> None:
        self.forward = forward
        self.stop_reason: object = None
        self.done: list[str] = []
        self._held = held

    def start(self) -> None:
        self.done.append("start")

    def begin_stop(self) -> None:
        self.done.append("begin stop")

    def counted(self) -> Counter[Metric]:
        return Counter({Metric.FORWARDED: 2, Metric.FORWARD_PAUSED: 1})

    def stop(self, *, patience: float) -> None:
        self._held.wait(patience)
        self.done.append("stop")


class Bench:
    """Forwards, and every forward that was made."""

    def __init__(self, *forwards: Forward) -> None:
        self.held = threading.Event()
        self.held.set()
        self.made: list[Pretended] = []
        self.forwards = Forwards(self._make, forwards)

    def _make(self, forward: Forward) -> Forwarder:
        self.made.append(Pretended(forward, self.held))
        return cast("Forwarder", self.made[-1])

    def queues(self) -> list[tuple[str, str]]:
        """The queues that were forwarded, each with its last action."""
        return [(one.forward.queue, one.done[-1]) for one in self.made]


def settled(bench: Bench, wanted: list[tuple[str, str]]) -> None:
    """Wait until what was done is as wanted: forwards end on threads of their own."""
    end = time.monotonic() + 60
    while bench.queues() != wanted and time.monotonic() < end:
        time.sleep(0.01)
    assert bench.queues() == wanted


def test_nothing_begins_before_the_start() -> None:
    """The database may not be open yet."""
    bench = Bench(PAYMENTS)
    bench.forwards.use([PAYMENTS, REFUNDS])
    assert bench.made == []

    bench.forwards.start()

    assert bench.queues() == [("payments", "start"), ("refunds", "start")]


def test_one_that_did_not_change_continues() -> None:
    """A reload for a new route must not interrupt what is in flight."""
    bench = Bench(PAYMENTS)
    bench.forwards.start()

    bench.forwards.use([PAYMENTS, REFUNDS])

    assert bench.queues() == [("payments", "start"), ("refunds", "start")]


def test_one_that_changed_is_replaced_and_one_that_left_ends() -> None:
    """A request in flight of the old forward finishes while the new one runs."""
    bench = Bench(PAYMENTS, REFUNDS)
    bench.forwards.start()

    bench.forwards.use([replace(PAYMENTS, concurrency=1)])

    settled(bench, [("payments", "stop"), ("refunds", "stop"), ("payments", "start")])


def test_one_that_its_endpoint_stopped_begins_again() -> None:
    """An operator who has spoken with the endpoint's owner reloads."""
    bench = Bench(PAYMENTS)
    bench.forwards.start()
    bench.made[0].stop_reason = "gone"

    bench.forwards.use([PAYMENTS])

    settled(bench, [("payments", "stop"), ("payments", "start")])


def test_what_was_forwarded_is_counted_across_a_reload() -> None:
    """A counter that falls looks like a restart, and hides what was delivered before it."""
    bench = Bench(PAYMENTS)
    bench.forwards.start()

    before = bench.forwards.counted()
    bench.forwards.use([replace(PAYMENTS, concurrency=1)])
    settled(bench, [("payments", "stop"), ("payments", "start")])

    assert before == {"payments": Counter({Metric.FORWARDED: 2, Metric.FORWARD_PAUSED: 1})}
    assert bench.forwards.counted() == {"payments": Counter({Metric.FORWARDED: 4, Metric.FORWARD_PAUSED: 1})}


def test_a_stop_ends_all_at_the_same_time_and_nothing_begins_after_it() -> None:
    """One endpoint that hangs must not use up the time of the others."""
    bench = Bench(PAYMENTS, REFUNDS)
    bench.forwards.start()
    bench.held.clear()
    started = time.monotonic()

    bench.forwards.stop(patience=0.5)
    bench.forwards.use([replace(PAYMENTS, concurrency=1)])

    assert time.monotonic() - started < 20
    settled(bench, [("payments", "stop"), ("refunds", "stop")])
    assert bench.made[0].done == ["start", "begin stop", "stop"]
