"""How operators' calls on queues translate SQS's refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from contract.builders import DLQ, message
from hookline.errors import NotFoundError, OperatorError, UnavailableError
from hookline.ports.move_tasks import MoveStatus

if TYPE_CHECKING:
    from contract.homes import AwsHome


def test_a_second_purge_within_a_minute_has_a_code_of_its_own(home: AwsHome) -> None:
    """An operator must not believe after a refused call that the queue was emptied."""
    home.queues.send("payments", [message("a")])
    home.emulator.fail("sqs", "PurgeQueue", code="AWS.SimpleQueueService.PurgeQueueInProgress")

    with pytest.raises(OperatorError) as caught:
        home.queues.purge("payments")

    assert caught.value.code == "purge_in_progress"
    assert home.standing() == [message("a").event_id]


def test_a_task_for_a_queue_that_is_gone_is_not_found(home: AwsHome) -> None:
    """Somebody deleted the queue without hookline: the answer names what is missing."""
    home.emulator.fail("sqs", "StartMessageMoveTask", code="ResourceNotFoundException", status=404)

    with pytest.raises(NotFoundError):
        home.moves.start(DLQ)


def test_another_refusal_is_not_taken_for_a_task_that_runs(home: AwsHome) -> None:
    """SQS has one error for both: only a task that is listed as running is one."""
    home.emulator.fail("sqs", "StartMessageMoveTask", code="InvalidParameterValue")

    with pytest.raises(UnavailableError) as caught:
        home.moves.start(DLQ)

    assert caught.value.code == "internal_fault"


def test_a_task_that_ends_while_it_is_cancelled_is_reported_as_ended(home: AwsHome) -> None:
    """Its handle was good a moment ago."""
    task = home.moves.start(DLQ)
    assert task is not None
    home.emulator.fail("sqs", "CancelMessageMoveTask", code="AWS.SimpleQueueService.UnsupportedOperation")

    cancelled = home.moves.cancel(DLQ, task.id)

    assert cancelled is not None
    assert cancelled.status is MoveStatus.COMPLETED


def test_a_throttled_call_may_pass(home: AwsHome) -> None:
    """An operator's program tries again."""
    home.emulator.fail("sqs", "ListMessageMoveTasks", code="RequestThrottled")

    with pytest.raises(UnavailableError) as caught:
        home.moves.newest(DLQ, limit=1)

    assert caught.value.code == "storage_unavailable"
