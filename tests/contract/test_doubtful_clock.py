"""Every local backend keeps everything while its clock is in doubt."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import EVENT_RETENTION, PAYMENTS, QUARANTINE, START, event, message, rejected, routed
from contract.homes import LOCAL_OPENERS
from hookline.domain.event import Outcome
from hookline.ports.queues import ReceiptResult

if TYPE_CHECKING:
    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""On AWS the table and the queues use the services' own clocks."""

WRONG = timedelta(days=400)


def doubted(home: LocalHome) -> None:
    """The clock is 400 days ahead, and held where it was."""
    home.clock.advance(WRONG)
    home.clock.hold(START)


def test_an_undelivered_message_is_still_there_and_can_be_consumed(home: LocalHome) -> None:
    """A wrong clock must neither remove a payment nor hide it from its consumers."""
    home.keep(routed(event(), "payments"))
    doubted(home)

    removed = home.retention.expire_messages(limit=10)
    delivery = home.take()
    extended = home.queues.extend("payments", [delivery.receipt], visibility_timeout=timedelta(minutes=1))
    deleted = home.queues.delete("payments", [delivery.receipt])

    assert (removed, extended, deleted) == (0, [ReceiptResult.DONE], [ReceiptResult.DONE])


def test_a_delivered_event_is_still_known(home: LocalHome) -> None:
    """Its sender's repeat is a duplicate, not a second payment."""
    home.keep(routed(event()))
    doubted(home)

    removed = home.retention.expire_events(limit=10)
    outcomes = home.events.add([event(), event(body=b"other")])

    assert removed == 0
    assert outcomes == [Outcome.DUPLICATE, Outcome.CONFLICT]
    assert home.events.get(event().id) is not None
    assert home.events.reopen(event().id)


def test_an_event_that_is_replayed_waits_from_then_on(home: LocalHome) -> None:
    """Counted from the held time it would have waited for over a week already, and be given up at its first fault."""
    home.keep(routed(event()))
    doubted(home)

    home.events.reopen(event().id)

    assert home.stored(event().id).attempt.since == home.clock.steady()


def test_a_rejected_request_is_still_kept(home: LocalHome) -> None:
    """It shows a fault that may be hookline's own."""
    home.quarantine.keep([rejected()])
    doubted(home)

    (number,) = home.quarantine.ids()

    assert home.quarantine.sweep(limit=10) == 0
    assert home.quarantine.get(number) is not None


def test_time_passes_while_the_clock_is_held(home: LocalHome) -> None:
    """A server that runs for weeks in doubt must still remove expired events at some time."""
    home.queues.send("payments", [message()])
    doubted(home)

    home.clock.advance(PAYMENTS.retention)

    assert home.retention.expire_messages(limit=10) == 1


def test_once_the_clock_is_believed_everything_expires_by_it(home: LocalHome) -> None:
    """An operator said that the server was off for so long."""
    home.keep(routed(event()))
    home.queues.send("payments", [message("other")])
    home.quarantine.keep([rejected()])
    doubted(home)

    home.clock.hold(None)

    assert home.standing() == []
    assert home.retention.expire_messages(limit=10) == 1
    assert home.retention.expire_events(limit=10) == 1
    assert home.quarantine.sweep(limit=10) == 1
    assert EVENT_RETENTION + QUARANTINE.retention < WRONG
