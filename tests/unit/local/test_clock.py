"""The machine's clocks: a time of day for people, and a steady time for leases."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from hookline.adapters.local import FreezableClock, SystemClock, clock

if TYPE_CHECKING:
    import pytest


class _SetBack(datetime):
    """The time of day after somebody set it back by a year."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # only ever asked for UTC
        assert tz is UTC
        return datetime.now(UTC) - timedelta(days=365)


class _SetForward(datetime):
    """The time of day two hours and a moment later."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # the same
        assert tz is UTC
        return datetime.now(UTC) + timedelta(hours=2, seconds=1)


def test_both_times_are_aware_and_in_utc() -> None:
    """A comparison of a naive time with an aware one would raise an error in a request."""
    system = SystemClock()

    moments = (system.now(), system.steady())

    assert [moment.tzinfo for moment in moments] == [UTC, UTC]


def test_both_times_start_together() -> None:
    """Events are stored by the time of day and recovered by the steady time, so both must agree."""
    before = datetime.now(UTC)

    steady = SystemClock().steady()

    assert before <= steady <= datetime.now(UTC)


def test_the_steady_time_never_steps_back() -> None:
    """A lease that ends too early would deliver a payment twice."""
    system = SystemClock()

    moments = [system.steady() for _ in range(2000)]

    assert all(earlier <= later for earlier, later in pairwise(moments))


def test_the_steady_time_does_not_notice_that_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """NTP and people set clocks, and leases and retention must not change with them."""
    system = SystemClock()
    before = system.steady()
    monkeypatch.setattr(clock, "datetime", _SetBack)

    after, of_day = system.steady(), system.now()

    assert before <= after < before + timedelta(minutes=1)
    assert of_day < before - timedelta(days=364)


def test_the_steady_time_counts_what_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts in microseconds, the unit that the database stores."""
    ticks = 10**18
    monkeypatch.setattr(time, "clock_gettime_ns", lambda _: ticks)
    system = SystemClock()
    start = system.steady()

    ticks += 90_000_000_001_999

    assert system.steady() - start == timedelta(hours=25, microseconds=1)


def test_a_frozen_process_finds_its_steady_time_where_the_world_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda's clocks stop between two requests; what was good for five minutes would stay good for hours."""
    monkeypatch.setattr(time, "clock_gettime_ns", lambda _: 10**18)
    freezable = FreezableClock()
    before = freezable.steady()
    monkeypatch.setattr(clock, "datetime", _SetForward)

    after = freezable.steady()

    assert after - before > timedelta(hours=2)


def test_the_steady_time_of_a_frozen_process_does_not_step_back_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that was stored later must not seem to have been stored earlier."""
    freezable = FreezableClock()
    before = freezable.steady()
    monkeypatch.setattr(clock, "datetime", _SetBack)

    after, of_day = freezable.steady(), freezable.now()

    assert after == before
    assert of_day < before - timedelta(days=364)
