"""How bodies and times are written in an item."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from hookline.adapters.aws.codec import (
    from_micros,
    from_seconds,
    micros,
    pack,
    seconds_text,
    unpack,
    whole_seconds_after,
)

if TYPE_CHECKING:
    from datetime import datetime

MOMENTS = st.integers(0, 250_000_000_000_000_000).map(from_micros)
"""Times up to the year 9892."""


@given(body=st.binary(max_size=2000) | st.integers(0, 5000).map(lambda size: b"a" * size))
def test_any_body_comes_back(body: bytes) -> None:
    """Every byte comes back, compressed or not."""
    codec, stored = pack(body)

    assert unpack(codec, stored) == body
    assert len(stored) <= len(body)


def test_only_what_becomes_smaller_is_compressed() -> None:
    """Every KB of an item costs money, and compression that gains nothing costs time."""
    assert pack(b"a" * 1000)[0] == "zlib"
    assert pack(b"a") == (None, b"a")
    assert pack(b"") == (None, b"")


@given(moment=MOMENTS)
def test_moments_come_back_to_the_microsecond(moment: datetime) -> None:
    """A pause ends exactly when it should."""
    assert from_micros(micros(moment)) == moment
    assert moment.tzinfo is not None


@given(moment=MOMENTS)
def test_an_end_is_never_early_and_never_a_second_late(moment: datetime) -> None:
    """The table's own expiry takes whole seconds; a duplicate within the promised time is known."""
    end = from_seconds(whole_seconds_after(moment))

    assert timedelta() <= end - moment < timedelta(seconds=1)


@given(moment=MOMENTS, end=st.integers(0, 250_000_000_000))
def test_now_compares_with_whole_seconds_as_moments_do(moment: datetime, end: int) -> None:
    """The table compares numbers: an event that has expired for the table must have expired for hookline."""
    assert (Decimal(seconds_text(moment)) >= end) == (micros(moment) >= end * 1_000_000)
