"""What every home does with the events of a source that keeps them for a time of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import BRIEF, EVENT_RETENTION, LASTING, QUARANTINE, RETENTION, START, event, rejected, routed
from hookline.domain.event import Outcome, Status
from hookline.domain.queue import UNROUTED
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from contract.homes import Home

MOMENT = timedelta(microseconds=1)
OTHER = "transactions"


def kept(home: Home, source: str) -> bool:
    """Whether the event of this source is still there."""
    return home.events.get(event(source=source).id) is not None


def test_each_source_keeps_its_events_for_its_own_time(home: Home) -> None:
    """A short retention is a promise to the people whose data it is; it takes nothing from other sources."""
    sources = (BRIEF, OTHER, LASTING)
    home.keep(*(routed(event(source=source), "payments") for source in sources))
    ends = [home.stored(event(source=source).id).expires_at for source in sources]
    left = []

    for end in (RETENTION.of(BRIEF), EVENT_RETENTION, RETENTION.of(LASTING)):
        home.clock.advance(START + end + home.expiry_times - home.clock.steady())
        left.append([source for source in sources if kept(home, source)])

    assert [
        end is not None and timedelta(0) <= end - START - RETENTION.of(source) < home.expiry_times
        for end, source in zip(ends, sources, strict=True)
    ] == [True] * 3
    assert left == [[OTHER, LASTING], [LASTING], []]


def test_an_event_that_found_no_route_is_kept_for_its_sources_time_too(home: Home) -> None:
    """It was delivered to the queue of what nobody wants, and holds the same data."""
    home.keep(routed(event(source=BRIEF), UNROUTED))

    home.clock.advance(RETENTION.of(BRIEF) - MOMENT)
    before = kept(home, BRIEF)
    home.clock.advance(MOMENT + home.expiry_times)

    assert (before, kept(home, BRIEF)) == (True, False)


def test_the_time_of_a_source_begins_with_the_delivery(home: Home) -> None:
    """An event that waits in the outbox for longer than its source keeps events is not lost, and has its whole time afterwards."""
    home.events.add([event(source=BRIEF)])
    home.clock.advance(RETENTION.of(BRIEF) * 4)
    waited = home.stored(event(source=BRIEF).id)

    home.outbox.deliver([routed(event(source=BRIEF), "payments")])

    end = home.stored(event(source=BRIEF).id).expires_at
    assert (waited.event.status, waited.expires_at) == (Status.RECEIVED, None)
    assert end is not None
    assert timedelta(0) <= end - START - RETENTION.of(BRIEF) * 5 < home.expiry_times


def test_a_replay_gives_an_event_its_sources_time_again(home: Home) -> None:
    """As with the retention of all: consumers may ask for the event that was put through again."""
    home.keep(routed(event(source=BRIEF), "payments"))
    home.clock.advance(timedelta(hours=5))
    home.events.reopen(event(source=BRIEF).id)
    home.outbox.deliver([routed(event(source=BRIEF), "payments")])

    home.clock.advance(RETENTION.of(BRIEF) - MOMENT)

    assert kept(home, BRIEF)


def test_second_bodies_go_with_their_event(home: Home) -> None:
    """They are as personal as the first one, and a later event of the same id does not show them."""
    home.keep(routed(event(source=BRIEF), "payments"))
    outcome = home.events.add([event(source=BRIEF, body=b"other")])
    home.queues.delete("payments", [home.take().receipt])
    home.clock.advance(RETENTION.of(BRIEF) + home.expiry_times)

    home.events.add([event(source=BRIEF)])

    assert outcome == [Outcome.CONFLICT]
    assert home.stored(event(source=BRIEF).id).set_aside == ()


def test_an_expired_event_is_in_no_list(home: Home) -> None:
    """A page must not show what its source keeps no longer, whether or not it was removed."""
    home.keep(*(routed(event(source=source), "payments") for source in (BRIEF, OTHER)))

    home.clock.advance(RETENTION.of(BRIEF) + home.expiry_times)

    assert [one.event.source for one in home.events.find(EventFilter(), limit=10)] == [OTHER]


@pytest.mark.parametrize(
    ("source", "kept_for"),
    [(BRIEF, RETENTION.of(BRIEF)), (OTHER, QUARANTINE.retention), (LASTING, QUARANTINE.retention)],
)
def test_a_rejected_request_is_kept_no_longer_than_the_events_of_its_source(
    home: Home, source: str, kept_for: timedelta
) -> None:
    """It has the same data in it. A source that keeps events for longer does not make the quarantine larger."""
    home.quarantine.keep([rejected(source=source)])

    home.clock.advance(kept_for - timedelta(seconds=1))
    before = len(home.quarantine.ids())
    home.clock.advance(timedelta(seconds=1) + home.expiry_times)

    assert (before, home.quarantine.ids()) == (1, [])
