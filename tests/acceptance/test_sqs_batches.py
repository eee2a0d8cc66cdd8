"""Batches: what a batch consumer deletes is gone, and each entry has an answer of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from acceptance.sqs import post

if TYPE_CHECKING:
    from acceptance.sqs import System

INVALID_ID = (
    "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
    "It can be at most 80 letters long."
)
BATCHES: dict[str, dict[str, object]] = {
    "DeleteMessageBatch": {"ReceiptHandle": "r"},
    "ChangeMessageVisibilityBatch": {"ReceiptHandle": "r", "VisibilityTimeout": 1},
}


def taken(system: System, number: int, **parameters: object) -> list[dict[str, Any]]:
    """``number`` messages in flight, and what else their entries need."""
    for _ in range(number):
        system.send()
    messages = system.take(MaxNumberOfMessages=10)
    return [
        {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"], **parameters}
        for index, message in enumerate(messages)
    ]


def test_a_batch_of_ten_is_deleted_in_one_call(system: System) -> None:
    """A consumer that handles ten at a time must not find all of them in the dead-letter queue."""
    entries = taken(system, 10)

    answer = system.client.delete_message_batch(QueueUrl=system.url(), Entries=entries)

    assert answer["Successful"] == [{"Id": str(index)} for index in range(10)]
    assert answer["Failed"] == []
    system.clock.advance(timedelta(days=1))
    assert system.take() == []


def test_a_batch_deletes_what_it_can_and_reports_the_rest(system: System) -> None:
    """A handle of another queue fails, and no other entry fails with it; an old handle succeeds."""
    first, second = taken(system, 2)
    system.send("refunds")
    foreign = system.take("refunds")[0]["ReceiptHandle"]
    system.client.delete_message(QueueUrl=system.url(), ReceiptHandle=first["ReceiptHandle"])

    answer = system.client.delete_message_batch(
        QueueUrl=system.url(), Entries=[first, {"Id": "foreign", "ReceiptHandle": foreign}, second]
    )

    assert answer["Successful"] == [{"Id": "0"}, {"Id": "1"}]
    assert answer["Failed"] == [
        {
            "Id": "foreign",
            "SenderFault": True,
            "Code": "ReceiptHandleIsInvalid",
            "Message": f'The input receipt handle "{foreign}" is not a valid receipt handle.',
        }
    ]
    assert system.queues.depth("payments").in_flight == 0
    assert system.queues.depth("refunds").in_flight == 1


def test_a_batch_changes_visibility_in_the_order_of_its_entries(system: System) -> None:
    """A client that puts a heartbeat and then a release of the same message into one batch means the release."""
    (entry,) = taken(system, 1)
    timeouts = {"hold": 3600, "other": 60, "release": 0, "late": 3600}
    entries = [{**entry, "Id": id_, "VisibilityTimeout": timeout} for id_, timeout in timeouts.items()]

    answer = system.client.change_message_visibility_batch(QueueUrl=system.url(), Entries=entries)

    assert [one["Id"] for one in answer["Successful"]] == ["hold", "other", "release"]
    assert [one["Code"] for one in answer["Failed"]] == ["AWS.SimpleQueueService.MessageNotInflight"]
    assert system.queues.depth("payments").visible == 1


def test_a_batch_changes_each_message_to_its_own_timeout(system: System) -> None:
    """A heartbeat for one, and another given back immediately."""
    entries = taken(system, 3)
    for entry, timeout in zip(entries, (0, 3600, 0), strict=True):
        entry["VisibilityTimeout"] = timeout

    answer = system.client.change_message_visibility_batch(QueueUrl=system.url(), Entries=entries)

    assert {entry["Id"] for entry in answer["Successful"]} == {"0", "1", "2"}
    assert system.queues.depth("payments").visible == 2
    system.clock.advance(timedelta(minutes=59))
    assert system.queues.depth("payments").in_flight == 1


def test_a_batch_of_changes_reports_each_that_cannot_be_made(system: System) -> None:
    """With the codes that the single calls have."""
    gone, late, good, wrong = taken(system, 4, VisibilityTimeout=60)
    wrong["VisibilityTimeout"] = 43201
    system.client.delete_message(QueueUrl=system.url(), ReceiptHandle=gone["ReceiptHandle"])
    system.client.change_message_visibility(
        QueueUrl=system.url(), ReceiptHandle=late["ReceiptHandle"], VisibilityTimeout=0
    )
    made_up = {"Id": "none", "ReceiptHandle": "none", "VisibilityTimeout": 1}

    answer = system.client.change_message_visibility_batch(
        QueueUrl=system.url(), Entries=[gone, late, good, wrong, made_up]
    )

    assert answer["Successful"] == [{"Id": good["Id"]}]
    assert {entry["Id"]: entry["Code"] for entry in answer["Failed"]} == {
        gone["Id"]: "InvalidParameterValue",
        late["Id"]: "AWS.SimpleQueueService.MessageNotInflight",
        wrong["Id"]: "InvalidParameterValue",
        "none": "ReceiptHandleIsInvalid",
    }
    assert all(entry["SenderFault"] for entry in answer["Failed"])


@pytest.mark.parametrize("action", BATCHES)
@pytest.mark.parametrize(
    ("ids", "code", "message"),
    [
        ([], "EmptyBatchRequest", "There should be at least one {action}RequestEntry in the request."),
        (
            [str(number) for number in range(11)],
            "TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10. You have sent 11.",
        ),
        (["a", "b", "a"], "BatchEntryIdsNotDistinct", "Id a repeated."),
        *(
            (
                ["a", id_],
                "InvalidBatchEntryId",
                INVALID_ID,
            )
            for id_ in ("", "a:b", "é", "a\n", "x" * 81)
        ),
    ],
)
def test_a_batch_that_is_none_is_refused_as_sqs_does(
    system: System, action: str, ids: list[str], code: str, message: str
) -> None:
    """No part of it is done."""
    entries = [{"Id": id_, **BATCHES[action]} for id_ in ids]

    status, headers, answer = post(system.port, action, {"QueueUrl": "payments", "Entries": entries})

    assert (status, headers["x-amzn-query-error"]) == (400, f"AWS.SimpleQueueService.{code};Sender")
    assert answer == {"__type": f"com.amazonaws.sqs#{code}", "message": message.format(action=action)}


@pytest.mark.parametrize("action", BATCHES)
@pytest.mark.parametrize("entries", ["x", [1], [{"Id": 1}], [{"Id": "a", "ReceiptHandle": 1, "VisibilityTimeout": 1}]])
def test_a_batch_of_another_shape_is_refused(system: System, action: str, entries: object) -> None:
    """A client's mistake is an answer, never a fault."""
    status, _, answer = post(system.port, action, {"QueueUrl": "payments", "Entries": entries})

    assert status in {200, 400}
    assert "__type" in answer or [entry["Code"] for entry in answer["Failed"]] == ["MalformedInput"]


def test_a_batch_for_an_unknown_queue_fails_as_a_whole(system: System) -> None:
    """The queue is checked first."""
    with pytest.raises(ClientError, match="NonExistentQueue"):
        system.client.delete_message_batch(
            QueueUrl="http://127.0.0.1/0/nowhere", Entries=[{"Id": "a", "ReceiptHandle": "r"}]
        )
