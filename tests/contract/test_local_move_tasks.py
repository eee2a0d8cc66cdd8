"""Moving dead letters back where hookline does it itself: in steps, across a restart, and to queues that may have left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, PAYMENTS, QUEUES, event, message, routed, waiting
from contract.homes import LOCAL_OPENERS
from hookline.errors import NotFoundError
from hookline.ports.move_tasks import MoveStatus

if TYPE_CHECKING:
    from contract.homes import LocalHome
    from hookline.ports.move_tasks import MoveTask

HOMES = LOCAL_OPENERS
"""On AWS the service moves messages itself: rules that are the same everywhere are in test_move_tasks.py."""

SECOND = timedelta(seconds=1)
NOW = timedelta()


def bury(home: LocalHome, *names: str) -> list[str]:
    """Make dead letters; their ids."""
    ids = [sent.message_id for sent in home.queues.send("payments", [message(name) for name in names])]
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", max_messages=100, visibility_timeout=NOW)
    return ids


def start(home: LocalHome, *, to: str | None = None, rate: int | None = None) -> MoveTask:
    """A task of the dead-letter queue, which must begin."""
    task = home.moves.start(DLQ, to=to, rate=rate)
    assert task is not None
    return task


def newest(home: LocalHome) -> MoveTask:
    """The last task of the dead-letter queue."""
    (task,) = home.moves.newest(DLQ, limit=1)
    return task


def test_each_step_says_how_many_it_moved(home: LocalHome) -> None:
    """A worker that keeps to a rate uses it; no consumer has seen the messages yet."""
    bury(home, "a", "b", "c")
    task = start(home)

    steps = [home.moves.advance(task, limit=2) for _ in range(3)]

    assert steps == [2, 1, 0]
    assert home.moves.running() == []
    assert {(one.receives, one.first_received_at) for one in home.queues.peek("payments")} == {(0, None)}


def test_a_moved_message_still_says_which_replay_it_comes_from(home: LocalHome) -> None:
    """Consumers distinguish a replayed event from a new one by it."""
    home.keep(waiting(event()))
    home.outbox.deliver([replace(routed(event(), "payments"), replay_id="r1")])
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", visibility_timeout=NOW)

    home.moves.advance(start(home), limit=10)

    assert home.take().attributes["replay_id"] == "r1"


def test_what_a_consumer_holds_or_what_dies_again_stays(home: LocalHome) -> None:
    """A task that also moved what dies meanwhile would never end."""
    bury(home, "a", "b")
    home.take(DLQ, hide=timedelta(minutes=5))
    task = start(home)
    home.moves.advance(task, limit=1)
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", max_messages=10, visibility_timeout=NOW)

    while home.moves.advance(task, limit=1):
        pass

    assert newest(home).moved == 1
    assert newest(home).status is MoveStatus.COMPLETED
    assert sorted(home.standing(DLQ)) == [message("a").event_id, message("b").event_id]


def test_a_task_counts_all_that_is_there_and_leaves_what_comes_after_its_start(home: LocalHome) -> None:
    """Its progress would pass a hundred percent; and a message that somebody sent meanwhile was not meant."""
    bury(home, "a", "b")
    home.take(DLQ, hide=SECOND)
    task = start(home)
    home.queues.send(DLQ, [message("late")])
    home.clock.advance(SECOND)
    home.queues.receive(DLQ, max_messages=10, visibility_timeout=NOW)

    while home.moves.advance(task, limit=1):
        pass

    assert (newest(home).to_move, newest(home).moved) == (2, 2)
    assert home.standing(DLQ) == [message("late").event_id]


def test_a_task_continues_after_a_restart(home: LocalHome) -> None:
    """It was begun once; no client begins it again."""
    bury(home, "a", "b")
    task = start(home, rate=7)
    home.moves.advance(task, limit=1)

    again = home.restart()
    (found,) = again.moves.running()
    again.moves.advance(found, limit=10)

    assert (found.moved, found.rate) == (1, 7)
    assert len(again.standing()) == 2
    assert again.standing(DLQ) == []


def test_a_task_whose_target_has_left_fails_and_keeps_the_rest(home: LocalHome) -> None:
    """Messages must not go where nobody declared a queue."""
    bury(home, "a", "b")
    task = start(home, to="refunds")
    home.moves.advance(task, limit=1)
    home.declare([queue for queue in QUEUES if queue.name != "refunds"])

    moved = home.moves.advance(task, limit=10)

    assert moved == 0
    assert (newest(home).status, newest(home).failure) == (
        MoveStatus.FAILED,
        "AWS.SimpleQueueService.NonExistentQueue",
    )
    assert len(home.standing(DLQ)) == 1


def test_only_a_declared_queue_gets_its_dead_letters_back(home: LocalHome) -> None:
    """A queue that has left takes no messages."""
    home.declare([queue for queue in QUEUES if queue != PAYMENTS])

    with pytest.raises(NotFoundError):
        home.moves.start(DLQ)


def test_waiting_consumers_are_called_when_messages_come_back(home: LocalHome) -> None:
    """A consumer's long poll need not end first."""
    bury(home, "a")
    task = start(home)
    calls: list[str] = []

    with home.queues.watching("payments", lambda: calls.append("come")):
        home.moves.advance(task, limit=10)

    assert calls
