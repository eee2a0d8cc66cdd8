"""The next step for an event whose routing failed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.errors import ConfigError, NotFoundError, OperatorError, Rejected, UnavailableError
from hookline.pipeline.recover import GIVE_UP_AFTER, GiveUp, TryAgain, after_fault
from hookline.ports.event_store import Attempt
from unit.builders import NOW

OUTAGE = UnavailableError("storage_unavailable", "the disk is full")
PAUSES = [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]


@pytest.mark.parametrize(("count", "seconds"), list(enumerate(PAUSES)))
def test_pauses_double_from_five_seconds_to_fifteen_minutes(count: int, seconds: int) -> None:
    """A short outage ends in seconds, and retries must not make a long one longer."""
    step = after_fault(Attempt(since=NOW, count=count), OUTAGE, NOW)

    assert step == TryAgain(at=NOW + timedelta(seconds=seconds), reason="UnavailableError: the disk is full")


@given(st.integers(0, 10**9))
def test_no_count_of_attempts_makes_the_next_step_fail(count: int) -> None:
    """Doubling without a bound ends in an OverflowError, and no part would handle the event any more."""
    step = after_fault(Attempt(since=NOW, count=count), OUTAGE, NOW)

    assert isinstance(step, TryAgain)
    assert timedelta(seconds=5) <= step.at - NOW <= timedelta(minutes=15)


@pytest.mark.parametrize("fault", [OUTAGE, OSError("no space"), RuntimeError("a bug"), MemoryError(), KeyError("x")])
def test_what_may_pass_is_tried_again(fault: Exception) -> None:
    """A full disk is emptied, an outage ends, and the next version fixes a bug: none of them loses an event."""
    assert isinstance(after_fault(Attempt(since=NOW), fault, NOW), TryAgain)


@pytest.mark.parametrize(
    "fault",
    [
        Rejected("body_not_json", "the body is not JSON"),
        NotFoundError("there is no queue 'x'"),
        OperatorError("not_replayable", "it already waits"),
        ConfigError([]),
    ],
)
def test_what_hookline_itself_calls_wrong_stays_wrong(fault: Exception) -> None:
    """Retries for a week would hide the fault from the person who must look at it."""
    step = after_fault(Attempt(since=NOW), fault, NOW)

    assert step == GiveUp(reason=f"{type(fault).__name__}: {fault}")


@pytest.mark.parametrize(
    ("waited", "kind"),
    [
        (timedelta(0), TryAgain),
        (GIVE_UP_AFTER, TryAgain),
        (GIVE_UP_AFTER + timedelta(microseconds=1), GiveUp),
        (timedelta(days=30), GiveUp),
        (timedelta(days=-1), TryAgain),
    ],
)
def test_transient_faults_are_tried_for_seven_days(waited: timedelta, kind: type) -> None:
    """Long enough for a weekend and a holiday, short enough that an operator learns of it; a clock set back gives nothing up."""
    assert timedelta(days=7) == GIVE_UP_AFTER
    assert isinstance(after_fault(Attempt(since=NOW - waited, count=900), OUTAGE, NOW), kind)


def test_an_event_of_unknown_age_is_tried_again() -> None:
    """An event without a first try has no beginning to count from."""
    assert isinstance(after_fault(Attempt(), OUTAGE, NOW), TryAgain)
