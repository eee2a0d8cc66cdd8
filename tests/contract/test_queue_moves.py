"""Moving messages to another queue, in every home: nothing is lost, and what another consumer holds stays with it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, PAYMENTS, QUEUES, message
from hookline.domain.fifo import Fifo, FifoPosition
from hookline.domain.message import Message, TypedValue
from hookline.domain.queue import Queue
from hookline.errors import HooklineError
from hookline.ports.queues import Movable

if TYPE_CHECKING:
    from contract.homes import Home

SECOND = timedelta(seconds=1)
IMMEDIATELY = timedelta()
ORDERS, OTHERS = (Queue(name=name, fifo=Fifo(group="data.customer")) for name in ("orders", "others"))
DECLARED = (*QUEUES, ORDERS, OTHERS)


def ids(*names: str) -> list[str]:
    """The event ids of messages with these names."""
    return [message(name).event_id for name in names]


def test_messages_are_on_the_other_queue_as_if_never_received(home: Home) -> None:
    """The consumer there has all the receives of its queue."""
    home.queues.send("payments", [message("a"), message("b")])
    home.take(hide=IMMEDIATELY)
    home.clock.advance(SECOND)

    plan = home.queue_moves.movable("payments", "refunds")
    moved = home.queue_moves.move("payments", "refunds", limit=10)

    assert (plan, moved) == (Movable(ready=2, in_flight=0, too_old=0), 2)
    assert home.standing() == []
    assert sorted(home.standing("refunds")) == ids("a", "b")
    assert [one.receives for one in home.queues.receive("refunds", max_messages=10)] == [1, 1]


def test_what_a_consumer_holds_stays_with_it(home: Home) -> None:
    """It is being worked on: a second consumer would do the same again."""
    home.queues.send("payments", [message("held")])
    held = home.take(hide=timedelta(hours=1))
    home.queues.send("payments", [message("free")])
    home.clock.advance(SECOND)

    plan = home.queue_moves.movable("payments", "refunds")
    moved = home.queue_moves.move("payments", "refunds", limit=10)

    assert (plan.ready, plan.in_flight, moved) == (1, 1, 1)
    assert home.standing("refunds") == ids("free")
    assert home.standing() == ids("held")
    home.queues.delete("payments", [held.receipt])
    assert home.standing() == []


def test_a_step_moves_no_more_than_it_may_and_the_rest_can_be_received_immediately(home: Home) -> None:
    """A long queue is moved in steps, and nobody else waits for messages that were only looked at."""
    home.queues.send("payments", [message(name) for name in "abc"])
    home.clock.advance(SECOND)

    first = home.queue_moves.move("payments", "refunds", limit=2)
    left = home.queues.depth("payments").visible
    rest = [home.queue_moves.move("payments", "refunds", limit=2) for _ in range(2)]

    assert (first, left, rest) == (2, 1, [1, 0])
    assert sorted(home.standing("refunds")) == ids("a", "b", "c")


def test_a_dead_letter_may_go_to_any_queue_with_all_that_its_sender_gave(home: Home) -> None:
    """A wrong route is corrected where the messages died."""
    sent = Message(
        event_id="",
        body="own text",
        attributes={"n": TypedValue(data_type="Number", value="1")},
        system={"AWSTraceHeader": "Root=1"},
    )
    home.queues.send("payments", [sent])
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", visibility_timeout=IMMEDIATELY)
    home.clock.advance(SECOND)

    assert home.queue_moves.move(DLQ, "refunds", limit=10) == 1

    again = home.take("refunds")
    assert (again.body, again.attributes, again.system) == (sent.body, sent.attributes, sent.system)
    assert (again.receives, again.dead_letter) == (1, None)
    assert home.queues.depth(DLQ).visible == 0


def test_a_group_goes_in_its_order(home: Home) -> None:
    """What FIFO promises holds across the move."""
    sent = [
        Message(event_id=f"e:{n}", body=str(n), fifo=FifoPosition(group="g", deduplication_id=str(n)))
        for n in range(12)
    ]
    home.queues.send("orders", sent)
    home.clock.advance(SECOND)

    while home.queue_moves.move("orders", "others", limit=5):
        pass

    found = home.queues.receive("others", max_messages=10)
    home.queues.delete("others", [one.receipt for one in found])
    found += home.queues.receive("others", max_messages=10)
    assert [one.body for one in found] == [str(n) for n in range(12)]


@pytest.mark.parametrize(("queue", "to"), [("payments", "never"), ("never", "payments")])
def test_nothing_moves_where_one_of_the_two_is_not_there(home: Home, queue: str, to: str) -> None:
    """A mistake in a name must not remove messages from their queue."""
    home.queues.send("payments", [message("a")])
    home.clock.advance(SECOND)

    for act in (home.queue_moves.movable, lambda *names: home.queue_moves.move(*names, limit=1)):
        with pytest.raises(HooklineError):
            act(queue, to)

    assert home.standing() == ids("a")
