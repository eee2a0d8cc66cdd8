"""Moving dead letters back: all of them, each once, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, PAYMENTS, QUEUES, START, event, message, routed, waiting
from contract.homes import LOCAL_OPENERS
from hookline.domain.message import Message, TypedValue
from hookline.errors import NotFoundError
from hookline.ports.move_tasks import MoveStatus

if TYPE_CHECKING:
    from contract.homes import LocalHome
    from hookline.ports.move_tasks import MoveTask

HOMES = LOCAL_OPENERS
"""On AWS the service moves messages itself."""

SECOND = timedelta(seconds=1)
NOW = timedelta()


def bury(home: LocalHome, *names: str) -> list[str]:
    """Make dead letters; their ids."""
    ids = home.queues.send("payments", [message(name) for name in names])
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


def test_dead_letters_go_back_to_the_queue_that_they_come_from(home: LocalHome) -> None:
    """In steps, each counted; they are new messages there, as on SQS, so that their time on the queue begins again."""
    ids = bury(home, "a", "b", "c")
    home.clock.advance(SECOND)

    task = start(home)
    steps = [home.moves.advance(task, limit=2) for _ in range(3)]

    moved = home.queues.peek("payments")
    assert (task.status, task.to_move, task.moved, task.started_at) == (MoveStatus.RUNNING, 3, 0, START + SECOND)
    assert steps == [2, 1, 0]
    assert (newest(home).status, newest(home).moved) == (MoveStatus.COMPLETED, 3)
    assert [one.event_id for one in moved] == [message(name).event_id for name in ("a", "b", "c")]
    assert not set(ids) & {one.message_id for one in moved}
    assert {(one.receives, one.sent_at, one.first_received_at, one.dead_letter) for one in moved} == {
        (0, START + SECOND, None, None)
    }
    assert home.standing(DLQ) == []


def test_a_moved_message_has_everything_that_its_sender_gave(home: LocalHome) -> None:
    """The second consumer needs what the first consumer had."""
    sent = Message(
        event_id="",
        body="own text",
        attributes={"n": TypedValue(data_type="Number", value="1")},
        system={"AWSTraceHeader": "Root=1"},
    )
    home.keep(routed(event(), "payments"))
    home.queues.send("payments", [sent])
    before = [(one.body, one.attributes, one.system) for one in home.queues.peek("payments")]
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", max_messages=10, visibility_timeout=NOW)

    home.moves.advance(start(home), limit=10)

    assert [(one.body, one.attributes, one.system) for one in home.queues.peek("payments")] == before


def test_a_moved_message_still_says_which_replay_it_comes_from(home: LocalHome) -> None:
    """Consumers tell a replayed event from a new one by it."""
    home.keep(waiting(event()))
    home.outbox.deliver([replace(routed(event(), "payments"), replay_id="r1")])
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", visibility_timeout=NOW)

    home.moves.advance(start(home), limit=10)

    assert home.take().attributes["replay_id"] == "r1"


def test_dead_letters_go_to_another_queue_that_is_named(home: LocalHome) -> None:
    """A consumer of its own may look at them."""
    bury(home, "a")

    home.moves.advance(start(home, to="refunds"), limit=10)

    assert home.standing("refunds") == [message("a").event_id]
    assert newest(home).to == "refunds"


def test_one_task_of_a_queue_runs_at_a_time(home: LocalHome) -> None:
    """Two would count each other's messages."""
    bury(home, "a")
    first = start(home)

    second = home.moves.start(DLQ)
    home.moves.advance(first, limit=10)
    third = home.moves.start(DLQ)

    assert second is None
    assert third is not None
    assert [task.id for task in home.moves.newest(DLQ, limit=10)] == [third.id, first.id]


def test_a_cancelled_task_moves_nothing_more(home: LocalHome) -> None:
    """An operator who sees the consumers fail again stops it; what has moved stays moved."""
    bury(home, "a", "b", "c")
    task = start(home)
    home.moves.advance(task, limit=1)

    cancelled = home.moves.cancel(DLQ, task.id)
    after = home.moves.advance(task, limit=10)
    again = home.moves.cancel(DLQ, task.id)

    assert cancelled is not None
    assert (cancelled.status, cancelled.moved, after) == (MoveStatus.RUNNING, 1, 0)
    assert again is not None
    assert again.status is MoveStatus.CANCELLED
    assert (len(home.standing()), len(home.standing(DLQ))) == (1, 2)
    assert home.moves.running() == []


@pytest.mark.parametrize("task_id", ["", "0", "99", "x", "9" * 30, "\u0661"])
def test_an_unknown_task_cannot_be_cancelled(home: LocalHome, task_id: str) -> None:
    """A task's id is outside input."""
    assert home.moves.cancel(DLQ, task_id) is None


def test_a_task_of_another_queue_cannot_be_cancelled(home: LocalHome) -> None:
    """A handle names the queue too: a right on one queue is none on another."""
    task = start(home)

    assert home.moves.cancel("refunds-dlq", task.id) is None
    assert newest(home).status is MoveStatus.RUNNING


def test_what_a_consumer_holds_or_what_dies_again_stays(home: LocalHome) -> None:
    """A task that took up what dies meanwhile would never end."""
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


def test_a_task_goes_on_after_a_restart(home: LocalHome) -> None:
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


def test_only_dead_letter_queues_have_tasks(home: LocalHome) -> None:
    """And only queues that take messages are targets."""
    for queue in ("payments", "nowhere", "nowhere-dlq"):
        with pytest.raises(NotFoundError):
            home.moves.start(queue)
        with pytest.raises(NotFoundError):
            home.moves.newest(queue, limit=1)
    with pytest.raises(NotFoundError):
        home.moves.start(DLQ, to="nowhere")
    home.declare([queue for queue in QUEUES if queue != PAYMENTS])
    with pytest.raises(NotFoundError):
        home.moves.start(DLQ)


def test_whoever_waits_is_called_when_messages_come_back(home: LocalHome) -> None:
    """A consumer's long poll need not end first."""
    bury(home, "a")
    task = start(home)
    calls: list[str] = []

    with home.queues.watching("payments", lambda: calls.append("come")):
        home.moves.advance(task, limit=10)

    assert calls
