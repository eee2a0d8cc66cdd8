"""What every outbox does with events that wait for their record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import START, event, routed, waiting
from hookline.adapters.aws.outbox import DynamoOutbox
from hookline.domain.event import Status
from hookline.domain.fetch import FETCH, FETCHED, Fetched
from hookline.ports.event_store import Attempt, EventFilter

if TYPE_CHECKING:
    from datetime import datetime

    from contract.homes import Home
    from hookline.domain.event import Event

SECOND = timedelta(seconds=1)
LATER = START + timedelta(hours=1)


def awaited(name: str = "evt_1", what: str = "payments/1", *, seconds: float = 0) -> Event:
    """An event of which the sender has to be asked."""
    found = event(name, received_at=START + SECOND * seconds)
    return replace(found, metadata={**found.metadata, FETCH: what})


def completed(one: Event, reference: str = "1") -> Event:
    """The same with its record."""
    record = {"transactiontype": "payment", "transactionreference": reference, FETCHED: Fetched.COMPLETED.value}
    return replace(one, metadata={**one.metadata, **record})


def due(home: Home, at: datetime = LATER, *, limit: int = 100) -> list[str]:
    """The delivery ids of those that are due, and of those before them."""
    return [one.event.id.partition(":")[2] for one in home.records.awaiting(due_at=at, limit=limit)]


def test_a_new_event_that_needs_a_record_waits_for_it_and_for_nothing_else(home: Home) -> None:
    """Recovery would send it to where events without a record go."""
    home.events.add([awaited(), event("evt_2")])

    assert due(home, START + home.first_ask) == ["evt_1"]
    assert [one.event.id for one in home.outbox.pending(received_before=LATER, due_at=LATER, limit=9)] == [
        event("evt_2").id
    ]
    home.outbox.deliver([routed(event("evt_2"), "payments")])
    assert home.outbox.oldest() is None
    assert home.stored(awaited().id).event == awaited()
    assert home.stored(awaited().id).attempt.since == START


def test_it_is_due_when_it_was_promised(home: Home) -> None:
    """A sender that said "in ten seconds" must not be asked before."""
    home.events.add([awaited()])
    stored = home.stored(awaited().id)

    home.records.postpone(stored, until=LATER, reason="the API answered 503")

    assert due(home, LATER - timedelta(microseconds=1)) == []
    assert due(home, LATER) == ["evt_1"]
    assert home.stored(awaited().id).attempt == Attempt(
        since=START, count=1, next_at=LATER, reason="the API answered 503"
    )


def test_a_wait_that_was_not_its_own_fault_counts_for_nothing(home: Home) -> None:
    """Otherwise faults of other events would lengthen its pauses."""
    home.events.add([awaited()])
    home.records.postpone(home.stored(awaited().id), until=START + SECOND, reason="busy")

    home.records.postpone(home.stored(awaited().id), until=LATER)

    assert home.stored(awaited().id).attempt == Attempt(since=START, count=1, next_at=LATER, reason="busy")


def test_the_limit_takes_those_that_are_due_longest(home: Home) -> None:
    """A step of work must not leave them for last."""
    home.events.add([awaited(name, f"payments/{name}", seconds=2 - number) for number, name in enumerate("abc")])

    assert due(home, limit=2) == ["c", "b"]


def test_the_record_is_kept_with_the_event(home: Home) -> None:
    """A replay must not have to ask again, and a person finds the event by what the record says."""
    home.events.add([awaited()])

    home.records.deliver([routed(completed(awaited()), "payments")])

    stored = home.stored(awaited().id)
    assert home.standing() == [awaited().id]
    assert home.take().attributes["event_type"] == "payment"
    assert stored.event == replace(completed(awaited()), status=Status.ROUTED)
    assert (stored.attempt.since, stored.attempt.next_at) == (START, None)
    assert due(home) == []
    wanted = EventFilter(reference="1", since=START)
    assert [one.event.id for one in home.events.find(wanted, limit=9)] == [awaited().id]


def test_an_event_without_a_record_in_the_end_says_so(home: Home) -> None:
    """An operator who looks at it sees that its sender was asked."""
    home.events.add([awaited()])
    missing = replace(awaited(), metadata={**awaited().metadata, FETCHED: Fetched.MISSING.value})

    home.records.deliver([routed(missing, "payments")])

    assert home.stored(awaited().id).event.metadata[FETCHED] == Fetched.MISSING
    assert home.standing() == [awaited().id]


def test_what_was_routed_meanwhile_is_not_routed_again(home: Home) -> None:
    """Two parts may hold the same event: the second one changes nothing."""
    home.events.add([awaited()])
    home.records.deliver([routed(completed(awaited()), "payments")])

    home.outbox.deliver([routed(completed(awaited(), "2"), "payments")])
    home.records.postpone(home.stored(awaited().id), until=LATER, reason="late")

    assert home.standing() == [awaited().id]
    assert home.stored(awaited().id).event.metadata["transactionreference"] == "1"
    assert due(home) == []


def test_one_that_is_given_up_waits_no_more(home: Home) -> None:
    """A person decides what to do with it."""
    home.events.add([awaited()])

    home.records.fail(awaited().id, reason="nobody knows it")

    stored = home.stored(awaited().id)
    assert due(home) == []
    assert stored.event.status is Status.FAILED
    assert stored.attempt == Attempt(since=START, count=1, reason="nobody knows it")


def test_a_replay_lets_it_wait_again(home: Home) -> None:
    """From the outbox it returns to those that wait for their record, and from then on its seven days start again."""
    home.events.add([awaited()])
    home.records.fail(awaited().id, reason="nobody knows it")
    home.clock.advance(timedelta(days=8))
    home.events.reopen(awaited().id)
    assert due(home, START + timedelta(days=9)) == []

    home.outbox.deliver([waiting(awaited())])

    now = START + timedelta(days=8)
    assert due(home, now) == ["evt_1"]
    assert home.stored(awaited().id).attempt == Attempt(since=now, next_at=now)
    assert home.outbox.pending(received_before=now + SECOND, due_at=now, limit=9) == []


def test_one_that_was_released_can_wait_for_its_record(home: Home) -> None:
    """The router asks for its record immediately, and may get none."""
    home.events.add([replace(awaited(), held=True)])
    home.held_events.release([awaited().id])

    home.records.postpone(home.stored(awaited().id), until=LATER, reason="the API answered 503")

    assert due(home, LATER - SECOND) == []
    assert due(home, LATER) == ["evt_1"]
    assert home.outbox.pending(received_before=LATER + LATER.resolution, due_at=LATER, limit=9) == []
    home.events.add([replace(awaited("evt_2"), held=True)])
    home.records.postpone(home.stored(awaited("evt_2").id), until=START)
    assert home.held_events.count("transactions") == 1


def test_a_held_event_waits_for_its_source_first(home: Home) -> None:
    """Nothing is asked while its source holds it back."""
    home.events.add([replace(awaited(), held=True)])
    assert due(home) == []
    home.clock.advance(SECOND)

    home.held_events.release([awaited().id])
    home.outbox.deliver([waiting(awaited())])

    assert due(home, START + SECOND) == ["evt_1"]
    assert not home.stored(awaited().id).event.held


@pytest.mark.parametrize("what", ["payments/1", "payments/5"], ids=["any", "a checksum that ends with a zero"])
def test_what_waits_longer_for_the_same_thing_comes_before_it(home: Home, what: str) -> None:
    """Due or not: the later one must not overtake it."""
    others = [awaited("other", "payments/2"), awaited("b", what, seconds=1), awaited("c", what, seconds=2)]
    home.events.add([awaited("a", what), *others])
    home.records.postpone(home.stored(awaited("a").id), until=LATER, reason="the API answered 404")
    home.records.postpone(home.stored(awaited("other").id), until=LATER, reason="the API answered 404")
    home.records.postpone(home.stored(awaited("c").id), until=LATER)

    assert due(home, START + SECOND + home.first_ask) == ["a", "b"]


def test_another_source_has_payments_of_its_own(home: Home) -> None:
    """The same id means another payment there."""
    one = replace(event("a", source="one", received_at=START), metadata={FETCH: "payments/1"})
    home.events.add([one, replace(awaited("b"), received_at=START + SECOND)])
    home.records.postpone(home.stored(one.id), until=LATER, reason="no answer")

    assert due(home, START + SECOND + home.first_ask) == ["b"]


def test_leased_events_are_nobody_elses_until_the_lease_ends(home: Home) -> None:
    """Two recoverers that run at the same time must not have the same sender asked twice."""
    outbox = home.outbox
    if not isinstance(outbox, DynamoOutbox):
        pytest.skip("one process has no leases")
    home.events.add([awaited("a"), awaited("b", "payments/5", seconds=1)])
    home.records.postpone(home.stored(awaited("b").id), until=START, reason="the API answered 503")
    now, until = START + home.first_ask, LATER + SECOND

    taken = outbox.lease_awaiting(due_at=now, until=until, limit=10)
    again = outbox.lease_awaiting(due_at=LATER, until=until, limit=10)
    later = outbox.lease_awaiting(due_at=until, until=until + SECOND, limit=1)

    assert [one.event_id for one in taken] == [awaited("b").id, awaited("a").id]
    assert (again, len(later)) == ([], 1)
    assert outbox.awaited() == (2, START)
    assert home.stored(awaited("b").id).attempt.count == 1


def test_the_router_finds_what_came_before(home: Home) -> None:
    """This matters in projects in which the order counts."""
    outbox = home.outbox
    if not isinstance(outbox, DynamoOutbox):
        pytest.skip("one process finds it together with what is due")
    home.events.add([awaited("a", "payments/5"), awaited("other"), awaited("b", "payments/5", seconds=1)])

    assert [one.event.id for one in outbox.earlier(home.stored(awaited("b").id))] == [awaited("a").id]
    assert outbox.earlier(home.stored(awaited("a").id)) == []
