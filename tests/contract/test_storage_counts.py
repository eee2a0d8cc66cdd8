"""What every StorageCounts counts: the numbers behind charts and alerts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import QUARANTINE, START, event, rejected, routed, waiting
from hookline.ports.storage_counts import HeldCount, RejectedCount, StoredCounts

if TYPE_CHECKING:
    from contract.homes import Home

MINUTE = timedelta(minutes=1)


def test_an_empty_store_has_nothing_to_count(home: Home) -> None:
    """A gauge of zero is an answer; a gauge that is missing looks like a fault."""
    assert home.storage_counts.counts() == StoredCounts(waiting=0, waiting_since=None, failed=0)


def test_the_outbox_is_counted_with_the_time_of_its_oldest_event(home: Home) -> None:
    """An outbox that does not empty means that acknowledged events are late."""
    home.keep(waiting(event("a")), routed(event("b", b"2"), "payments"))
    home.keep(waiting(event("c", b"3", received_at=START + MINUTE)))

    found = home.storage_counts.counts()

    assert (found.waiting, found.waiting_since, found.failed) == (2, START, 0)


def test_failed_events_are_counted_apart(home: Home) -> None:
    """They wait for a person and not for time."""
    home.keep(waiting(event("a")), waiting(event("b", b"2")))
    home.outbox.fail(event("a").id, reason="no such queue")

    found = home.storage_counts.counts()

    assert (found.waiting, found.failed) == (1, 1)


def test_held_events_are_counted_by_source_and_are_not_in_the_outbox(home: Home) -> None:
    """They wait because an operator wants it; nobody may be woken for an outbox that does what it should."""
    home.keep(
        waiting(replace(event("a"), held=True)),
        waiting(replace(event("b", b"2", received_at=START + MINUTE), held=True)),
        waiting(replace(event("c", b"3", source="other"), held=True)),
    )

    found = home.storage_counts.counts()

    assert found.waiting == 0
    assert found.held == {
        "transactions": HeldCount(events=2, oldest=START),
        "other": HeldCount(events=1, oldest=START),
    }


def test_rejected_requests_are_counted_by_source_until_they_expire(home: Home) -> None:
    """A quarantine that fills shows a wrong secret, or a flood."""
    home.quarantine.keep([rejected(b"1" * 10), rejected(b"2" * 20), rejected(b"{}", source="other")])
    before = home.storage_counts.counts().rejected

    home.clock.advance(QUARANTINE.retention + home.expiry_times)

    assert set(before) == {"transactions", "other"}
    assert before["transactions"].requests == 2
    assert before["transactions"].size > before["other"].size > 0
    assert before["other"] == RejectedCount(requests=1, size=rejected(b"{}", source="other").size)
    assert home.storage_counts.counts().rejected == {}
