"""FIFO queues over the SQS API: what SDKs and tools for SQS FIFO queues see of hookline's."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from acceptance.server import until
from acceptance.sqs import QUEUES, running
from hookline.domain.fifo import Fifo
from hookline.domain.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from acceptance.sqs import System

ORDERS = Queue(
    name="orders", max_receives=2, visibility_timeout=timedelta(minutes=5), fifo=Fifo(group="data.customer_id")
)
HIDDEN: dict[str, Any] = {"VisibilityTimeout": 300}
NOW: dict[str, Any] = {"VisibilityTimeout": 0}


@pytest.fixture(params=["memory", "sqlite"])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """A server with a FIFO queue, over each backend."""
    with running(request.param, declared=(*QUEUES, ORDERS)) as system:
        yield system


def send(system: System, name: str, group: str = "g", **more: object) -> dict[str, Any]:
    """A message that is known by its name."""
    fields = {"MessageGroupId": group, "MessageDeduplicationId": name, **more}
    answer: dict[str, Any] = system.client.send_message(QueueUrl=system.url("orders"), MessageBody=name, **fields)
    return answer


def bodies(system: System, most: int = 10, queue: str = "orders", **more: Any) -> list[str]:
    """What one receive brings."""
    return [message["Body"] for message in system.take(queue, MaxNumberOfMessages=most, **more)]


def refused(caught: pytest.ExceptionInfo[ClientError]) -> str:
    """The code of an error."""
    code: str = caught.value.response["Error"]["Code"]
    return code


@pytest.mark.parametrize(
    ("name", "queue"),
    [
        ("orders", "orders.fifo"),
        ("orders.fifo", "orders.fifo"),
        ("orders-queue-prod.fifo", "orders.fifo"),
        ("orders-dlq", "orders-dlq.fifo"),
        ("orders-dlq.fifo", "orders-dlq.fifo"),
        ("orders-dlq-prod.fifo", "orders-dlq.fifo"),
    ],
)
def test_a_fifo_queue_is_found_under_each_of_its_names(system: System, name: str, queue: str) -> None:
    """Its URL ends in .fifo, by which clients know it; its name on AWS is one setting for both homes."""
    assert system.url(name).endswith(f"/{queue}")


@pytest.mark.parametrize("name", ["payments.fifo", "payments-queue-prod.fifo", "orders-queue-prod", "orders.fifo.fifo"])
def test_a_name_of_the_other_kind_is_no_queue(system: System, name: str) -> None:
    """On AWS there would be no such queue either."""
    with pytest.raises(ClientError) as caught:
        system.url(name)

    assert refused(caught) == "AWS.SimpleQueueService.NonExistentQueue"


def test_lists_and_attributes_show_a_fifo_queue_as_sqs_does(system: System) -> None:
    """They have high throughput mode, as deployed queues; the dead-letter queue is FIFO too."""
    urls = system.client.list_queues(QueueNamePrefix="orders")["QueueUrls"]
    attributes = system.client.get_queue_attributes(QueueUrl=system.url("orders"), AttributeNames=["All"])["Attributes"]
    plain = system.client.get_queue_attributes(QueueUrl=system.url(), AttributeNames=["All"])["Attributes"]

    assert [url.rpartition("/")[2] for url in urls] == ["orders-dlq.fifo", "orders.fifo"]
    assert {name: attributes[name] for name in attributes if "Fifo" in name or "Dedup" in name} == {
        "FifoQueue": "true",
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
    }
    assert attributes["QueueArn"].endswith(":orders.fifo")
    assert json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].endswith(":orders-dlq.fifo")
    assert "FifoQueue" not in plain


def test_a_client_that_creates_its_queue_first_finds_it(system: System) -> None:
    """It sends the attributes that every FIFO queue is created with."""
    url = system.client.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]

    assert url == system.url("orders")


def test_a_message_has_its_place_in_its_system_attributes(system: System) -> None:
    """Batch processors sort by them."""
    first, second = send(system, "one"), send(system, "two")

    messages = system.take("orders", MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])

    assert [message["Attributes"]["MessageGroupId"] for message in messages] == ["g", "g"]
    assert [message["Attributes"]["MessageDeduplicationId"] for message in messages] == ["one", "two"]
    numbers = [message["Attributes"]["SequenceNumber"] for message in messages]
    assert numbers == [first["SequenceNumber"], second["SequenceNumber"]]
    assert numbers == sorted(numbers)
    assert all(len(number) == 20 and number.isdigit() for number in numbers)


def test_order_is_kept_within_a_group_and_only_there(system: System) -> None:
    """A message in flight, or given back to be tried later, holds up its own group."""
    for name, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        send(system, name, group)

    assert bodies(system, 1, **HIDDEN) == ["a1"]
    assert bodies(system, **HIDDEN) == ["b1"]
    assert bodies(system) == []
    system.clock.advance(timedelta(minutes=5))
    assert bodies(system, **HIDDEN) == ["a1", "a2", "b1"]


def test_a_batch_is_sent_in_its_order(system: System) -> None:
    """And each entry has its sequence number."""
    entries = [
        {"Id": f"e{n}", "MessageBody": f"m{n}", "MessageGroupId": "g", "MessageDeduplicationId": f"m{n}"}
        for n in range(10)
    ]

    answer = system.client.send_message_batch(QueueUrl=system.url("orders"), Entries=entries)

    assert len({one["SequenceNumber"] for one in answer["Successful"]}) == 10
    assert bodies(system) == [f"m{n}" for n in range(10)]


def test_what_is_sent_twice_is_one_message(system: System) -> None:
    """The second call gets the answer of the first."""
    first, second = send(system, "one"), send(system, "one")

    assert (second["MessageId"], second["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert bodies(system) == ["one"]


@pytest.mark.parametrize(
    ("queue", "fields", "code"),
    [
        ("orders", {"MessageDeduplicationId": "d"}, "MissingParameter"),
        ("orders", {"MessageGroupId": "g"}, "InvalidParameterValue"),
        ("orders", {"MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 5}, "InvalidParameterValue"),
        ("orders", {"MessageGroupId": "two words", "MessageDeduplicationId": "d"}, "InvalidParameterValue"),
        ("orders", {"MessageGroupId": "g", "MessageDeduplicationId": "x" * 129}, "InvalidParameterValue"),
        ("payments", {"MessageGroupId": "g", "MessageDeduplicationId": "d"}, "InvalidParameterValue"),
    ],
)
def test_what_a_queue_of_the_kind_does_not_take_is_refused(
    system: System, queue: str, fields: dict[str, object], code: str
) -> None:
    """With the codes of SQS, as a single call and in a batch."""
    url = system.url(queue)
    with pytest.raises(ClientError) as caught:
        system.client.send_message(QueueUrl=url, MessageBody="x", **fields)
    entry = {"Id": "e", "MessageBody": "x", **fields}
    (failed,) = system.client.send_message_batch(QueueUrl=url, Entries=[entry])["Failed"]

    assert refused(caught) == failed["Code"] == code
    assert bodies(system) == []


def test_a_message_whose_time_is_over_is_not_deleted_and_its_consumer_learns_it(system: System) -> None:
    """As on SQS: the messages behind it may have been received already."""
    send(system, "one")
    (message,) = system.take("orders")
    system.clock.advance(timedelta(minutes=5))
    handle = message["ReceiptHandle"]

    with pytest.raises(ClientError) as caught:
        system.client.delete_message(QueueUrl=system.url("orders"), ReceiptHandle=handle)
    (failed,) = system.client.delete_message_batch(
        QueueUrl=system.url("orders"), Entries=[{"Id": "e", "ReceiptHandle": handle}]
    )["Failed"]

    assert refused(caught) == failed["Code"] == "InvalidParameterValue"
    assert "expired" in str(caught.value)
    assert bodies(system) == ["one"]


def test_dead_letters_go_back_in_their_order(system: System) -> None:
    """By a move task of the SQS API, which is not taken for a duplicate."""
    for name in ("a1", "a2", "a3"):
        send(system, name, "a")
    for _ in range(ORDERS.max_receives + 1):
        bodies(system, **NOW)
    assert bodies(system, queue="orders-dlq", **NOW) == ["a1", "a2", "a3"]
    arn = system.client.get_queue_attributes(QueueUrl=system.url("orders-dlq"), AttributeNames=["QueueArn"])

    system.client.start_message_move_task(SourceArn=arn["Attributes"]["QueueArn"])

    until(lambda: system.queues.depth("orders").visible == 3)
    assert bodies(system) == ["a1", "a2", "a3"]


def test_dead_letters_of_a_fifo_queue_go_to_no_standard_queue(system: System) -> None:
    """As on SQS, where the two kinds do not mix."""
    arns = [
        system.client.get_queue_attributes(QueueUrl=system.url(name), AttributeNames=["QueueArn"])["Attributes"]
        for name in ("orders-dlq", "payments")
    ]

    with pytest.raises(ClientError) as caught:
        system.client.start_message_move_task(SourceArn=arns[0]["QueueArn"], DestinationArn=arns[1]["QueueArn"])

    assert refused(caught) == "InvalidParameterValue"


def test_a_client_that_tries_a_receive_again_may_say_so(system: System) -> None:
    """SDKs send an id of the attempt on FIFO queues."""
    send(system, "one")

    assert bodies(system, ReceiveRequestAttemptId="attempt-1") == ["one"]


def test_a_waiting_consumer_gets_the_next_message_as_soon_as_the_one_before_it_is_deleted(system: System) -> None:
    """Not half a second later."""
    for name in ("a1", "a2"):
        send(system, name, "a")
    (first,) = system.take("orders")

    def delete() -> None:
        system.client.delete_message(QueueUrl=system.url("orders"), ReceiptHandle=first["ReceiptHandle"])

    timer = threading.Timer(1.1, delete)
    timer.start()
    begun = time.monotonic()
    assert bodies(system, WaitTimeSeconds=20) == ["a2"]
    timer.join()
    assert time.monotonic() - begun < 15
