"""Which texts are moments, and which only look like one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hookline.domain.moment import LATEST_SECOND, from_epoch, is_moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05Z", True),
        ("2026-01-02 03:04:05.123456+02:00", True),
        ("2024-02-29T00:00:00Z", True),
        ("2023-02-29T00:00:00Z", False),
        ("1900-02-29T00:00:00Z", False),
        ("2026-01-02T03:04:05", False),
        ("2026-01-02", False),
        ("2014-04-08T17:01::06.000Z", False),
        ("\uff12026-01-02T03:04:05Z", False),
    ],
)
def test_a_moment_is_rfc_3339_on_a_day_that_exists(text: str, *, expected: bool) -> None:
    """A text without an offset is no moment, and consumers parse what is passed on as a moment."""
    assert is_moment(text) is expected


def test_seconds_since_1970_become_a_moment() -> None:
    """To the last second that RFC 3339 can write."""
    assert from_epoch(timedelta(0)) == "1970-01-01T00:00:00Z"
    assert from_epoch(timedelta(seconds=LATEST_SECOND - 1)) == "9999-12-31T23:59:59Z"
