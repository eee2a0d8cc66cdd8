"""What every RoutedStore does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from contract.builders import EVENT_RETENTION, START, event, message, routed, waiting
from contract.homes import LOCAL_OPENERS
from hookline.domain.event import Outcome, Status
from hookline.domain.message import message_of
from hookline.domain.queue import UNROUTED
from hookline.errors import NotFoundError, UnavailableError
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""AWS has no transaction over a table and queues: there events go through the outbox."""


def test_an_event_is_created_on_its_queues(home: LocalHome) -> None:
    """One commit holds the event and its messages: there is no moment in between to crash in."""
    outcomes = home.keep(routed(event(), "payments", "refunds"))

    stored = home.stored(event().id)
    assert outcomes == [Outcome.NEW]
    assert stored.event == event(status=Status.ROUTED)
    assert stored.expires_at == START + EVENT_RETENTION
    for queue in ("payments", "refunds"):
        (delivery,) = home.queues.peek(queue)
        assert (delivery.event_id, delivery.body, delivery.attributes) == (
            event().id,
            message_of(event()).body,
            message_of(event()).attributes,
        )


def test_an_unmatched_event_is_on_the_unrouted_queue(home: LocalHome) -> None:
    """An event that no route wants is not lost: it is where the alarm looks."""
    home.keep(routed(event(), UNROUTED))

    assert home.standing(UNROUTED) == [event().id]
    assert home.stored(event().id).event.status is Status.UNMATCHED
    assert home.stored(event().id).expires_at == START + EVENT_RETENTION


def test_an_event_without_queues_waits_in_the_outbox(home: LocalHome) -> None:
    """When routing itself fails the event is kept anyway, and recovery takes it immediately."""
    home.keep(waiting(event()))

    stored = home.stored(event().id)
    assert stored.event.status is Status.RECEIVED
    assert stored.attempt.since == START
    assert stored.expires_at is None
    assert home.outbox.oldest() == START


def test_nothing_is_seen_before_commit(home: LocalHome) -> None:
    """No reader and no consumer may act on an event that is not yet durable."""
    batch = home.stage(routed(event(), "payments"))
    seen = (home.events.get(event().id), home.standing(), home.queues.depth("payments").visible)
    counted = sum(home.events.count().values())

    batch.commit()

    assert seen == (None, [], 0)
    assert counted == 0
    assert home.standing() == [event().id]


def test_nothing_is_left_of_a_rollback(home: LocalHome) -> None:
    """A batch that is given up leaves no event, no message and no claim on the id."""
    home.keep(routed(event("evt_2"), "payments"))
    batch = home.stage(routed(event(), "payments"), routed(event("evt_2", b"other"), "payments"))

    batch.rollback()

    assert home.events.get(event().id) is None
    assert home.stored(event("evt_2").id).conflicts == 0
    assert home.standing() == [event("evt_2").id]
    assert home.keep(routed(event(), "payments")) == [Outcome.NEW]


def test_only_new_events_put_messages_on_queues(home: LocalHome) -> None:
    """A retry must not be consumed as a second payment."""
    home.keep(routed(event(), "payments"))

    outcomes = home.keep(routed(event(), "payments"), routed(event(body=b"other"), "payments", "refunds"))

    assert outcomes == [Outcome.DUPLICATE, Outcome.CONFLICT]
    assert home.standing() == [event().id]
    assert home.standing("refunds") == []
    assert home.stored(event().id).conflicts == 1


def test_two_of_the_same_id_in_one_batch_are_judged_in_order(home: LocalHome) -> None:
    """A group commit may hold an event and its retry: one message, and the right word to each sender."""
    outcomes = home.keep(
        routed(event(), "payments"), routed(event(), "payments"), routed(event(body=b"other"), "payments")
    )

    assert outcomes == [Outcome.NEW, Outcome.DUPLICATE, Outcome.CONFLICT]
    assert home.standing() == [event().id]
    assert [one.body for one in home.stored(event().id).set_aside] == [b"other"]


def test_what_add_knows_stage_knows(home: LocalHome) -> None:
    """Both methods store into the same store."""
    home.events.add([event()])

    outcomes = home.keep(routed(event(), "payments"))

    assert outcomes == [Outcome.DUPLICATE]
    assert home.standing() == []
    assert home.stored(event().id).event.status is Status.RECEIVED


def test_an_expired_event_makes_room(home: LocalHome) -> None:
    """After retention the id is free; the new event is the newest, not where the old one was."""
    home.keep(routed(event()), routed(event("evt_2")))
    home.clock.advance(EVENT_RETENTION)
    home.keep(routed(event("evt_3"), "payments"))

    outcomes = home.keep(routed(event(), "payments"))

    assert outcomes == [Outcome.NEW]
    assert home.standing() == [event("evt_3").id, event().id]
    assert [one.event.id for one in home.events.find(EventFilter(), limit=9)] == [event().id, event("evt_3").id]


def test_a_batch_may_be_committed_on_another_thread(home: LocalHome) -> None:
    """The committer stages on one thread and waits for the disk on another."""
    batch = home.stage(routed(event(), "payments"))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(batch.commit).result()

    assert home.standing() == [event().id]
    assert home.keep(routed(event("evt_2"), "payments")) == [Outcome.NEW]


def test_stage_without_waiting_gives_way_to_another_batch(home: LocalHome) -> None:
    """The committer gathers more events while the disk is busy, instead of waiting in a queue."""
    batch = home.stage(routed(event()))

    meanwhile = home.routed.stage([routed(event("evt_2"))], wait=False)
    batch.commit()
    afterwards = home.routed.stage([routed(event("evt_2"))], wait=False)

    assert meanwhile is None
    assert afterwards is not None
    afterwards.commit()
    assert home.events.count()[Status.ROUTED] == 2


def test_stage_waits_for_its_turn(home: LocalHome) -> None:
    """Writers come one after the other, each with what the others have left in sight."""
    batch = home.stage(routed(event(), "payments"))

    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(home.keep, routed(event(), "payments"))
        early = second.done()
        batch.commit()
        outcomes = second.result()

    assert not early
    assert outcomes == [Outcome.DUPLICATE]


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_other_writers_wait_for_a_staged_batch(home: LocalHome, end: str) -> None:
    """Another writer during a batch neither fails nor slips in between."""
    batch = home.stage(routed(event()))
    started = threading.Event()

    def send() -> None:
        started.set()
        home.queues.send("payments", [message()])

    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send)
        started.wait()
        seen = home.standing()
        getattr(batch, end)()
        sent.result()

    assert seen == []
    assert home.standing() == [message().event_id]


def test_a_turn_that_never_comes_is_unavailable_and_harms_nothing(home: LocalHome) -> None:
    """A stuck writer becomes a 503 for the sender, never a hang, and everything works once it is gone."""
    batch = home.stage(routed(event()))

    with pytest.raises(UnavailableError) as caught:
        home.routed.stage([routed(event("evt_2"))])

    assert caught.value.code == "storage_unavailable"
    batch.commit()
    assert home.keep(routed(event("evt_2"))) == [Outcome.NEW]


def test_an_undeclared_queue_is_refused_and_nothing_is_staged(home: LocalHome) -> None:
    """A mistake in a route must show as what it is, and must not hold the turn without an end."""
    with pytest.raises(NotFoundError):
        home.routed.stage([routed(event(), "payments"), routed(event("evt_2"), "nowhere")])

    assert home.events.get(event().id) is None
    assert home.keep(routed(event(), "payments")) == [Outcome.NEW]


def test_an_empty_batch_is_a_batch(home: LocalHome) -> None:
    """The part that gathers events needs no special case."""
    outcomes = home.keep()

    assert outcomes == []


def test_what_was_committed_survives_a_restart_and_what_was_not_does_not(home: LocalHome) -> None:
    """The acknowledgement is sent after commit, and that is exactly what must be there afterwards."""
    home.keep(routed(event(), "payments"))
    home.stage(routed(event("evt_2"), "payments")).rollback()

    again = home.restart()

    assert again.standing() == [event().id]
    assert again.stored(event().id).event.status is Status.ROUTED
    assert again.events.get(event("evt_2").id) is None
