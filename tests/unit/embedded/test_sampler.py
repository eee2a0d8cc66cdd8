"""Samples for the charts of the overview."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from contract.builders import DLQ, QUARANTINE, START, event, message, waiting
from hookline.adapters.memory.quarantine import MemoryQuarantine
from hookline.adapters.memory.queue_listing import MemoryQueueListing
from hookline.adapters.memory.routed_store import MemoryRoutedStore
from hookline.adapters.memory.storage_counts import MemoryStorageCounts
from hookline.config.canary import canary_config
from hookline.domain.canary import CANARY
from hookline.domain.sample import QueueSample
from hookline.errors import UnavailableError
from hookline.runtimes.embedded.answer_counts import AnswerCounts
from hookline.runtimes.embedded.room import Space
from hookline.runtimes.embedded.sampler import Sampler
from unit.embedded.fakes import LogBook, Memory

if TYPE_CHECKING:
    from collections.abc import Callable


def sampler(
    counts: AnswerCounts,
    memory: Memory | None = None,
    *,
    space: Callable[[], Space] = lambda: Space(free=1000, reusable=0, used=10, log=1),
    every: float = 1000.0,
    log: LogBook | None = None,
) -> Sampler:
    """A sampler over memory."""
    memory = memory or Memory()
    return Sampler(
        counts,
        queues=MemoryQueueListing(memory.state),
        storage=MemoryStorageCounts(memory.state, quarantine=MemoryQuarantine(memory.state, QUARANTINE)),
        space=space,
        now=memory.clock.now,
        log=log or LogBook(),
        every=every,
    )


def test_a_sample_counts_what_came_since_the_last_one() -> None:
    """A chart of totals only rises, and shows nothing."""
    counts = AnswerCounts()
    counts.add("transactions", 202, "accepted", 0.002)
    one = sampler(counts)
    counts.add("transactions", 202, "accepted", 0.002)
    counts.add("transactions", 202, "repeated", 0.002)
    counts.add("transactions", 200, "duplicate", 0.002)
    counts.add("transactions", 401, "signature_mismatch", 0.002)
    counts.add("transactions", 409, "delivery_conflict", 0.002)
    counts.add("transactions", 503, "storage_full", 0.002)
    counts.unmatched += 1

    first, second = one.take(), one.take()

    assert (first.accepted, first.duplicates, first.conflicts, first.unavailable) == (2, 1, 1, 1)
    assert (first.routed, first.unmatched) == (1, 1)
    assert first.rejected == {"signature_mismatch": 1}
    assert first.answers == {202: 2, 200: 1, 401: 1, 409: 1, 503: 1}
    assert first.p50 is not None
    assert 0.001 <= first.p50 <= 0.0025
    assert (second.accepted, second.rejected, second.answers, second.p99) == (0, {}, {}, None)
    assert one.samples() == [first, second]


def test_a_sample_has_the_queues_and_the_disk() -> None:
    """Depth and age are what says whether consumers keep up."""
    memory = Memory()
    MemoryRoutedStore(memory.state).stage([waiting(event("late"))]).commit()  # type: ignore[union-attr]  # nobody else has the turn
    memory.queues.send("payments", [message("a"), message("b")])
    memory.queues.receive("payments")
    memory.queues.send("refunds", [message("c")])

    found = sampler(AnswerCounts(), memory).take()

    assert found.at == START
    assert found.queues["payments"] == QueueSample(visible=1, in_flight=1, delayed=0, dead=0, oldest_age=0.0)
    assert DLQ not in found.queues
    assert (found.outbox_waiting, found.outbox_oldest_age, found.held) == (1, 0.0, 0)
    assert (found.disk_free, found.database_size, found.log_size) == (1000, 10, 1)


def test_the_canary_is_left_out_of_the_charts() -> None:
    """They show what senders do, also where nobody sends."""
    memory = Memory()
    memory.state.declare([canary_config().queue(CANARY)])
    counts = AnswerCounts()
    one = sampler(counts, memory)
    counts.add(CANARY, 202, "accepted", 0.002)
    counts.add(CANARY, 401, "signature_mismatch", 0.002)

    found = one.take()

    assert (found.accepted, found.rejected, found.answers, found.p99, found.sources) == (0, {}, {}, None, {})
    assert CANARY not in found.queues


def test_what_cannot_be_read_is_not_known() -> None:
    """While the disk fails, operators look at the charts of answers."""

    def gone() -> Space:
        raise UnavailableError("storage_unavailable", "the disk is gone")

    counts = AnswerCounts()
    one = sampler(counts, space=gone)
    counts.add("transactions", 503, "storage_unavailable", 0.1)

    found = one.take()

    assert (found.unavailable, found.queues, found.disk_free, found.outbox_waiting) == (1, {}, None, None)


def test_samples_are_taken_by_themselves_and_a_fault_stops_nothing() -> None:
    """The charts would show no new values after a thread that ends silently."""
    calls, enough = [0], threading.Event()

    def space() -> Space:
        calls[0] += 1
        if calls[0] == 1:
            raise RuntimeError("odd")
        enough.set()
        return Space(free=1, reusable=0, used=1)

    log = LogBook()
    one = sampler(AnswerCounts(), space=space, every=0.001, log=log)
    one.start()

    assert enough.wait(10)
    one.stop()

    assert len(one.samples()) == calls[0] - 1
    assert any("taking a sample failed" in str(line) for line in log.lines)


def test_an_hour_is_kept() -> None:
    """Memory use must not grow with the time that the server runs."""
    one = sampler(AnswerCounts())
    for _ in range(725):
        one.take()

    assert len(one.samples()) == 720
