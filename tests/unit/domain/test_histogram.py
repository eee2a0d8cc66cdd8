"""Percentiles from buckets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.domain.histogram import SECONDS, Durations, Histogram


def histogram(*seconds: float) -> Histogram:
    """The histogram of these durations."""
    durations = Durations()
    for one in seconds:
        durations.add(one)
    return durations.read()


def test_a_duration_that_is_a_bound_counts_below_it() -> None:
    """Prometheus' ``le`` includes the bound: off by one bucket, every percentile is wrong by a bucket."""
    assert histogram(SECONDS[0]).buckets[0] == 1
    assert histogram(SECONDS[0] * 1.01).buckets[1] == 1
    assert histogram(SECONDS[-1] * 2).buckets[-1] == 1


def test_what_came_since_an_earlier_reading_is_the_difference() -> None:
    """A chart shows each five seconds separately."""
    earlier, later = histogram(0.004), histogram(0.004, 0.3)

    assert later.since(earlier).buckets == histogram(0.3).buckets
    assert later.since(earlier).sum == pytest.approx(0.3)
    assert (earlier + later.since(earlier)).buckets == later.buckets


def test_nothing_has_no_percentile() -> None:
    """A chart must leave a gap there, and not draw zero."""
    assert Histogram().quantile(0.5) is None


@given(st.lists(st.floats(0.0001, 9.9), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99, 1.0]))
def test_a_percentile_is_in_the_bucket_of_the_true_one(seconds: list[float], share: float) -> None:
    """It is an estimate, and never wrong by more than the bucket."""
    found = histogram(*seconds).quantile(share)

    rank = max(1, -(-share * len(seconds) // 1))
    exact = sorted(seconds)[int(rank) - 1]
    upper = next(bound for bound in SECONDS if exact <= bound)
    lower = max((bound for bound in SECONDS if bound < exact), default=0.0)
    assert found is not None
    assert lower <= found <= upper
