"""Moving dead letters back, wherever it is done: all of them, each once, one task of a queue at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, PAYMENTS, START, event, message, routed
from hookline.domain.message import Message, TypedValue
from hookline.errors import NotFoundError
from hookline.ports.move_tasks import MoveStatus

if TYPE_CHECKING:
    from contract.homes import Home
    from hookline.ports.move_tasks import MoveTask

SECOND = timedelta(seconds=1)
NOW = timedelta()


def bury(home: Home, *names: str) -> list[str]:
    """Make dead letters; their ids."""
    sent = home.queues.send("payments", [message(name) for name in names])
    die(home)
    return [one.message_id for one in sent]


def die(home: Home) -> None:
    """Let everything on the queue become a dead letter."""
    for _ in range(PAYMENTS.max_receives + 1):
        home.queues.receive("payments", max_messages=10, visibility_timeout=NOW)


def start(home: Home, *, to: str | None = None, rate: int | None = None) -> MoveTask:
    """A task of the dead-letter queue, which must begin."""
    task = home.moves.start(DLQ, to=to, rate=rate)
    assert task is not None
    return task


def newest(home: Home) -> MoveTask:
    """The last task of the dead-letter queue."""
    (task,) = home.moves.newest(DLQ, limit=1)
    return task


def test_dead_letters_are_new_messages_on_the_queue_that_they_come_from(home: Home) -> None:
    """Their time on the queue begins again, and so do their receives."""
    ids = bury(home, "a", "b", "c")
    home.clock.advance(SECOND)
    now = home.recorded(START + SECOND)

    task = start(home, rate=7)
    home.work(task, limit=2)
    half = newest(home)
    home.work(task, limit=2)

    moved = home.queues.receive("payments", max_messages=10)
    assert (task.status, task.to_move, task.moved, task.rate) == (MoveStatus.RUNNING, 3, 0, 7)
    assert (half.id, half.status, half.moved, half.rate, half.started_at) == (task.id, MoveStatus.RUNNING, 2, 7, now)
    assert (newest(home).status, newest(home).moved, newest(home).to_move) == (MoveStatus.COMPLETED, 3, 3)
    assert [one.event_id for one in moved] == [message(name).event_id for name in ("a", "b", "c")]
    assert not set(ids) & {one.message_id for one in moved}
    assert {(one.receives, one.sent_at, one.dead_letter) for one in moved} == {(1, now, None)}
    assert home.standing(DLQ) == []


def test_a_moved_message_has_everything_that_its_sender_gave(home: Home) -> None:
    """The second consumer needs what the first consumer had."""
    sent = Message(
        event_id="",
        body="own text",
        attributes={"n": TypedValue(data_type="Number", value="1")},
        system={"AWSTraceHeader": "Root=1"},
    )
    home.keep(routed(event(), "payments"))
    home.queues.send("payments", [sent])
    found = home.queues.receive("payments", max_messages=2, visibility_timeout=NOW)
    before = [(one.body, one.attributes, one.system) for one in found]
    die(home)

    home.work(start(home), limit=10)

    after = [(one.body, one.attributes, one.system) for one in home.queues.receive("payments", max_messages=10)]
    assert len(before) == 2
    assert after == before


def test_dead_letters_go_to_another_queue_that_is_named(home: Home) -> None:
    """A separate consumer may look at them."""
    bury(home, "a")

    home.work(start(home, to="refunds"), limit=10)

    assert home.standing("refunds") == [message("a").event_id]
    assert newest(home).to == "refunds"


def test_one_task_of_a_queue_runs_at_a_time(home: Home) -> None:
    """Two would count each other's messages."""
    bury(home, "a")
    first = start(home)

    second = home.moves.start(DLQ)
    home.work(first, limit=10)
    third = start(home)

    assert second is None
    tasks = home.moves.newest(DLQ, limit=10)
    assert [task.status for task in tasks] == [MoveStatus.RUNNING, MoveStatus.COMPLETED]
    assert tasks[0].id == third.id


def test_a_cancelled_task_moves_nothing_more(home: Home) -> None:
    """An operator who sees the consumers fail again stops it; what has moved stays moved."""
    bury(home, "a", "b", "c")
    task = start(home)
    home.work(task, limit=1)

    cancelled = home.moves.cancel(DLQ, task.id)
    home.work(task, limit=10)

    assert cancelled is not None
    assert (cancelled.status, cancelled.moved) == (MoveStatus.RUNNING, 1)
    assert (newest(home).status, newest(home).moved) == (MoveStatus.CANCELLED, 1)
    assert (len(home.standing()), len(home.standing(DLQ))) == (1, 2)


@pytest.mark.parametrize("task_id", ["", "0", "99", "x", "9" * 30, "\u0661"])
def test_an_unknown_task_cannot_be_cancelled(home: Home, task_id: str) -> None:
    """A client sends the task's id, so it may be anything."""
    bury(home, "a")
    home.work(start(home), limit=10)

    assert home.moves.cancel(DLQ, task_id) is None


def test_a_task_of_another_queue_cannot_be_cancelled(home: Home) -> None:
    """A handle names the queue too: a right on one queue gives no right on another."""
    task = start(home)

    assert home.moves.cancel("refunds-dlq", task.id) is None
    assert newest(home).status is MoveStatus.RUNNING


def test_only_dead_letter_queues_have_tasks(home: Home) -> None:
    """Only queues that exist are targets."""
    for queue in ("payments", "nowhere", "nowhere-dlq"):
        with pytest.raises(NotFoundError):
            home.moves.start(queue)
        with pytest.raises(NotFoundError):
            home.moves.newest(queue, limit=1)
        with pytest.raises(NotFoundError):
            home.moves.cancel(queue, "1")
    with pytest.raises(NotFoundError):
        home.moves.start(DLQ, to="nowhere")
