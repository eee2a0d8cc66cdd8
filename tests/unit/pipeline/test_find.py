"""The filters and times that operators search events with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hookline.config.units import UnusableError
from hookline.domain.event import Status
from hookline.pipeline.find import read_moment, scan_warning, wanted_events
from hookline.ports.event_store import EventFilter

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-28T23:00:00Z", datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ("2026-02-28T23:00:00.5+01:00", datetime(2026, 2, 28, 22, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-02-28", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2h", NOW - timedelta(hours=2)),
        ("1d30m", NOW - timedelta(days=1, minutes=30)),
        ("0s", NOW),
    ],
)
def test_a_moment_is_a_time_a_day_or_how_long_ago(text: str, moment: datetime) -> None:
    """People name an incident by a time, by a day or by how long ago it was."""
    assert read_moment(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "2026-02-28T23:00:00", "-2h", "99999999d", "٢h"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    """A time without an offset could be wrong by hours, and a wrong time must not mean all times."""
    with pytest.raises(UnusableError, match="must be a time"):
        read_moment(text, NOW)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_beyond_the_calendar_is_refused(text: str) -> None:
    """Such a text is RFC 3339, but no computer can calculate with it."""
    with pytest.raises(UnusableError, match="within the years"):
        read_moment(text, NOW)


def test_options_become_a_filter() -> None:
    """An option that is not given adds no condition."""
    found = wanted_events(
        {"since": "2h", "until": "1h", "status": "failed", "reference": "pi_1", "queue": "no filter"}, NOW
    )

    assert found == EventFilter(
        since=NOW - timedelta(hours=2), until=NOW - timedelta(hours=1), status=Status.FAILED, reference="pi_1"
    )


def test_text_is_looked_for_within_a_range_of_time() -> None:
    """A search without a range would read and unpack every body."""
    with pytest.raises(UnusableError, match="--since"):
        wanted_events({"text": "needle"}, NOW)


@pytest.mark.parametrize(
    ("wanted", "embedded", "on_aws"),
    [
        (EventFilter(), False, True),
        (EventFilter(since=NOW, amount="1"), False, False),
        (EventFilter(amount="1"), True, True),
        (EventFilter(id_part="1", status=Status.ROUTED), True, True),
        (EventFilter(amount="1", status=Status.FAILED), False, False),
        (EventFilter(status=Status.RECEIVED), False, False),
        (EventFilter(status=Status.UNMATCHED), False, True),
        (EventFilter(reference="pi_1"), False, True),
    ],
)
def test_a_search_that_reads_everything_says_so(wanted: EventFilter, *, embedded: bool, on_aws: bool) -> None:
    """It takes long here, and costs on AWS; where an index helps there is nothing to say."""
    assert (scan_warning(wanted, on_aws=False) is not None) == embedded
    assert (scan_warning(wanted, on_aws=True) is not None) == on_aws
