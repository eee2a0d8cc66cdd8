"""Queues that give out nothing, and sources whose events are held back: remembered, and ended without a loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, START, event, message, routed
from hookline.domain.event import Status
from hookline.domain.pause import Pause, Paused, PauseState
from hookline.errors import NotFoundError
from hookline.ports.event_store import EventFilter

if TYPE_CHECKING:
    from contract.homes import Home
    from hookline.domain.event import Event

SECOND = timedelta(seconds=1)


def pause(name: str = "payments", kind: Paused = Paused.QUEUE, state: PauseState = PauseState.PAUSED) -> Pause:
    """A pause by somebody."""
    return Pause(kind=kind, name=name, state=state, since=START, actor="ann@desk", reason="the ledger moves")


def held(name: str, seconds: int = 0, source: str = "transactions") -> Event:
    """An event that its source holds back."""
    return replace(event(name, f'"{name}"'.encode(), received_at=START + seconds * SECOND, source=source), held=True)


def pending(home: Home) -> list[str]:
    """What the outbox would give to recovery after a good while."""
    home.clock.advance(timedelta(minutes=10))
    now = home.clock.steady()
    return [stored.event.id for stored in home.outbox.pending(received_before=now, due_at=now, limit=10)]


def test_pauses_are_kept_as_they_were_written(home: Home) -> None:
    """An operator who comes next sees who paused what, and why."""
    source = pause("transactions", Paused.SOURCE, PauseState.HOLDING)
    plain = replace(pause("shop", Paused.SOURCE), reason=None)
    for one in (source, pause(), plain):
        home.pauses.put(one)
    assert home.pauses.all() == [pause(), plain, source]


def test_pauses_outlive_a_restart(home: Home) -> None:
    """A queue that was paused for a migration must not open because a server came up again."""
    home.queues.send("payments", [message("a")])
    home.pauses.put(pause())
    again = home.restart()
    assert again.pauses.all() == [pause()]
    assert again.queues.receive("payments") == []


def test_a_new_pause_takes_the_place_of_the_old_one(home: Home) -> None:
    """There is one state of each thing."""
    home.pauses.put(pause("transactions", Paused.SOURCE))
    newer = replace(pause("transactions", Paused.SOURCE, PauseState.RELEASING), actor="bob@desk")
    home.pauses.put(newer)
    assert home.pauses.all() == [newer]


def test_a_pause_ends_once(home: Home) -> None:
    """The second operator learns that it had ended already."""
    home.pauses.put(pause())
    home.pauses.put(pause("payments", Paused.SOURCE))
    assert home.pauses.remove(Paused.QUEUE, "payments")
    assert not home.pauses.remove(Paused.QUEUE, "payments")
    assert [one.kind for one in home.pauses.all()] == [Paused.SOURCE]


def test_a_paused_queue_gives_out_nothing_and_takes_everything(home: Home) -> None:
    """Consumers rest; events still come in."""
    home.queues.send("payments", [message("a")])
    home.pauses.put(pause())
    home.keep(routed(event("b"), "payments"))
    assert home.queues.receive("payments", wait=SECOND) == []
    assert home.queues.depth("payments").visible == 2
    home.pauses.remove(Paused.QUEUE, "payments")
    assert len(home.queues.receive("payments", max_messages=10)) == 2


def test_a_message_that_is_out_can_be_deleted_although_its_queue_is_paused(home: Home) -> None:
    """A consumer must be able to finish what it has begun."""
    home.queues.send("payments", [message("a")])
    taken = home.take()
    home.pauses.put(pause())
    home.queues.delete("payments", [taken.receipt])
    assert home.standing("payments") == []


def test_a_pause_of_one_queue_leaves_the_others(home: Home) -> None:
    """Its own dead-letter queue is not paused either."""
    home.queues.send("refunds", [message("a")])
    home.queues.send(DLQ, [message("b")])
    home.pauses.put(pause())
    assert len(home.queues.receive("refunds")) == 1
    assert len(home.queues.receive(DLQ)) == 1


def test_the_list_shows_what_is_paused(home: Home) -> None:
    """The first look of anyone whose consumer gets nothing."""
    home.pauses.put(pause())
    home.pauses.put(pause("refunds-dlq"))
    shown = {one.queue.name: (one.is_paused, one.dead_is_paused) for one in home.queue_listing.listed()}
    assert shown == {"payments": (True, False), "refunds": (False, True), "unrouted": (False, False)}


def test_a_queue_that_is_not_there_cannot_be_paused(home: Home) -> None:
    """A misspelt name must not look like a pause."""
    with pytest.raises(NotFoundError):
        home.pauses.put(pause("nowhere"))
    assert home.pauses.all() == []


def test_a_held_event_is_stored_and_waits_outside_of_the_outbox(home: Home) -> None:
    """Recovery must not deliver it, and it does not count as late."""
    home.pauses.put(pause("transactions", Paused.SOURCE, PauseState.HOLDING))
    home.events.add([held("a")])
    stored = home.stored(event("a").id)
    assert (stored.event.status, stored.event.held, stored.attempt.since) == (Status.RECEIVED, True, START)
    assert home.outbox.oldest() is None
    assert pending(home) == []
    assert home.events.count()[Status.RECEIVED] == 1
    assert [one.event.id for one in home.events.find(EventFilter(status=Status.RECEIVED), limit=5)] == [event("a").id]


def test_held_events_are_known_like_others(home: Home) -> None:
    """A sender that repeats a call gets the same answer."""
    assert [outcome.value for outcome in home.events.add([held("a"), held("a"), event("a", b'"other"')])] == [
        "new",
        "duplicate",
        "conflict",
    ]


def test_the_oldest_held_event_says_since_when_its_source_holds(home: Home) -> None:
    """An alarm uses it: consumers wait for a source that somebody paused and forgot."""
    home.events.add([held("b", 2), held("a", 1), held("other", 0, source="shop"), event("free")])
    assert home.held_events.oldest("transactions") == START + SECOND
    home.held_events.release([event("a").id])
    assert home.held_events.oldest("transactions") == START + 2 * SECOND
    home.held_events.release([event("b").id])
    assert home.held_events.oldest("transactions") is None


def test_held_events_are_released_in_the_order_of_their_receipt(home: Home) -> None:
    """They are released in steps; then they wait like others, and nothing is left."""
    home.events.add([held("c", 2), held("a", 0), held("b", 1), held("x", 0, source="shop")])
    assert (home.held_events.count("transactions"), home.held_events.count("shop")) == (3, 1)
    first = list(home.held_events.first("transactions", limit=2))
    assert first == [event("a").id, event("b").id]
    assert list(home.held_events.release([*first, "transactions:unknown"])) == first
    assert list(home.held_events.release(first)) == []
    rest = home.held_events.first("transactions", limit=2)
    assert list(home.held_events.release(rest)) == [event("c").id]
    assert home.held_events.count("transactions") == 0
    assert not home.stored(event("a").id).event.held
    assert sorted(pending(home)) == [event(name).id for name in "abc"]


def test_what_was_released_waits_until_it_is_delivered(home: Home) -> None:
    """The next lot is released when this one is on its queues."""
    home.events.add([held("a"), held("b", 1)])
    ids = home.held_events.release(home.held_events.first("transactions", limit=2))
    assert home.held_events.waiting(ids) == 2
    home.outbox.deliver([routed(replace(held("a"), held=False), "payments")])
    assert home.held_events.waiting(ids) == 1
    assert home.held_events.waiting(["transactions:unknown"]) == 0


def test_a_released_event_has_its_whole_time_for_tries(home: Home) -> None:
    """It may have been held for longer than events are tried."""
    home.events.add([held("a")])
    home.clock.advance(timedelta(days=8))
    home.held_events.release([event("a").id])
    assert home.stored(event("a").id).attempt.since == home.clock.steady()


def test_a_released_event_can_be_delivered(home: Home) -> None:
    """It is delivered like any other event."""
    home.events.add([held("a")])
    home.held_events.release([event("a").id])
    home.outbox.deliver([routed(replace(held("a"), held=False), "payments")])
    stored = home.stored(event("a").id)
    assert (stored.event.status, stored.event.held) == (Status.ROUTED, False)
    assert home.standing("payments") == [event("a").id]


def test_a_held_event_that_is_delivered_is_held_no_more(home: Home) -> None:
    """No separate release is needed, after which a kill could come."""
    home.events.add([held("a"), held("b", 1)])
    home.outbox.deliver([routed(replace(held("a"), held=False), "payments")])
    stored = home.stored(event("a").id)
    assert (stored.event.status, stored.event.held) == (Status.ROUTED, False)
    assert list(home.held_events.first("transactions", limit=5)) == [event("b").id]
    assert home.held_events.count("transactions") == 1
