"""What can be done with a queue that has left the configuration: empty it, move it, or wait until it expires."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, EVENT_RETENTION, PAYMENTS, QUEUES, event, message, routed
from contract.homes import LOCAL_OPENERS
from hookline.domain.queue import Queue
from hookline.errors import NotFoundError
from hookline.ports.queues import Movable, ReceiptResult

if TYPE_CHECKING:
    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""On AWS a queue is deployed or it is not; SQS itself moves messages only from dead-letter queues."""

NOW = timedelta()
OTHERS = tuple(queue for queue in QUEUES if queue != PAYMENTS)


def test_a_queue_that_left_can_be_emptied_by_its_consumers(home: LocalHome) -> None:
    """Its consumers run for a while longer than its configuration does."""
    home.queues.send("payments", [message("a"), message("b")])
    home.declare(OTHERS)

    first = home.take()
    extended = home.queues.extend("payments", [first.receipt], visibility_timeout=timedelta(minutes=5))
    deleted = home.queues.delete("payments", [first.receipt])

    assert (extended, deleted) == ([ReceiptResult.DONE], [ReceiptResult.DONE])
    assert home.standing() == [message("b").event_id]
    assert home.queues.depth("payments").visible == 1


def test_a_queue_that_left_still_has_its_dead_letter_queue(home: LocalHome) -> None:
    """What its consumers cannot handle goes where it always went."""
    home.queues.send("payments", [message()])
    home.declare(OTHERS)
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", visibility_timeout=NOW)

    assert home.standing(DLQ) == [message().event_id]


def test_nothing_new_goes_to_a_queue_that_left(home: LocalHome) -> None:
    """A message there would be stranded."""
    home.declare(OTHERS)

    with pytest.raises(NotFoundError):
        home.queues.send("payments", [message()])
    with pytest.raises(NotFoundError):
        home.routed.stage([routed(event(), "payments")])
    assert home.queues.depth("payments").visible == 0


def test_messages_of_a_queue_that_left_expire_by_its_stored_retention_and_then_their_events(home: LocalHome) -> None:
    """Otherwise they and their events would stay until the disk is full."""
    home.keep(routed(event(), "payments"))
    home.declare(OTHERS)
    home.clock.advance(PAYMENTS.retention - timedelta(microseconds=1))
    early = home.retention.expire_messages(limit=10)
    home.clock.advance(EVENT_RETENTION)

    assert early == 0
    assert (home.retention.expire_messages(limit=10), home.retention.expire_events(limit=10)) == (1, 1)


def test_a_queue_that_comes_back_has_its_messages(home: LocalHome) -> None:
    """Somebody removed the line from the file by mistake; nothing is lost by it."""
    home.queues.send("payments", [message()])
    home.declare(OTHERS)
    home.declare(QUEUES)

    home.queues.send("payments", [message("later")])

    assert home.standing() == [message().event_id, message("later").event_id]


def test_a_queue_that_left_is_as_it_was_after_a_restart(home: LocalHome) -> None:
    """A restart must not end the possibility to empty it."""
    home.queues.send("payments", [message()])
    home.declare(OTHERS)

    again = home.restart()

    assert again.standing() == [message().event_id]


def test_messages_move_to_another_queue_with_their_age(home: LocalHome) -> None:
    """A moved message keeps its id and its age, and is counted as never received, as a dead letter is."""
    home.queues.send("payments", [message("a"), message("b")])
    home.take(hide=NOW)
    sent = home.queues.peek("payments")
    home.declare(OTHERS)
    home.clock.advance(timedelta(days=1))

    plan = home.queues.movable("payments", "refunds")
    moved = home.queues.move("payments", "refunds", limit=10)

    there = home.queues.peek("refunds")
    assert (plan, moved) == (Movable(ready=2, in_flight=0, too_old=0), 2)
    assert [(one.message_id, one.sent_at) for one in there] == [(one.message_id, one.sent_at) for one in sent]
    assert {one.receives for one in there} == {0}
    assert home.standing() == []


def test_what_is_in_flight_or_too_old_for_the_target_stays(home: LocalHome) -> None:
    """A message must neither be taken out of a consumer's hands nor be moved only to be removed."""
    home.declare([*QUEUES, Queue(name="short", retention=timedelta(days=1))])
    home.queues.send("payments", [message("held")])
    home.take(hide=timedelta(days=2))
    home.queues.send("payments", [message("old")])
    home.clock.advance(timedelta(days=1))
    home.queues.send("payments", [message("ready")])

    plan = home.queues.movable("payments", "short")
    moved = home.queues.move("payments", "short", limit=10)

    assert (plan, moved) == (Movable(ready=1, in_flight=1, too_old=1), 1)
    assert home.standing("short") == [message("ready").event_id]
    assert home.standing() == [message("held").event_id, message("old").event_id]


def test_what_was_given_back_moves_too_unless_it_is_too_old(home: LocalHome) -> None:
    """A message that a consumer could not handle is moved like one that nobody has received."""
    home.declare([*QUEUES, Queue(name="short", retention=timedelta(days=1))])
    home.queues.send("payments", [message("old")])
    home.take(hide=NOW)
    home.clock.advance(timedelta(days=1))
    home.queues.send("payments", [message("ready")])
    home.queues.receive("payments", max_messages=10, visibility_timeout=NOW)

    plan = home.queues.movable("payments", "short")
    moved = home.queues.move("payments", "short", limit=10)

    assert (plan, moved) == (Movable(ready=1, in_flight=0, too_old=1), 1)
    assert home.standing("short") == [message("ready").event_id]


def test_messages_move_in_steps_and_those_first_that_were_never_received(home: LocalHome) -> None:
    """A long queue is moved while a server runs, in transactions that delay nobody."""
    home.queues.send("payments", [message("a"), message("b"), message("c")])
    home.take(hide=NOW)

    first = home.queues.move("payments", "refunds", limit=2)
    there = home.standing("refunds")
    rest = [home.queues.move("payments", "refunds", limit=2) for _ in range(2)]

    assert (first, rest) == (2, [1, 0])
    assert there == [message("b").event_id, message("c").event_id]


def test_nothing_can_be_moved_to_a_queue_that_left_or_never_was(home: LocalHome) -> None:
    """A move only empties a queue that left; it never fills one."""
    home.queues.send("refunds", [message()])
    home.declare(OTHERS)

    for target in ("payments", "never"):
        with pytest.raises(NotFoundError):
            home.queues.movable("refunds", target)
        with pytest.raises(NotFoundError):
            home.queues.move("refunds", target, limit=1)
    assert home.standing("refunds") == [message().event_id]
