"""Move tasks: dead letters go back in the background, by a client's call and across a crash."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from acceptance.sender import Sender, sign, transaction
from acceptance.server import Server, read_rows, until
from acceptance.sqs import calling, running

if TYPE_CHECKING:
    from pathlib import Path

    from acceptance.sqs import System

ARN = "arn:aws:sqs:us-east-1:000000000000:"
DLQ = f"{ARN}payments-dlq"


def bury(system: System, number: int) -> None:
    """``number`` dead letters of the queue payments."""
    for index in range(number):
        system.send(body=str(index))
    while system.queues.depth("payments").visible:
        system.take(MaxNumberOfMessages=10, VisibilityTimeout=0)


def task(system: System) -> dict[str, Any]:
    """The last task."""
    found: list[dict[str, Any]] = system.client.list_message_move_tasks(SourceArn=DLQ)["Results"]
    return found[0]


def ended(system: System) -> dict[str, Any]:
    """The last task, once it does not run any more."""
    until(lambda: task(system)["Status"] != "RUNNING")
    return task(system)


@pytest.mark.parametrize("query", [False, True])
def test_dead_letters_go_back_to_where_they_died(query: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """One call; a consumer finds them as new messages, with a receive count that begins again."""
    with running("sqlite", query=query) as system:
        bury(system, 12)

        handle = system.client.start_message_move_task(SourceArn=DLQ)["TaskHandle"]
        found = ended(system)
        messages = system.take(MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
        depth = system.queues.depth("payments")

    assert handle
    started = found.pop("StartedTimestamp")
    assert started == 1767323045678
    assert found == {
        "SourceArn": DLQ,
        "Status": "COMPLETED",
        "ApproximateNumberOfMessagesMoved": 12,
        "ApproximateNumberOfMessagesToMove": 12,
    }
    assert (depth.visible, depth.in_flight) == (2, 10)
    assert {one["Attributes"]["ApproximateReceiveCount"] for one in messages} == {"1"}
    assert "DeadLetterQueueSourceArn" not in messages[0]["Attributes"]


def test_a_waiting_consumer_gets_what_comes_back(system: System) -> None:
    """The messages go to a named queue, by either of its names, and at the requested rate."""
    bury(system, 4)
    began = time.monotonic()

    system.client.start_message_move_task(
        SourceArn=f"{ARN}payments-dlq-prod", DestinationArn=f"{ARN}refunds-queue-prod", MaxNumberOfMessagesPerSecond=4
    )
    (message,) = system.take("refunds", WaitTimeSeconds=10)
    found = ended(system)

    assert message["Body"] == "0"
    assert (found["DestinationArn"], found["MaxNumberOfMessagesPerSecond"]) == (f"{ARN}refunds", 4)
    assert found["ApproximateNumberOfMessagesMoved"] == 4
    assert time.monotonic() - began > 0.7


def test_a_task_is_cancelled_while_it_runs(system: System) -> None:
    """Moved messages stay moved, and the rest stays where it is."""
    bury(system, 5)
    handle = system.client.start_message_move_task(SourceArn=DLQ, MaxNumberOfMessagesPerSecond=1)["TaskHandle"]
    until(lambda: task(system)["ApproximateNumberOfMessagesMoved"] == 1)

    running_task = task(system)
    cancelled = system.client.cancel_message_move_task(TaskHandle=handle)
    with pytest.raises(system.client.exceptions.UnsupportedOperation):
        system.client.cancel_message_move_task(TaskHandle=handle)

    assert (running_task["Status"], running_task["TaskHandle"]) == ("RUNNING", handle)
    assert cancelled["ApproximateNumberOfMessagesMoved"] in {1, 2}
    assert task(system)["Status"] == "CANCELLED"
    assert "TaskHandle" not in task(system)
    depths = [system.queues.depth(name).visible for name in ("payments", "payments-dlq")]
    assert sum(depths) == 5
    assert depths[1] >= 2


def test_only_one_task_of_a_queue_runs(system: System) -> None:
    """The error has SQS's own words, which were recorded."""
    bury(system, 3)
    system.client.start_message_move_task(SourceArn=DLQ, MaxNumberOfMessagesPerSecond=1)

    with pytest.raises(ClientError) as caught:
        system.client.start_message_move_task(SourceArn=DLQ)

    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert caught.value.response["Error"]["Message"] == (
        "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
    )


def handle_of(**content: object) -> str:
    """A handle as hookline writes it."""
    return base64.b64encode(json.dumps(content).encode()).decode()


START = "start_message_move_task"
CANCEL = "cancel_message_move_task"
GONE = "The resource that you specified for the {} parameter doesn't exist."
REFUSED: dict[str, tuple[str, dict[str, object], str, str]] = {
    "a queue of its own": (
        START,
        {"SourceArn": f"{ARN}payments"},
        "InvalidParameterValue",
        "Source queue must be configured as a Dead Letter Queue.",
    ),
    "an unknown source": (START, {"SourceArn": f"{ARN}x"}, "ResourceNotFoundException", GONE.format("SourceArn")),
    "no ARN": (START, {"SourceArn": "payments-dlq"}, "ResourceNotFoundException", GONE.format("SourceArn")),
    "an unknown target": (
        START,
        {"SourceArn": DLQ, "DestinationArn": f"{ARN}x"},
        "ResourceNotFoundException",
        GONE.format("DestinationArn"),
    ),
    "no base64": (
        CANCEL,
        {"TaskHandle": "foobar!"},
        "InvalidParameterValue",
        "Value for parameter TaskHandle is invalid.",
    ),
    "no object": (
        CANCEL,
        {"TaskHandle": "MQ=="},
        "InvalidParameterValue",
        "Value for parameter TaskHandle is invalid.",
    ),
    "no text": (
        CANCEL,
        {"TaskHandle": handle_of(taskId=1, sourceArn=DLQ)},
        "InvalidParameterValue",
        "Value for parameter TaskHandle is invalid.",
    ),
    "a task of an unknown queue": (
        CANCEL,
        {"TaskHandle": handle_of(taskId="1", sourceArn=f"{ARN}x")},
        "ResourceNotFoundException",
        GONE.format("SourceArn"),
    ),
    "an unknown task": (
        CANCEL,
        {"TaskHandle": handle_of(taskId="9", sourceArn=DLQ)},
        "ResourceNotFoundException",
        "Task does not exist.",
    ),
    "a task of a queue that has none": (
        CANCEL,
        {"TaskHandle": handle_of(taskId="1", sourceArn=f"{ARN}payments")},
        "ResourceNotFoundException",
        "Task does not exist.",
    ),
    "an unknown queue's tasks": (
        "list_message_move_tasks",
        {"SourceArn": f"{ARN}x"},
        "ResourceNotFoundException",
        GONE.format("SourceArn"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_moved_is_refused_in_the_words_of_sqs(system: System, case: str) -> None:
    """Recorded against AWS: localstack's tests/aws/services/sqs/test_sqs_move_task.snapshot.json."""
    method, parameters, code, message = REFUSED[case]

    with pytest.raises(ClientError) as caught:
        getattr(system.client, method)(**parameters)

    response = caught.value.response
    assert (response["Error"]["Code"], response["Error"]["Message"]) == (code, message)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == (404 if code == "ResourceNotFoundException" else 400)


def test_a_queue_without_tasks_has_none(system: System) -> None:
    """Also one that is not a dead-letter queue."""
    lists = [system.client.list_message_move_tasks(SourceArn=ARN + name) for name in ("payments-dlq", "payments")]

    assert [answer["Results"] for answer in lists] == [[], []]


def test_a_move_is_audited(system: System) -> None:
    """The entry has the queue, the target of its messages, and their number."""
    bury(system, 2)

    system.client.start_message_move_task(SourceArn=DLQ, DestinationArn=f"{ARN}refunds")

    (entry,) = system.audit.newest(limit=1)
    assert (entry.action, entry.subject, entry.affected, entry.details) == (
        "move",
        "payments-dlq",
        2,
        {"to": "refunds"},
    )


def test_a_server_that_is_killed_while_it_moves_continues_at_its_next_start(tmp_path: Path) -> None:
    """No message is lost, and none is moved twice."""
    server = Server(tmp_path)
    with server:
        with Sender(server.port) as sender:
            for number in range(40):
                body = transaction(f"evt_{number}")
                assert sender.post(body, headers=sign(body, delivery=f"msg_{number}")).status == 202
        with calling(server.admin_port) as client:
            url = client.get_queue_url(QueueName="payments")["QueueUrl"]
            while client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages"):
                pass
            client.start_message_move_task(SourceArn=DLQ, MaxNumberOfMessagesPerSecond=20)
            until(lambda: read_rows(server.data_dir, "SELECT moved FROM move_tasks")[0][0] >= 4)
        server.kill()
        left = read_rows(server.data_dir, "SELECT status, moved FROM move_tasks")

        server.start()
        until(lambda: read_rows(server.data_dir, "SELECT status FROM move_tasks") == [("completed",)])

    standing = """
        SELECT queues.name, events.id FROM messages
        JOIN queues ON queues.id = messages.queue JOIN events ON events.seq = messages.event
    """
    rows = read_rows(server.data_dir, standing)
    assert left[0][0] == "running"
    assert left[0][1] < 40
    assert sorted(rows) == sorted(("payments", f"transactions:evt_{number}") for number in range(40))
    assert read_rows(server.data_dir, "SELECT moved, to_move FROM move_tasks") == [(40, 40)]
