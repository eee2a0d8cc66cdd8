"""What queues do beyond SQS's promises, where they are our own: an order, a look, why a message died, and a call when messages come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, PAYMENTS, QUEUES, START, event, message, routed
from contract.homes import LOCAL_OPENERS
from hookline.domain.message import DeadLetter
from hookline.errors import NotFoundError
from hookline.ports.queues import Depth, QueueDates, ReceiptResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""SQS promises no order and shows nothing without a receive."""

SECOND = timedelta(seconds=1)


def send(home: LocalHome, *names: str) -> list[str]:
    """Put messages on a queue."""
    return [sent.message_id for sent in home.queues.send("payments", [message(name) for name in names])]


def test_what_was_given_back_comes_before_what_is_new(home: LocalHome) -> None:
    """A steady stream of new messages must not starve a failed one; the longest visible is first."""
    send(home, "a", "b", "c")
    home.take(hide=SECOND * 2)
    home.take(hide=SECOND)
    home.clock.advance(SECOND * 2)
    send(home, "d")

    taken = home.queues.receive("payments", max_messages=10)
    order = [delivery.event_id.partition(":")[2] for delivery in taken]

    assert order == ["b", "a", "c", "d"]


def test_the_queues_that_hold_an_event_are_known(home: LocalHome) -> None:
    """A consumer of one of them may have the event's body: not before it is there, nor when it is handled or has expired."""
    home.keep(routed(event(), "payments", "refunds"))
    home.queues.send("unrouted", [message("evt_1")])  # a message of somebody's own, with the same id in its body
    both = home.queues.holding(event().id)
    taken = home.take()
    in_flight = home.queues.holding(event().id)
    home.queues.delete("payments", [taken.receipt])
    deleted = home.queues.holding(event().id)
    home.clock.advance(timedelta(days=15))

    assert both == in_flight == {"payments", "refunds"}
    assert deleted == {"refunds"}
    assert home.queues.holding(event().id) == frozenset()
    assert home.queues.holding("transactions:never") == frozenset()


def test_a_dead_letter_is_held_by_its_dead_letter_queue(home: LocalHome) -> None:
    """The key for dead letters reaches that queue only."""
    home.keep(routed(event(), "payments"))
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", visibility_timeout=timedelta())

    assert home.queues.holding(event().id) == {DLQ}


def test_peek_looks_without_touching(home: LocalHome) -> None:
    """A person may look at a queue in production: nothing is hidden, counted or moved by it, and nothing can be deleted with it."""
    ids = send(home, "a", "b", "c")
    home.take()

    first = home.queues.peek("payments", limit=2)
    second = home.queues.peek("payments", limit=2)

    assert first == second
    assert [delivery.message_id for delivery in first] == ids[:2]
    assert [(delivery.receipt, delivery.receives) for delivery in first] == [("", 1), ("", 0)]
    assert [delivery.first_received_at for delivery in first] == [START, None]
    assert home.queues.depth("payments") == Depth(visible=2, in_flight=1, oldest_age=0.0)


def test_only_a_declared_queue_can_be_looked_at(home: LocalHome) -> None:
    """A typo is reported, never taken as an empty queue."""
    with pytest.raises(NotFoundError):
        home.queues.peek("payments-dlq-dlq")


def test_a_dead_letter_says_why_it_died(home: LocalHome) -> None:
    """How often, when first and when last it was received, when it moved, and what its consumer reported."""
    send(home, "a")
    home.clock.advance(SECOND)
    home.take(hide=timedelta())
    home.clock.advance(SECOND)
    last = home.take(hide=SECOND)
    home.queues.failed("payments", last.receipt, reason="HTTP 500")
    home.clock.advance(SECOND)
    home.queues.receive("payments")
    home.clock.advance(SECOND)
    home.take(DLQ, hide=timedelta())

    (dead,) = home.queues.peek(DLQ)

    assert dead.dead_letter == DeadLetter(
        queue="payments",
        receives=PAYMENTS.max_receives,
        last_received_at=START + SECOND * 2,
        moved_at=START + SECOND * 3,
    )
    assert (dead.first_received_at, dead.last_received_at) == (START + SECOND, START + SECOND * 4)
    assert (dead.receives, dead.last_failure) == (PAYMENTS.max_receives + 1, "HTTP 500")


def test_a_moved_message_is_no_dead_letter_any_more(home: LocalHome) -> None:
    """It starts again: counts and reasons of its last life would mislead."""
    send(home, "a")
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", visibility_timeout=timedelta())
    home.queues.move(DLQ, "payments", limit=10)

    (moved,) = home.queues.peek("payments")

    assert (moved.receives, moved.first_received_at, moved.last_received_at) == (0, None, None)
    assert (moved.dead_letter, moved.last_failure) == (None, None)


def test_a_queue_says_since_when_it_is_there(home: LocalHome) -> None:
    """Tools show it; nothing else says how old a queue is."""
    dates = home.queues.dates("payments")

    assert dates.created_at <= dates.modified_at
    assert home.restart().queues.dates("payments") == dates


def test_a_queue_keeps_its_dates_until_a_setting_changes(home: LocalHome) -> None:
    """A reload of the same file is no change; a queue is as old as its first declaration."""
    home.clock.advance(SECOND)
    home.declare(QUEUES)
    same = home.queues.dates("payments")
    home.declare([*QUEUES[1:], replace(PAYMENTS, max_receives=9)])

    changed, dead = home.queues.dates("payments"), home.queues.dates(DLQ)

    assert same == QueueDates(created_at=START, modified_at=START)
    assert changed == QueueDates(created_at=START, modified_at=START + SECOND)
    assert dead == QueueDates(created_at=START, modified_at=START)


ARRIVALS: dict[str, Callable[[LocalHome], object]] = {
    "send": lambda home: send(home, "b"),
    "event": lambda home: home.keep(routed(event(), "payments")),
    "move": lambda home: home.queues.move("refunds", "payments", limit=1),
    "give back": lambda home: home.queues.extend("payments", [home.take().receipt], visibility_timeout=timedelta()),
}


@pytest.mark.parametrize("kind", ARRIVALS)
def test_watchers_of_a_queue_are_called_when_messages_come(home: LocalHome, kind: str) -> None:
    """A consumer that waits need not look again and again."""
    send(home, "a")
    home.queues.send("refunds", [message("c")])
    calls: list[str] = []

    with home.queues.watching("payments", lambda: calls.append(kind)):
        ARRIVALS[kind](home)
        during = len(calls)
    ARRIVALS["send"](home)

    assert during >= 1
    assert len(calls) == during


def test_watchers_of_a_dead_letter_queue_hear_of_a_dead_letter(home: LocalHome) -> None:
    """It comes from another queue's receive."""
    send(home, "a")
    calls: list[str] = []

    with home.queues.watching(DLQ, lambda: calls.append("dead")):
        for _ in range(PAYMENTS.max_receives + 1):
            home.queues.receive("payments", visibility_timeout=timedelta())

    assert calls


def test_what_is_done_together_counts_once_all_of_it_is_done(home: LocalHome) -> None:
    """A receive, a delete and a change of visibility in one transaction; waiting consumers are called when it is over, not before."""
    send(home, "a", "b")
    first, second = home.queues.receive("payments", max_messages=2, visibility_timeout=SECOND)
    calls: list[str] = []

    with home.queues.watching("payments", lambda: calls.append("come")):
        with home.queues.together():
            deleted = home.queues.delete("payments", [first.receipt])
            extended = home.queues.extend("payments", [second.receipt], visibility_timeout=timedelta())
        (again,) = home.queues.receive("payments", max_messages=2)

    assert [*deleted, *extended] == [ReceiptResult.DONE, ReceiptResult.DONE]
    assert again.message_id == second.message_id
    assert calls


def test_what_is_unknown_spoils_nothing_that_is_done_together(home: LocalHome) -> None:
    """A wrong queue in one consumer's call must not prevent the delete of another one."""
    send(home, "a")
    taken = home.take()

    with home.queues.together():
        with pytest.raises(NotFoundError):
            home.queues.receive("elsewhere")
        home.queues.delete("payments", [taken.receipt])

    assert home.queues.depth("payments") == Depth(visible=0, in_flight=0, oldest_age=None)


def test_nobody_knows_the_age_of_a_queue_that_never_was(home: LocalHome) -> None:
    """A typo is reported, never taken as a queue of today."""
    with pytest.raises(NotFoundError):
        home.queues.dates("nowhere")
