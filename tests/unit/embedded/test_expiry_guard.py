"""When the keeper may remove expired events."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import START
from hookline.adapters.memory.clock import MemoryClock
from hookline.runtimes.embedded.expiry_guard import ExpiryGuard
from unit.embedded.fakes import LogBook

if TYPE_CHECKING:
    from datetime import datetime

DOUBTED = "the clock is far ahead of the newest stored time: nothing expires for 24 hours"


class Doubt:
    """A doubt that a test sets."""

    def __init__(self, clock: MemoryClock) -> None:
        self.clock = clock
        self.remembered = 0
        self.confirmed = False

    def held_at(self) -> datetime | None:
        """As the clock is held."""
        return self.clock.held_at

    def remember(self) -> None:
        """Count it."""
        self.remembered += 1

    def is_confirmed(self) -> bool:
        """As the test says."""
        return self.confirmed

    def confirm(self) -> None:
        """Believe the clock."""
        self.confirmed = True
        self.clock.hold(None)


class Bench:
    """A decision with a running time that a test sets."""

    def __init__(self) -> None:
        self.clock = MemoryClock(START)
        self.doubt = Doubt(self.clock)
        self.log = LogBook()
        self.up = timedelta()
        self.expiry = ExpiryGuard(self.doubt, clock=self.clock, log=self.log, running_for=lambda: self.up)

    @property
    def said(self) -> list[str]:
        """The lines of the log."""
        return [line.text for line in self.log.lines]


def test_nothing_is_removed_in_the_first_ten_minutes() -> None:
    """Time for a time server to set the clock, and for an operator to take a lowered retention back."""
    bench = Bench()

    answers = []
    for minutes in (0, 9, 10, 11):
        bench.up = timedelta(minutes=minutes)
        answers.append(bench.expiry())

    assert answers == [False, False, True, True]
    assert bench.expiry.allowed
    assert bench.said == []


def test_a_doubtful_clock_removes_nothing_for_a_day_and_is_reported_once() -> None:
    """The line names the command that ends the doubt."""
    bench = Bench()
    bench.clock.hold(START - timedelta(days=400))

    answers = []
    for hours in (0, 1, 23):
        bench.up = timedelta(hours=hours)
        answers.append(bench.expiry())
    bench.up = timedelta(hours=24)
    answers.append(bench.expiry())

    assert answers == [False, False, False, True]
    assert bench.doubt.remembered == 1
    assert bench.doubt.confirmed
    assert bench.said == [DOUBTED, "the clock has run for 24 hours: expired data is removed again"]
    assert "hookline storage confirm-clock" in str(bench.log.lines[0].fields["advice"])


def test_an_operators_word_ends_the_doubt() -> None:
    """While the server runs, after its first ten minutes."""
    bench = Bench()
    bench.clock.hold(START - timedelta(days=400))
    bench.up = timedelta(minutes=20)
    before = bench.expiry()
    bench.doubt.confirmed = True

    after = bench.expiry()

    assert (before, after) == (False, True)
    assert bench.clock.held_at is None
    assert bench.said[-1] == "the clock was confirmed: expired data is removed again"


def test_a_clock_that_was_set_back_since_the_start_ends_no_doubt() -> None:
    """The process counts on from the wrong time; after a day it would remove by it what the right time keeps."""
    bench = Bench()
    bench.clock.hold(START - timedelta(days=400))
    bench.expiry()
    bench.clock.step_back(timedelta(days=400))
    bench.up = timedelta(hours=48)

    answers = [bench.expiry(), bench.expiry()]

    assert answers == [False, False]
    assert bench.clock.held_at is not None
    assert bench.said[1:] == [
        "the clock was set back since the start: nothing expires until the server is started again"
    ]
