"""What queues do beyond SQS's promises, where they are our own: an order, a look, and a dead letter's own count."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, PAYMENTS, START, message
from contract.homes import LOCAL_OPENERS
from hookline.errors import NotFoundError
from hookline.ports.queues import Depth

if TYPE_CHECKING:
    from contract.homes import LocalHome

HOMES = LOCAL_OPENERS
"""SQS promises no order and shows nothing without a receive."""

SECOND = timedelta(seconds=1)


def send(home: LocalHome, *names: str) -> list[str]:
    """Put messages on a queue."""
    return home.queues.send("payments", [message(name) for name in names])


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
    """A typo is told, never taken as an empty queue."""
    with pytest.raises(NotFoundError):
        home.queues.peek("payments-dlq-dlq")


def test_a_dead_letter_counts_its_receives_anew(home: LocalHome) -> None:
    """Who looks at it sees how often it was looked at there; that it failed often enough before is why it is there."""
    send(home, "a")
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", visibility_timeout=timedelta())

    (dead,) = home.queues.peek(DLQ)

    assert (dead.receives, dead.first_received_at) == (0, None)
    assert [home.take(DLQ, hide=timedelta()).receives for _ in range(2)] == [1, 2]
