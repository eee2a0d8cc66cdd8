"""How bodies and times are written in the file."""

from __future__ import annotations

import random
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.adapters.sqlite.codec import from_micros, micros, pack, span, unpack

if TYPE_CHECKING:
    from datetime import datetime

BODIES = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda part, times: part * times, st.binary(min_size=1, max_size=64), st.integers(1, 2000)),
    st.builds(lambda seed, size: random.Random(seed).randbytes(size), st.integers(), st.integers(0, 20_000)),
)
"""Short ones, long ones that compress, and long ones that do not."""


@given(BODIES)
def test_a_body_comes_out_as_it_went_in(body: bytes) -> None:
    """Promise 5: the stored body is the received bytes."""
    codec, stored = pack(body)

    assert unpack(codec, stored) == body


@given(BODIES)
def test_a_body_never_takes_more_room_than_it_has(body: bytes) -> None:
    """A body that compression does not make smaller is stored unchanged, so packing never costs pages."""
    codec, stored = pack(body)

    assert len(stored) <= len(body)
    assert codec is None or len(stored) * 10 <= len(body) * 9


@pytest.mark.parametrize(
    ("body", "codec"),
    [
        (b"a" * 4095, None),
        (b"a" * 4096, "zlib"),
        (random.Random(1).randbytes(100_000), None),
        (random.Random(1).randbytes(5000) + b"a" * 5000, "zlib"),
        (b"", None),
    ],
    ids=["short", "long enough", "noise", "half noise", "empty"],
)
def test_a_body_is_compressed_only_where_that_pays(body: bytes, codec: str | None) -> None:
    """Compressing a short body costs more time than writing it; compressing noise costs time for nothing."""
    chosen, _ = pack(body)

    assert chosen == codec


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_comes_out_as_it_went_in(moment: datetime) -> None:
    """It is exact to the microsecond, in any year: no float is used on the way."""
    stored = micros(moment)

    assert from_micros(stored) == moment
    assert from_micros(stored).tzinfo is UTC


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.timezones()))
def test_moments_keep_their_order(one: datetime, other: datetime) -> None:
    """SQLite compares the numbers: their order must be that of the moments, whatever zone they were written in."""
    one, other = one.astimezone(UTC), other.astimezone(UTC)

    assert (micros(one) < micros(other)) == (one < other)


@given(st.timedeltas(timedelta(), timedelta(days=3650)))
def test_a_span_is_whole_microseconds(duration: timedelta) -> None:
    """Leases and retention are added to moments, and both must count in the same unit."""
    length = span(duration)

    assert timedelta(microseconds=length) == duration
