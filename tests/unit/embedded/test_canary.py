"""The canary of a running server: what it remembers of its events, and when it worries. Time is stepped, nothing sleeps."""

from __future__ import annotations

import threading
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import START
from hookline.domain.canary import Canary, CanaryFault, CanaryRun
from hookline.runtimes.embedded import canary
from hookline.runtimes.embedded.canary import CanaryKeeper
from unit.embedded.fakes import LogBook

if TYPE_CHECKING:
    import pytest

SETTINGS = Canary(every=timedelta(minutes=1), late_after=timedelta(seconds=30))
REFUSED = CanaryRun(fault=CanaryFault.REFUSED, detail="the answer was 503 storage_full")
GOOD = CanaryRun(seconds=0.01)


class Flights:
    """The fate of each event, and a clock that the test moves."""

    def __init__(self, *runs: CanaryRun | None) -> None:
        self.runs = deque(runs)
        self.seconds = 0.0
        self.log = LogBook()
        self.seen_running: list[str | None] = []
        self.takes = 0.0
        self.keeper = CanaryKeeper(self.fly, SETTINGS, now=lambda: START, log=self.log, steady=lambda: self.seconds)

    def fly(self, _canary: Canary) -> CanaryRun | None:
        """One event: it takes this long, and a check runs meanwhile."""
        self.seconds += self.takes
        self.seen_running.append(self.late)
        return self.runs.popleft()

    @property
    def late(self) -> str | None:
        """The reasons for an operator to look."""
        report = self.keeper.report()
        assert report is not None
        return report.late


def test_what_is_reported_is_the_last_event_that_came() -> None:
    """A failure does not wipe out how long the last one took."""
    flights = Flights(GOOD, REFUSED)

    flights.keeper.send(SETTINGS)
    after_one = flights.keeper.report()
    flights.keeper.send(SETTINGS)
    after_two = flights.keeper.report()

    assert after_one is not None
    assert (after_one.late, after_one.seconds, after_one.last_success_at) == (None, 0.01, START)
    assert after_two is not None
    assert (after_two.late, after_two.seconds) == ("the answer was 503 storage_full", 0.01)
    assert after_two.failures == {**dict.fromkeys(CanaryFault, 0), CanaryFault.REFUSED: 1}


class StoppedMeanwhile(threading.Event):
    """The stop comes just before the thread forgets that something has changed."""

    def __init__(self, keeper: CanaryKeeper) -> None:
        super().__init__()
        self._keeper = keeper

    def clear(self) -> None:
        """Stop, then do it."""
        self._keeper.begin_stop()
        super().clear()


def test_a_stop_at_any_moment_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that misses the stop would send an event while the database is being closed."""
    monkeypatch.setattr(canary, "_FIRST", 0)
    flights = Flights()
    monkeypatch.setattr(flights.keeper, "_changed", StoppedMeanwhile(flights.keeper))

    flights.keeper.start()
    flights.keeper.stop(patience=5)

    assert not flights.keeper._thread.is_alive()
    assert flights.seen_running == []


def test_the_log_says_why_each_event_failed_and_once_that_all_is_well_again() -> None:
    """A line a minute while all is well would hide the others."""
    flights = Flights(GOOD, REFUSED, REFUSED, GOOD, GOOD)

    for _ in range(5):
        flights.keeper.send(SETTINGS)

    assert flights.log.texts("warning") == ["an event of the canary did not arrive in time"] * 2
    assert flights.log.texts("info") == ["the canary's events arrive in time again"]
    assert flights.log.lines[0].fields == {"code": "canary_refused", "reason": "the answer was 503 storage_full"}


def test_an_event_that_hangs_is_late_before_it_is_given_up() -> None:
    """The alarm exists for a server that does not answer."""
    flights = Flights(GOOD)
    flights.takes = 31.0

    flights.keeper.send(SETTINGS)

    assert flights.seen_running == ["an event has not arrived for 31 seconds"]


def test_no_event_for_two_rounds_is_late() -> None:
    """The measuring part itself may stop."""
    flights = Flights(GOOD)
    flights.keeper.send(SETTINGS)

    flights.seconds += 180.0
    assert flights.late is None
    flights.seconds += 0.1
    assert flights.late == "no event has arrived for 180 seconds"


def test_a_canary_that_is_switched_off_reports_nothing_and_one_that_is_switched_on_starts_again() -> None:
    """The hours in which the canary was switched off do not count as hours without an event."""
    flights = Flights(REFUSED)
    flights.keeper.send(SETTINGS)

    flights.keeper.use(None)
    flights.seconds += 10_000
    assert flights.keeper.report() is None

    flights.keeper.use(SETTINGS)
    assert flights.late is None


def test_a_stop_does_not_make_a_failure_of_the_running_event() -> None:
    """An operator who restarts a server gets no alarm for it."""
    flights = Flights(REFUSED)
    flights.keeper.begin_stop()

    flights.keeper.send(SETTINGS)

    report = flights.keeper.report()
    assert report is not None
    assert sum(report.failures.values()) == 0
    assert flights.keeper.pause(1000.0)


def test_a_fault_does_not_end_the_thread_and_a_change_wakes_it() -> None:
    """A thread that has ended silently measures nothing."""
    sent, log = threading.Semaphore(0), LogBook()

    def fly(_canary: Canary) -> CanaryRun | None:
        sent.release()
        raise RuntimeError("odd")

    keeper = CanaryKeeper(fly, None, now=lambda: START, log=log)
    keeper.start()
    keeper.use(SETTINGS)
    assert sent.acquire(timeout=60)
    keeper.use(SETTINGS)
    assert sent.acquire(timeout=60)

    keeper.stop()
    assert len(log.texts()) == 2


def test_an_event_that_is_running_when_the_canary_is_switched_off_is_no_failure() -> None:
    """Its source is gone with the reload: the 404 for it must not be in the log as an event that was late."""
    log = LogBook()

    def fly(_canary: Canary) -> CanaryRun:
        keeper.use(None)
        return REFUSED

    keeper = CanaryKeeper(fly, SETTINGS, now=lambda: START, log=log)

    keeper.send(SETTINGS)
    keeper.use(SETTINGS)

    report = keeper.report()
    assert report is not None
    assert (log.texts(), sum(report.failures.values())) == ([], 0)
