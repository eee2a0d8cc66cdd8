"""Durations counted in buckets, which give percentiles without storing each duration."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SECONDS", "Durations", "Histogram"]

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets, each inclusive; one more bucket counts longer durations."""


@record
class Histogram:
    """The number of durations in each bucket, the last one without a bound, and the sum of all durations in seconds."""

    buckets: tuple[int, ...] = (0,) * (len(SECONDS) + 1)
    sum: float = 0.0

    @property
    def count(self) -> int:
        """The number of durations."""
        return sum(self.buckets)

    def __add__(self, other: Histogram) -> Histogram:
        pairs = zip(self.buckets, other.buckets, strict=True)
        return Histogram(buckets=tuple(one + more for one, more in pairs), sum=self.sum + other.sum)

    def since(self, earlier: Histogram) -> Histogram:
        """The durations that were added after ``earlier`` was read."""
        pairs = zip(self.buckets, earlier.buckets, strict=True)
        return Histogram(buckets=tuple(now - was for now, was in pairs), sum=self.sum - earlier.sum)

    def quantile(self, share: float) -> float | None:
        """The number of seconds that ``share`` of all durations did not exceed, interpolated within a bucket; None without any duration.

        A duration beyond the last bound counts as that bound, as in PromQL's ``histogram_quantile``.
        """
        rank, below, lower = share * self.count, 0, 0.0
        if not rank:
            return None
        for upper, number in zip(SECONDS, self.buckets, strict=False):
            if number and below + number >= rank:
                return lower + (upper - lower) * (rank - below) / number
            below, lower = below + number, upper
        return lower


class Durations:
    """A histogram that durations are added to. One thread adds; any thread may read."""

    __slots__ = ("_buckets", "_sum")

    def __init__(self) -> None:
        self._buckets = [0] * (len(SECONDS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """Add one duration."""
        self._buckets[bisect_left(SECONDS, seconds)] += 1
        self._sum += seconds

    def read(self) -> Histogram:
        """The histogram of all durations that were added until now."""
        buckets: Sequence[int] = self._buckets[:]
        return Histogram(buckets=tuple(buckets), sum=self._sum)
