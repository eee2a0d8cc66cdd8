"""When the clock is in doubt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hookline.domain.clock_doubt import in_doubt, may_sweep

NEWEST = datetime(2026, 1, 2, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("ahead", "doubted"),
    [(timedelta(days=-400), False), (timedelta(hours=24), False), (timedelta(hours=24) + MOMENT, True)],
)
def test_a_clock_more_than_a_day_past_the_newest_stored_time_is_in_doubt(ahead: timedelta, *, doubted: bool) -> None:
    """A clock that is behind removes nothing."""
    assert in_doubt(NEWEST + ahead, NEWEST) is doubted


@pytest.mark.parametrize(
    ("up", "doubted", "allowed"),
    [
        (timedelta(minutes=10) - MOMENT, False, False),
        (timedelta(minutes=10), False, True),
        (timedelta(hours=24) - MOMENT, True, False),
        (timedelta(hours=24), True, True),
    ],
)
def test_nothing_is_removed_soon_after_a_start(up: timedelta, *, doubted: bool, allowed: bool) -> None:
    """Ten minutes for a time server and an operator; a day where the clock is in doubt."""
    assert may_sweep(up=up, doubted=doubted) is allowed
