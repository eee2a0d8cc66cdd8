"""The places of an event's messages: a person asks for them first when a payment is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, PAYMENTS, START, event, message, routed
from contract.homes import LOCAL_OPENERS
from hookline.domain.message import DeadLetter
from hookline.errors import NotFoundError
from hookline.ports.message_places import PlaceState

if TYPE_CHECKING:
    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""SQS does not find a message by its content."""

SECOND = timedelta(seconds=1)


def places(home: LocalHome) -> list[tuple[str, PlaceState, int]]:
    """The queue, the state and the receives of each message of the event."""
    return [(one.queue, one.state, one.receives) for one in home.message_places.places(event().id)]


def test_a_message_is_followed_until_it_is_deleted(home: LocalHome) -> None:
    """It waits, is with a consumer, waits again, and is gone: a person sees which."""
    home.keep(routed(event(), "payments", "refunds"))
    home.queues.send("unrouted", [message("evt_1")])  # a message of somebody's own, with the same id in its body
    at_first = places(home)
    home.take(hide=SECOND * 30)
    (with_consumer, _) = home.message_places.places(event().id)
    home.clock.advance(SECOND * 31)
    given_back = places(home)
    home.queues.delete("payments", [home.take().receipt])

    assert at_first == [("payments", PlaceState.WAITING, 0), ("refunds", PlaceState.WAITING, 0)]
    assert (with_consumer.state, with_consumer.receives) == (PlaceState.WITH_CONSUMER, 1)
    assert with_consumer.visible_at == START + SECOND * 30
    assert with_consumer.last_received_at == START
    assert given_back[0] == ("payments", PlaceState.WAITING, 1)
    assert places(home) == [("refunds", PlaceState.WAITING, 0)]


def test_a_dead_letter_says_why_it_died(home: LocalHome) -> None:
    """The queue, the receives and what its consumer said are the reason that a person looks for."""
    home.keep(routed(event(), "payments"))
    for _ in range(PAYMENTS.max_receives):
        home.queues.failed("payments", home.take(hide=SECOND).receipt, reason="no such account")
        home.clock.advance(SECOND)
    home.queues.receive("payments")

    (place,) = home.message_places.places(event().id)

    assert (place.queue, place.state, place.last_failure) == (DLQ, PlaceState.WAITING, "no such account")
    assert isinstance(place.dead_letter, DeadLetter)
    assert (place.dead_letter.queue, place.dead_letter.receives) == ("payments", PAYMENTS.max_receives)


def test_the_newest_messages_of_a_queue_come_with_their_events(home: LocalHome) -> None:
    """The dead letters of tonight are looked at first, not those of last week."""
    for name in ("evt_1", "evt_2", "evt_3"):
        home.keep(routed(event(name), "payments"))
        home.clock.advance(SECOND)
    home.queues.send("payments", [message("own")])

    newest = home.message_places.newest("payments", limit=3)

    assert [one.event_id for one in newest] == [message("own").event_id, event("evt_3").id, event("evt_2").id]
    with pytest.raises(NotFoundError):
        home.message_places.newest("never", limit=1)


def test_the_newest_messages_are_in_one_order_whether_or_not_they_were_received(home: LocalHome) -> None:
    """A page of a queue that left out what consumers have would show less than its depth says."""
    for name in ("evt_1", "evt_2", "evt_3", "evt_4"):
        home.keep(routed(event(name), "payments"))
        home.clock.advance(SECOND)
    home.queues.receive("payments", max_messages=3, visibility_timeout=SECOND * 30)
    home.keep(routed(event("evt_5"), "payments"))

    newest = home.message_places.newest("payments", limit=4)

    assert [one.event_id for one in newest] == [event(f"evt_{number}").id for number in (5, 4, 3, 2)]
    assert [one.state for one in newest] == [PlaceState.WAITING] * 2 + [PlaceState.WITH_CONSUMER] * 2


def test_an_expired_message_and_an_unknown_event_have_no_place(home: LocalHome) -> None:
    """A message that no consumer can get is not shown as if one could."""
    home.keep(routed(event(), "payments"))
    home.clock.advance(timedelta(days=15))

    assert places(home) == []
    assert home.message_places.places("transactions:never") == []
