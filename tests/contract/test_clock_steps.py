"""When somebody sets the clock back, nothing changes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import DLQ, PAYMENTS, START, event, message, routed, waiting
from hookline.domain.event import Status
from hookline.ports.queues import ReceiptResult

if TYPE_CHECKING:
    from contract.homes import Home

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MOMENT = timedelta(microseconds=1)


def test_the_steady_time_does_not_step_back(home: Home) -> None:
    """The premise of all that follows: only the time of day can be set."""
    home.clock.advance(DAY)

    home.clock.step_back(DAY * 2)

    assert home.clock.now() == START - DAY
    assert home.clock.steady() == START + DAY


def test_messages_stay_visible(home: Home) -> None:
    """A message that was sent "in the future" is not hidden until the clock catches up."""
    home.queues.send("payments", [message("before")])
    home.clock.step_back(DAY)
    home.queues.send("payments", [message("after")])

    taken = home.queues.receive("payments", max_messages=10)

    assert [delivery.event_id for delivery in taken] == [message("before").event_id, message("after").event_id]
    assert home.queues.depth("payments") == home.depth(in_flight=2, oldest_age=0.0)


def test_a_lease_ends_when_it_should(home: Home) -> None:
    """An early end would be a payment twice, and a late one would be a day late."""
    home.queues.send("payments", [message()])
    delivery = home.take()
    home.clock.step_back(DAY)
    home.clock.advance(PAYMENTS.visibility_timeout - MOMENT)
    before = home.queues.receive("payments")
    extended = home.queues.extend("payments", [delivery.receipt], visibility_timeout=SECOND)

    home.clock.advance(SECOND)

    assert before == []
    assert extended == [ReceiptResult.DONE]
    assert home.take().receives == 2


def test_a_receipt_from_before_is_still_good(home: Home) -> None:
    """A consumer that works through the step can finish its work."""
    home.queues.send("payments", [message()])
    delivery = home.take()
    home.clock.step_back(DAY)

    answers = home.queues.delete("payments", [delivery.receipt])

    assert answers == [ReceiptResult.DONE]


def test_dead_letters_stay_where_they_were(home: Home) -> None:
    """The dead-letter queue shows what it has, whatever the time of day."""
    home.queues.send("payments", [message()])
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", visibility_timeout=timedelta())
    home.clock.step_back(DAY)

    dead = home.take(DLQ)

    assert dead.event_id == message().event_id


def test_an_event_that_came_after_the_step_is_taken_up(home: Home) -> None:
    """Its time of receipt is in the past by then: recovery sees it, and delivers it with a time that is true."""
    home.clock.step_back(DAY)
    home.keep(waiting(event(received_at=home.clock.now())))

    pending = home.outbox.pending(received_before=home.clock.steady(), due_at=home.clock.steady(), limit=10)
    home.outbox.deliver([routed(one.event, "payments") for one in pending])

    assert home.take().sent_at == home.recorded(START)
    assert home.stored(event().id).expires_at == home.expiry(START)


def test_a_replay_after_the_step_waits_from_the_steady_time_on(home: Home) -> None:
    """A replayed event must not look as if it had waited for a day."""
    home.keep(routed(event()))
    home.clock.step_back(DAY)

    home.events.reopen(event().id)

    assert home.outbox.oldest() == START
    assert home.stored(event().id).event.status is Status.RECEIVED
