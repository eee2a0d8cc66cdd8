"""Keys that nobody uses are reported, and only those."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hookline.config import parse
from hookline.pipeline.access.unused import unused_keys
from hookline.ports.key_uses import KeyUse

NOW = datetime(2026, 3, 4, tzinfo=UTC)
DAY = timedelta(days=1)
CONFIG = parse(
    '[sources.a]\nverify = { scheme = "none" }\nid = "id"\n[queues.q]\n'
    '[[access]]\nid = "shop"\nsecret = "S"\nrights = ["view"]\nqueues = ["*"]\n',
    base=Path(),
)


@pytest.mark.parametrize(
    ("first", "last", "what"),
    [
        (NOW - 90 * DAY, NOW - 29 * DAY, None),
        (NOW - 90 * DAY, NOW - 30 * DAY, "has not been used for 30 days"),
        (NOW - 29 * DAY, None, None),
        (NOW - 31 * DAY, None, "has never been used in the 31 days since it was configured"),
        (NOW + DAY, None, None),
    ],
)
def test_thirty_days_without_use_are_reported(first: datetime, last: datetime | None, what: str | None) -> None:
    """A key that no consumer needs is only a risk."""
    found = list(unused_keys(CONFIG, {"shop": KeyUse(first_seen_at=first, last_used_at=last)}, NOW))

    assert [(one.code, one.name, one.what) for one in found] == ([("access_key_unused", "shop", what)] if what else [])


def test_a_key_that_no_server_has_had_yet_is_new() -> None:
    """A key that is no longer configured is not reported."""
    old = KeyUse(first_seen_at=NOW - 90 * DAY)

    assert list(unused_keys(CONFIG, {}, NOW)) == []
    assert list(unused_keys(CONFIG, {"gone": old}, NOW)) == []
