"""How pages write times, sizes and JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookline.dashboard.pages.filters import ago, json_tokens, number, size, span, utc

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-03-01T11:59:59Z", "now"),
        ("2026-03-01T11:59:18Z", "42 s ago"),
        ("2026-03-01T11:57:00.5Z", "2 min ago"),
        ("2026-03-01T12:30:00+01:00", "30 min ago"),
        ("2026-03-01T14:00:00Z", "in 2 h"),
        ("2026-02-20T12:00:00Z", "9 d ago"),
        ("2025-03-01T12:00:00Z", "2025-03-01"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_time_is_written_as_people_say_it(moment: str, text: str) -> None:
    """At three in the morning nobody subtracts times of day."""
    assert ago(moment, NOW) == text


def test_the_exact_moment_is_in_utc() -> None:
    """Logs are in UTC, and people compare a page with logs."""
    assert utc("2026-03-01T12:30:00.123456+01:00") == "2026-03-01 11:30:00.123 UTC"


def test_numbers_have_units_that_fit() -> None:
    """A page of bytes in millions is not read."""
    assert [size(312), size(4_200), size(5 * 1024**3)] == ["312 B", "4.1 KiB", "5.0 GiB"]
    assert [span(0.85), span(42), span(185), span(7800), span(349_200)] == [
        "850 ms",
        "42 s",
        "3 min 5 s",
        "2 h 10 min",
        "4 d 1 h",
    ]
    assert [number(1_234_567), number(0.25), number(None)] == ["1,234,567", "0.2", ""]


@given(st.text() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(repr))
def test_coloured_json_is_the_same_text(text: str) -> None:
    """What a sender sent is shown as it was sent, to the last character."""
    assert "".join(part for _, part in json_tokens(text)) == text


def test_json_is_coloured_by_what_it_is() -> None:
    """Keys look different from values, so that a person can read a long body."""
    assert list(json_tokens('{"a": [1, "b", true]}')) == [
        ("", "{"),
        ("key", '"a"'),
        ("", ": ["),
        ("digit", "1"),
        ("", ", "),
        ("string", '"b"'),
        ("", ", "),
        ("word", "true"),
        ("", "]}"),
    ]
