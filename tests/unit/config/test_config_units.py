"""Durations, sizes and rates: hookline reads what people mean, or refuses it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.config.units import UnusableError, duration, duration_text, public_url, rate, shown, size, text, whole

ANY = duration(timedelta(0), timedelta.max)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("0s", 0), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("7d", 604800), ("1d2h3m4s", 93784), ("012m", 720)],
)
def test_a_duration_is_read(written: str, seconds: int) -> None:
    """A retention of 7 minutes instead of 7 days loses what it should keep."""
    assert ANY(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written", ["", "5", "s", "5 m", "-5m", "5ms", "1.5h", "5M", "30m1h", "5m5m", "\u0665m", "5m\n", "9" * 30 + "d", 5, 5.0, True, None]
)  # fmt: skip
def test_what_is_no_duration_is_refused(written: object) -> None:
    """A bare number has no unit, and guessing one is a bug that waits."""
    with pytest.raises(UnusableError, match="duration"):
        ANY(written)


@given(st.text(alphabet="0123456789dhms ", max_size=40))
def test_no_text_makes_a_duration_overflow(written: str) -> None:
    """Hostile or mistyped digits end as a complaint, never as a traceback."""
    with suppress(UnusableError):
        assert ANY(written) >= timedelta(0)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9999)))
def test_a_duration_is_shown_as_it_is_written(length: timedelta) -> None:
    """Complaints quote durations in the file's own notation."""
    whole_seconds = timedelta(seconds=int(length.total_seconds()))
    assert ANY(duration_text(whole_seconds)) == whole_seconds


@pytest.mark.parametrize(
    ("written", "count"),
    [("512", 512), (512, 512), ("512b", 512), ("64kb", 65536), ("64KiB", 65536), ("1mb", 1048576), ("1 MiB", 1048576)],
)
def test_a_size_is_read_in_binary_units(written: object, count: int) -> None:
    """A kb is 1024 bytes under every spelling, so that limits agree with what servers count."""
    assert size(1, 1024**3)(written) == count


@pytest.mark.parametrize(
    "written", ["", "kb", "1gb", "1.5mb", "-1kb", "1  kb", "\u0661kb", 0, -1, 1.0, True, None, "0kb", "9" * 12 + "mb"]
)
def test_what_is_no_size_is_refused(written: object) -> None:
    """Among them true, which Python would take for 1 byte."""
    with pytest.raises(UnusableError):
        size(1, 1024**3)(written)


@pytest.mark.parametrize(
    ("written", "requests"), [("200/s", 200), ("6000/m", 100), ("0.5/s", 0.5), ("1 / m", 1 / 60), (3, 3), (0.25, 0.25)]
)
def test_a_rate_is_read_per_second(written: object, requests: float) -> None:
    """A limit per minute and a limit per second differ by sixty."""
    assert rate(written) == pytest.approx(requests)


@pytest.mark.parametrize(
    "written", ["", "200", "200/h", "-1/s", "0/s", 0, -1, float("inf"), float("nan"), True, None, [1], "1e3/s"]
)
def test_what_is_no_rate_is_refused(written: object) -> None:
    """A limit of zero or of infinity is a mistake in disguise."""
    with pytest.raises(UnusableError, match="rate"):
        rate(written)


def test_true_is_not_one() -> None:
    """Python's booleans are integers; TOML's are not."""
    assert whole(0, 1)(1) == 1
    with pytest.raises(UnusableError):
        whole(0, 1)(True)


@pytest.mark.parametrize("written", ["", "  ", "a\nb", "a\x00", 1, None])
def test_text_is_one_line_of_something(written: object) -> None:
    """Nobody means an empty host or a file name with a line break."""
    with pytest.raises(UnusableError):
        text(written)


def test_a_complaint_shows_little_of_a_long_value() -> None:
    """A pasted key or a whole document must not fill the screen, nor the log."""
    assert shown("short") == "'short'"
    assert len(shown("x" * 10_000)) < 50


@pytest.mark.parametrize(
    "written", ["https://hooks.example.com", "https://hooks.example.com:8443/a/b-c_d~e.f", "http://127.0.0.1:8080/w", "https://a.b/%2F"]
)  # fmt: skip
def test_a_public_url_is_taken_as_it_is_written(written: str) -> None:
    """Senders sign it letter by letter."""
    assert public_url(written) == written


@pytest.mark.parametrize(
    "written", ["", "a.example.com", "/webhook", "ftp://a.b/c", "https://a.b/c?d", "https://a.b/c#d", "https://me:pw@a.b/", "https://a b/",
     "https://a.b/é", "https://a.b/\n", 5, None]
)  # fmt: skip
def test_what_is_no_public_url_is_refused(written: object) -> None:
    """A URL that is not the sender's own refuses every event."""
    with pytest.raises(UnusableError):
        public_url(written)
