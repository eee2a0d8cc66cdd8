"""What every Outbox does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import START, event, routed
from hookline.domain.event import Status
from hookline.domain.message import message_of
from hookline.domain.queue import UNROUTED
from hookline.errors import NotFoundError
from hookline.ports.event_store import Attempt

if TYPE_CHECKING:
    from datetime import datetime

    from contract.homes import Home

SECOND = timedelta(seconds=1)
LATER = START + timedelta(hours=1)


def pending(home: Home, *, before: datetime = LATER, due_at: datetime = LATER, limit: int = 100) -> list[str]:
    """The delivery ids of what waits."""
    stored = home.outbox.pending(received_before=before, due_at=due_at, limit=limit)
    return [one.event.id.partition(":")[2] for one in stored]


def test_the_longest_wait_comes_first_and_equals_keep_their_order(home: Home) -> None:
    """After an outage events are delivered in the order in which they were received, whatever order they were stored in."""
    times = {"a": 2, "b": 1, "c": 2, "d": 0}
    home.events.add([event(name, received_at=START + SECOND * seconds) for name, seconds in times.items()])

    ids = pending(home)

    assert ids == ["d", "b", "a", "c"]


def test_the_limit_takes_the_oldest(home: Home) -> None:
    """Recovery in steps must not leave the oldest for last."""
    home.events.add([event(name, received_at=START - SECOND * number) for number, name in enumerate("abc")])

    ids = pending(home, limit=2)

    assert ids == ["c", "b"]


def test_only_what_came_strictly_before_is_pending(home: Home) -> None:
    """The part that received a new event routes it first."""
    home.events.add([event()])

    at_the_moment = pending(home, before=START)
    just_after = pending(home, before=START + timedelta(microseconds=1))

    assert (at_the_moment, just_after) == ([], ["evt_1"])


def test_a_deferred_event_is_not_touched_until_its_time(home: Home) -> None:
    """Backoff: a lasting fault causes few tries, and each try comes exactly when it was promised."""
    home.events.add([event(), event("evt_2")])
    home.put_off(event().id, until=START + SECOND, reason="UnavailableError: busy")

    too_early = pending(home, due_at=START + SECOND - timedelta(microseconds=1))
    on_time = pending(home, due_at=START + SECOND)

    assert (too_early, on_time) == (["evt_2"], ["evt_1", "evt_2"])
    assert home.stored(event().id).attempt == Attempt(
        since=START, count=1, next_at=START + SECOND, reason="UnavailableError: busy"
    )


def test_each_deferral_counts_and_says_the_last_reason(home: Home) -> None:
    """The pause doubles with the count, and a person reads the newest reason."""
    home.events.add([event()])
    home.put_off(event().id, until=START + SECOND, reason="first")

    home.put_off(event().id, until=START + SECOND * 3, reason="second")

    assert home.stored(event().id).attempt == Attempt(since=START, count=2, next_at=START + SECOND * 3, reason="second")


def test_what_is_pending_comes_whole_but_for_second_bodies(home: Home) -> None:
    """Routing needs the body and the attempt so far; it never looks at second bodies."""
    home.events.add([event(), event(body=b"other")])

    (stored,) = home.outbox.pending(received_before=LATER, due_at=LATER, limit=1)

    assert stored.event == event()
    assert stored.attempt == Attempt(since=START)
    assert (stored.conflicts, stored.set_aside) == (1, ())


def test_deliver_puts_the_messages_and_marks_the_event(home: Home) -> None:
    """A stored event reaches its queues, and from then on it may expire."""
    home.events.add([event()])
    home.clock.advance(SECOND)

    home.outbox.deliver([routed(event(), "payments", "refunds")])

    stored = home.stored(event().id)
    delivery = home.take("refunds")
    assert home.standing() == [event().id]
    assert (delivery.body, delivery.attributes) == (message_of(event()).body, message_of(event()).attributes)
    assert delivery.sent_at == home.recorded(START + SECOND)
    assert stored.event.status is Status.ROUTED
    assert stored.expires_at == home.expiry(START + SECOND)
    assert pending(home) == []


def test_deliver_keeps_the_count_and_clears_the_trouble(home: Home) -> None:
    """How often it took stays for a person to see; a reason without a fault would mislead."""
    home.events.add([event()])
    home.put_off(event().id, until=START, reason="busy")

    home.outbox.deliver([routed(event(), "payments")])

    assert home.stored(event().id).attempt == Attempt(since=START, count=1)


def test_deliver_marks_an_unmatched_event(home: Home) -> None:
    """Recovery treats an event that no route wants as the first routing would have."""
    home.events.add([event()])

    home.outbox.deliver([routed(event(), UNROUTED)])

    assert home.standing(UNROUTED) == [event().id]
    assert home.stored(event().id).event.status is Status.UNMATCHED
    assert home.stored(event().id).expires_at == home.expiry(START)


def test_what_no_longer_waits_is_not_delivered_again(home: Home) -> None:
    """Two recoverers may hold the same event: the second one puts nothing on a queue, and the rest of its list is still sent."""
    home.events.add([event("a"), event("b"), event("c")])
    home.outbox.deliver([routed(event("a"), "payments")])
    home.outbox.fail(event("b").id, reason="broken")

    home.outbox.deliver([routed(event(name), "payments") for name in ("a", "b", "unknown", "c", "c")])

    assert home.standing() == [event("a").id, event("c").id]
    assert home.stored(event("b").id).event.status is Status.FAILED
    assert home.events.get(event("unknown").id) is None


def test_deliver_to_an_undeclared_queue_changes_nothing(home: Home) -> None:
    """Everything or nothing: an event must not be marked while its message has nowhere to go."""
    home.events.add([event("a"), event("b")])

    with pytest.raises(NotFoundError):
        home.outbox.deliver([routed(event("a"), "payments"), routed(event("b"), "payments", "nowhere")])

    assert home.standing() == []
    assert pending(home) == ["a", "b"]


def test_fail_gives_an_event_up_with_its_reason(home: Home) -> None:
    """A person has to look: the event is kept, says why, and recovery does not touch it."""
    home.events.add([event()])
    home.put_off(event().id, until=START, reason="busy")

    home.outbox.fail(event().id, reason="PatternError: broken")

    stored = home.stored(event().id)
    assert stored.event.status is Status.FAILED
    assert stored.attempt == Attempt(since=START, count=2, reason="PatternError: broken")
    assert stored.expires_at is None
    assert pending(home) == []


def test_neither_defer_nor_fail_touches_what_no_longer_waits(home: Home) -> None:
    """A recoverer that comes late must not take an event back from its queue."""
    home.events.add([event()])
    home.outbox.deliver([routed(event(), "payments")])
    before = home.stored(event().id)

    home.put_off(event().id, until=LATER, reason="late")
    home.outbox.fail(event().id, reason="late")
    home.outbox.fail(event("unknown").id, reason="late")

    assert home.stored(event().id) == before
    assert home.events.get(event("unknown").id) is None


def test_oldest_is_the_longest_wait_due_or_not(home: Home) -> None:
    """The alarm looks at how long something has waited, not at whether its next try is due."""
    nothing = home.outbox.oldest()
    home.events.add([event("a", received_at=START + SECOND), event("b"), event("c", received_at=START - SECOND)])
    home.put_off(event("b").id, until=LATER, reason="busy")
    home.outbox.deliver([routed(event("c"), "payments")])

    oldest = home.outbox.oldest()

    assert nothing is None
    assert oldest == START


def test_a_replayed_event_is_due_immediately_and_waits_from_now_on(home: Home) -> None:
    """A replay of a year-old event is not a year-old backlog."""
    home.keep(routed(event(), "payments"))
    home.events.add([event("evt_2", received_at=START + SECOND)])
    home.clock.advance(SECOND * 2)

    home.events.reopen(event().id)

    assert home.outbox.oldest() == START + SECOND
    assert pending(home, due_at=START) == ["evt_2", "evt_1"]
    assert pending(home, before=START + SECOND * 2) == ["evt_2"]


def test_what_waits_survives_a_restart(home: Home) -> None:
    """Recovery continues where it was, with its count and its pause."""
    home.events.add([event(), event("evt_2")])
    home.put_off(event().id, until=LATER, reason="busy")

    again = home.restart()

    assert pending(again, due_at=START) == ["evt_2"]
    assert again.stored(event().id).attempt == Attempt(since=START, count=1, next_at=LATER, reason="busy")
