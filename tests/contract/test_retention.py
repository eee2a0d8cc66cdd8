"""What every Retention does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import DLQ, EVENT_RETENTION, PAYMENTS, event, message, routed, waiting
from contract.homes import LOCAL_OPENERS
from hookline.domain.event import Outcome, Status
from hookline.domain.queue import UNROUTED
from hookline.ports.event_store import EventFilter
from hookline.ports.queues import Depth, ReceiptResult

if TYPE_CHECKING:
    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""On AWS the table and the queues remove expired items themselves."""

NOW = timedelta()
MOMENT = timedelta(microseconds=1)
EMPTY = Depth(visible=0, in_flight=0)


def bury(home: LocalHome) -> None:
    """Make a dead letter of the one message on the queue."""
    for _ in range(PAYMENTS.max_receives):
        home.take(hide=NOW)
    home.queues.receive("payments")


def test_a_message_is_gone_once_its_queue_has_kept_it_long_enough(home: LocalHome) -> None:
    """Nobody may consume last month's payment because a sweep was late: reading and sweeping agree to the microsecond."""
    home.queues.send("payments", [message("a"), message("b")])
    delivery = home.take()
    home.clock.advance(PAYMENTS.retention - MOMENT)
    before = (home.retention.expire_messages(limit=10), len(home.standing()))

    home.clock.advance(MOMENT)

    assert before == (0, 2)
    assert home.standing() == []
    assert home.queues.depth("payments") == EMPTY
    assert home.queues.receive("payments") == []
    assert home.queues.extend("payments", [delivery.receipt], visibility_timeout=timedelta(days=1)) == [
        ReceiptResult.GONE
    ]
    assert home.queues.delete("payments", [delivery.receipt]) == [ReceiptResult.GONE]
    assert home.retention.expire_messages(limit=10) == 2
    assert home.retention.expire_messages(limit=10) == 0


def test_a_message_in_flight_that_is_over_cannot_be_extended(home: LocalHome) -> None:
    """A lease does not keep a message alive beyond its queue's retention."""
    home.queues.send("payments", [message()])
    delivery = home.take(hide=PAYMENTS.retention * 2)
    home.clock.advance(PAYMENTS.retention)

    answers = home.queues.extend("payments", [delivery.receipt], visibility_timeout=timedelta(days=1))

    assert answers == [ReceiptResult.GONE]
    assert home.queues.depth("payments") == EMPTY
    assert home.retention.expire_messages(limit=10) == 1


def test_an_expired_message_does_not_become_a_dead_letter(home: LocalHome) -> None:
    """An expired message must not appear again on another queue."""
    home.queues.send("payments", [message()])
    for _ in range(PAYMENTS.max_receives):
        home.take(hide=NOW)
    home.clock.advance(PAYMENTS.retention)

    taken = home.queues.receive("payments")

    assert taken == []
    assert home.standing(DLQ) == []


def test_a_dead_letter_is_kept_for_its_queues_own_time_since_it_was_sent(home: LocalHome) -> None:
    """As on SQS, the age of a message goes with it: dead-letter retention is the longer one for that reason."""
    home.queues.send("payments", [message()])
    home.clock.advance(timedelta(days=3))
    bury(home)

    home.clock.advance(PAYMENTS.dead_letter_retention - timedelta(days=3) - MOMENT)
    before = (home.retention.expire_messages(limit=10), len(home.standing(DLQ)))
    home.clock.advance(MOMENT)

    assert before == (0, 1)
    assert home.standing(DLQ) == []
    assert home.retention.expire_messages(limit=10) == 1


def test_each_queue_keeps_messages_for_its_own_time(home: LocalHome) -> None:
    """A short retention on one queue takes nothing from another."""
    for queue in ("payments", "refunds"):
        home.queues.send(queue, [message()])
    home.clock.advance(PAYMENTS.retention)

    removed = home.retention.expire_messages(limit=10)

    assert removed == 1
    assert home.standing("refunds") == [message().event_id]


def test_messages_go_in_steps_of_the_limit_across_queues(home: LocalHome) -> None:
    """A sweep in small steps never delays writers, and finishes in the end."""
    for queue in ("payments", DLQ, "refunds"):
        home.queues.send(queue, [message("a"), message("b")])
    home.clock.advance(timedelta(days=365))

    steps = [home.retention.expire_messages(limit=3) for _ in range(4)]

    assert steps == [3, 3, 0, 0]


def test_a_delivered_event_is_removed_when_its_time_is_over(home: LocalHome) -> None:
    """Exactly then, and whether it was routed or found no route."""
    home.keep(routed(event("a")), routed(event("b"), UNROUTED))
    home.queues.delete(UNROUTED, [home.take(UNROUTED).receipt])
    home.clock.advance(EVENT_RETENTION - MOMENT)
    before = home.retention.expire_events(limit=10)

    home.clock.advance(MOMENT)

    assert before == 0
    assert home.retention.expire_events(limit=10) == 2
    assert home.retention.expire_events(limit=10) == 0
    assert home.events.find(EventFilter(), limit=10) == []


def test_what_is_not_delivered_is_never_removed(home: LocalHome) -> None:
    """No event is lost: one that waits or failed is kept until somebody handles it."""
    home.keep(waiting(event("a")), waiting(event("b")), routed(event("c")))
    home.outbox.fail(event("b").id, reason="broken")
    home.events.reopen(event("c").id)
    home.clock.advance(EVENT_RETENTION * 100)

    removed = home.retention.expire_events(limit=10)

    assert removed == 0
    assert home.events.count() == dict.fromkeys(Status, 0) | {Status.RECEIVED: 2, Status.FAILED: 1}


def test_an_event_stays_while_its_message_is_on_any_queue(home: LocalHome) -> None:
    """A consumer may still ask for the event behind a message, or hold a message that is rendered from it."""
    home.keep(routed(event(), "payments"))
    bury(home)
    home.clock.advance(EVENT_RETENTION)

    before = home.retention.expire_events(limit=10)
    messages = home.retention.expire_messages(limit=10)
    after = home.retention.expire_events(limit=10)

    assert (before, messages, after) == (0, 1, 1)


def test_a_message_of_its_own_text_keeps_no_event(home: LocalHome) -> None:
    """A message that was sent as text needs no event: a redriven message is complete on its own."""
    home.keep(routed(event()))
    home.queues.send("payments", [message()])
    home.clock.advance(EVENT_RETENTION)

    removed = home.retention.expire_events(limit=10)

    assert message().event_id == event().id
    assert removed == 1


def test_events_go_in_steps_of_the_limit_longest_expired_first(home: LocalHome) -> None:
    """A backlog of expired events is worked off from its old end, in small steps."""
    home.keep(waiting(event("a")), routed(event("b")), routed(event("c")))
    home.clock.advance(timedelta(days=1))
    home.outbox.deliver([routed(event("a"))])
    home.clock.advance(EVENT_RETENTION)

    steps = [home.retention.expire_events(limit=2) for _ in range(3)]

    assert steps == [2, 1, 0]


def test_a_removed_events_id_is_free_again(home: LocalHome) -> None:
    """The second bodies under it are gone too."""
    home.keep(routed(event()), routed(event(body=b"other")))
    home.clock.advance(EVENT_RETENTION)
    home.retention.expire_events(limit=10)

    outcomes = home.events.add([event(body=b"third")])

    assert outcomes == [Outcome.NEW]
    assert (home.stored(event().id).conflicts, home.stored(event().id).set_aside) == (0, ())


def test_an_expired_event_that_is_still_on_a_queue_is_a_duplicate(home: LocalHome) -> None:
    """Its message may still be consumed: another one in addition would be a payment twice."""
    home.events.add([event()])
    home.outbox.deliver([routed(event(), "payments")])
    home.clock.advance(EVENT_RETENTION)

    outcomes = home.events.add([event(), event(body=b"other")])

    assert outcomes == [Outcome.DUPLICATE, Outcome.CONFLICT]
    assert home.events.get(event().id) is None


def test_messages_are_kept_for_their_full_time_when_the_clock_is_set_back(home: LocalHome) -> None:
    """Retention measures time that has passed, not what the clock shows."""
    home.queues.send("payments", [message()])
    home.clock.step_back(timedelta(days=1))
    home.clock.advance(PAYMENTS.retention - MOMENT)
    before = (home.standing(), home.retention.expire_messages(limit=10))

    home.clock.advance(MOMENT)

    assert before == ([message().event_id], 0)
    assert home.standing() == []
    assert home.retention.expire_messages(limit=10) == 1


def test_events_are_known_for_their_full_time_when_the_clock_is_set_back(home: LocalHome) -> None:
    """A duplicate is recognised for as long as was promised."""
    home.keep(routed(event()))
    home.clock.step_back(timedelta(days=1))
    home.clock.advance(EVENT_RETENTION - MOMENT)
    before = home.events.add([event()])

    home.clock.advance(MOMENT)

    assert before == [Outcome.DUPLICATE]
    assert home.retention.expire_events(limit=10) == 1
