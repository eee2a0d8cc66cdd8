"""What every Watch does: a person who watches sees each event once, in order, and none from before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import START, event, rejected, waiting
from contract.homes import LocalHome

if TYPE_CHECKING:
    from contract.homes import Home
    from hookline.ports.watch import Arrived, Watch

SECOND = timedelta(seconds=1)


def look(
    arrivals: Watch, *, source: str | None = None, kind: str | None = None, refused: bool = False, limit: int = 100
) -> Arrived:
    """One look."""
    return arrivals.next(source=source, type=kind, refused=refused, limit=limit)


def ids(arrived: Arrived) -> list[str]:
    """The names of these events."""
    return [stored.event.id.partition(":")[2] for stored in arrived.events]


def come(home: Home, *names: str, after: int = 0, **fields: str) -> None:
    """Events that come one after the other."""
    for number, name in enumerate(names):
        home.events.add([event(name, received_at=START + SECOND * (after + number), **fields)])  # type: ignore[arg-type]


def watching(home: Home) -> Watch:
    """The look, after its first time."""
    arrivals = home.watch()
    assert look(arrivals).events == ()
    return arrivals


def test_each_event_comes_once_in_order_and_whole(home: Home) -> None:
    """A payment that is shown twice, or not at all, makes a person look for an event that does not exist."""
    come(home, "before")
    arrivals = watching(home)

    come(home, "a", "b", "c", after=1)
    first = look(arrivals)
    come(home, "d", after=5)

    assert ids(first) == ["a", "b", "c"]
    assert first.events[0] == home.stored("transactions:a")
    assert ids(look(arrivals)) == ["d"]
    assert ids(look(arrivals)) == []


def test_only_what_is_asked_for_comes(home: Home) -> None:
    """On a busy system a person watches one kind of event."""
    by_source, by_type, by_both = watching(home), watching(home), watching(home)

    come(home, "a")
    come(home, "b", type="refund")
    come(home, "c", source="bank")

    assert ids(look(by_source, source="bank")) == ["c"]
    assert ids(look(by_type, kind="refund")) == ["b"]
    assert ids(look(by_both, source="bank", kind="refund")) == []


def test_the_newest_come_when_there_are_too_many(home: Home) -> None:
    """A watcher must not fall behind without an end, and says what it left out."""
    arrivals = watching(home)
    come(home, "a", "b", "c", "d", "e")

    arrived = look(arrivals, limit=2)

    assert (ids(arrived), arrived.skipped) == (["d", "e"], 3)
    assert look(arrivals, limit=2).skipped == 0


def test_what_is_left_out_is_counted_among_what_is_asked_for(home: Home) -> None:
    """A rare event must be counted among the many others."""
    arrivals = watching(home)
    come(home, "rare", type="dispute")
    come(home, "a", "b", "c", after=1)

    arrived = look(arrivals, kind="dispute", limit=2)

    assert (ids(arrived), arrived.skipped) == (["rare"], 0)


def test_a_duplicate_is_no_arrival(home: Home) -> None:
    """It is stored once, and shown once."""
    arrivals = watching(home)
    come(home, "a")
    look(arrivals)

    come(home, "a")

    assert ids(look(arrivals)) == []


def test_a_new_look_begins_now(home: Home) -> None:
    """Two people may watch independently."""
    first = watching(home)
    come(home, "a")
    second = watching(home)
    come(home, "b", after=1)

    assert (ids(look(first)), ids(look(second))) == (["a", "b"], ["b"])


def test_an_event_that_waits_is_shown_too(home: Home) -> None:
    """An event whose routing fails is what a person looks for."""
    arrivals = watching(home)
    home.keep(waiting(event("a")))

    assert ids(look(arrivals)) == ["a"]


def test_refused_requests_come_where_they_are_wanted(home: Home) -> None:
    """A wrong secret shows here first."""
    if not isinstance(home, LocalHome):
        pytest.skip("on AWS they are in the validator's log, which has a test of its own")
    home.quarantine.keep([rejected()])
    arrivals = watching(home)

    home.quarantine.keep([rejected(), rejected()])
    unseen = look(arrivals)
    home.quarantine.keep([rejected()])
    seen = look(arrivals, refused=True)

    assert unseen.refused == ()
    (call,) = seen.refused
    kept = home.quarantine.get(call.number or 0)
    assert kept is not None
    one = kept.rejected
    assert (call.at, call.source, call.code, call.size) == (one.request.received_at, one.source, one.code, one.size)
