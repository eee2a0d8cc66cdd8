"""An SQS consumer, with nothing but its endpoint URL changed, works against hookline."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import botocore.session  # type: ignore[import-untyped] # botocore carries no types
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount

from acceptance.sqs import (
    JSON_1_0,
    QUEUES,
    START,
    calling,
    headers_for,
    memory,
    post,
    request,
    running,
    send,
    serving,
)
from effort import examples
from hookline.adapters.memory.queues import MemoryQueues
from hookline.domain.message import Delivery
from hookline.errors import NotFoundError, UnavailableError
from hookline.sqs_api import sqs_app, wire_errors
from hookline.sqs_api.actions import ACTIONS
from hookline.sqs_api.messages import SYSTEM_ATTRIBUTES, attributes_md5, shown
from hookline.sqs_api.served_queues import QUEUE_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from acceptance.sqs import Client, System

OF_FIFO_QUEUES = {"ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit"}
NOWHERE = "http://127.0.0.1/000000000000/nowhere"

RECORDED = [
    (["All"], {"General": "Kenobi", "Hello": "There", "Help.Me": "Me"}, "4c360f3fdafd970e05fae2f149d997f5"),
    ([".*"], {"General": "Kenobi", "Hello": "There", "Help.Me": "Me"}, "4c360f3fdafd970e05fae2f149d997f5"),
    (["*"], {"General": "Kenobi", "Hello": "There", "Help.Me": "Me"}, "4c360f3fdafd970e05fae2f149d997f5"),
    (["Hello", "General"], {"General": "Kenobi", "Hello": "There"}, "fca026605781cb4126a1e9044df24232"),
    (["Foo", "Hello"], {"Hello": "There"}, "a311262e065454b75da111d535b8dacd"),
    (["Hel.*"], {"Hello": "There", "Help.Me": "Me"}, "83fee93c1bcd8b9a5a923ffacdc636c7"),
    (["Foo", "Help"], {}, None),
    (["AWS."], {}, None),
    ([], {}, None),
]
"""The answers of SQS itself: localstack's tests/aws/services/sqs/test_sqs.snapshot.json, recorded against AWS."""


class DownQueues(MemoryQueues):
    """Queues whose storage is away."""

    def depth(self, queue: str) -> NoReturn:
        raise UnavailableError("storage_unavailable", f"the storage of {queue} cannot be read now", retry_after=7)

    def delete(self, queue: str, receipts: object) -> NoReturn:
        raise RuntimeError(f"a secret detail of {queue} and {receipts}")

    def receive(self, queue: str, **_options: object) -> NoReturn:
        raise NotFoundError(f"there is no queue {queue}")


@pytest.fixture
def system() -> Iterator[System]:
    """A whole system, for one test."""
    with running() as system:
        yield system


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server for calls that leave nothing behind."""
    with running() as system:
        yield system.port


@pytest.fixture(scope="module")
def unchecked(port: int) -> Iterator[Client]:
    """A client that sends what it is given, as SDKs in other languages do."""
    with calling(port, parameter_validation=False) as client:
        yield client


def test_a_consumer_finds_takes_and_deletes_a_message(system: System) -> None:
    """These are all the steps of a consumer, as the README shows them; boto3 itself compares MD5OfBody."""
    system.send(body='{"amount":1.10,"name":"Zoë"}')

    (message,) = system.take()
    system.client.delete_message(QueueUrl=system.url(), ReceiptHandle=message["ReceiptHandle"])

    assert message["Body"] == '{"amount":1.10,"name":"Zoë"}'
    assert message.keys() == {"MessageId", "ReceiptHandle", "Body", "MD5OfBody"}
    system.clock.advance(timedelta(days=1))
    assert system.take() == []


@pytest.mark.parametrize("name", ["payments", "payments-dlq", "refunds"])
def test_a_queue_url_names_the_host_that_the_client_called(system: System, name: str) -> None:
    """Whether by name or by address, in a container or not: the client can follow what it is given."""
    status, _, answer = post(system.port, "GetQueueUrl", {"QueueName": name}, Host="queues.test:1234")

    assert system.url(name) == f"http://127.0.0.1:{system.port}/000000000000/{name}"
    assert (status, answer) == (200, {"QueueUrl": f"http://queues.test:1234/000000000000/{name}"})


@pytest.mark.parametrize(
    "url", ["payments", "https://sqs.eu-west-1.amazonaws.com/1/payments", "http://127.0.0.1:1/queue/payments/"]
)
def test_any_url_that_ends_in_the_name_is_taken(system: System, url: str) -> None:
    """A consumer may keep the URL that it has in its settings."""
    answer = system.client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])

    assert answer["Attributes"] == {"QueueArn": "arn:aws:sqs:us-east-1:000000000000:payments"}


def test_it_works_below_a_path() -> None:
    """The admin port has other pages too. The endpoint URL needs its final slash then."""
    _, state = memory()
    app = Starlette(routes=[Mount("/sqs", app=sqs_app(MemoryQueues(state), QUEUES))])

    with serving(app) as port, calling(port, "/sqs/") as client:
        url = client.get_queue_url(QueueName="refunds")["QueueUrl"]
        answer = client.receive_message(QueueUrl=url)

    assert url == f"http://127.0.0.1:{port}/sqs/000000000000/refunds"
    assert "Messages" not in answer


@pytest.mark.parametrize("parameter", ["AttributeNames", "MessageSystemAttributeNames"])
def test_system_attributes_are_those_of_sqs(system: System, parameter: str) -> None:
    """Consumers measure delay and count attempts with them, under the old parameter's name and the new."""
    system.send()
    system.clock.advance(timedelta(seconds=2))

    (message,) = system.take(**{parameter: ["All"]})

    assert message["Attributes"] == {
        "SenderId": "000000000000",
        "SentTimestamp": "1767323045678",
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": "1767323047678",
    }


def test_only_the_system_attributes_that_were_asked_for_come(system: System) -> None:
    """A name that SQS knows and that hookline has no value for is left out, as SQS leaves it out."""
    system.send()

    (message,) = system.take(MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"])

    assert message["Attributes"] == {"ApproximateReceiveCount": "1"}


@pytest.mark.parametrize(("wanted", "attributes", "digest"), RECORDED)
def test_message_attributes_and_their_digest_are_what_aws_answered(
    system: System, wanted: list[str], attributes: dict[str, str], digest: str | None
) -> None:
    """SDKs in other languages compare the digest, over what is returned rather than what was sent."""
    system.send(attributes={"General": "Kenobi", "Hello": "There", "Help.Me": "Me"})

    (message,) = system.take(MessageAttributeNames=wanted)

    shown = {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}
    assert shown == attributes
    assert {value["DataType"] for value in message.get("MessageAttributes", {}).values()} <= {"String"}
    assert message.get("MD5OfMessageAttributes") == digest


def test_a_time_of_first_receipt_that_is_unknown_is_left_out() -> None:
    """An unknown time is not invented."""
    delivery = Delivery(
        message_id="1",
        receipt="r",
        event_id="s:1",
        body="{}",
        attributes={},
        receives=1,
        sent_at=START,
        first_received_at=None,
    )

    message = shown(delivery, system={"ApproximateFirstReceiveTimestamp"}, wanted=[], sender="me", arn=str)

    assert "Attributes" not in message


def test_the_attributes_digest_counts_bytes() -> None:
    """Lengths are those of the UTF-8 text (the value is what moto's independent implementation says)."""
    assert attributes_md5({"name": "Zoë"}) == "cc68980856af033f6dc1d77107ee6a8d"


def test_up_to_ten_messages_come_together(system: System) -> None:
    """MaxNumberOfMessages is honoured, and one is the default."""
    for number in range(12):
        system.send(body=str(number))

    bodies = [[message["Body"] for message in system.take(**most)] for most in ({}, {"MaxNumberOfMessages": 10})]

    assert [len(some) for some in bodies] == [1, 10]
    assert len({*bodies[0], *bodies[1]}) == 11


def test_a_message_is_hidden_for_the_visibility_timeout(system: System) -> None:
    """The queue's own timeout by default, the call's own if it names one."""
    system.send()

    assert len(system.take()) == 1
    system.clock.advance(timedelta(seconds=299))
    assert system.take() == []
    system.clock.advance(timedelta(seconds=2))
    assert len(system.take(VisibilityTimeout=10)) == 1


def test_a_call_can_name_its_own_visibility_timeout(system: System) -> None:
    """A consumer that knows how long it works need not wait for the queue's five minutes."""
    system.send()

    assert len(system.take(VisibilityTimeout=10)) == 1
    system.clock.advance(timedelta(seconds=11))

    assert len(system.take()) == 1


def test_visibility_can_be_given_up(system: System) -> None:
    """A consumer that cannot work on a message gives it back immediately."""
    system.send()
    (message,) = system.take()

    system.client.change_message_visibility(
        QueueUrl=system.url(), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
    )

    assert len(system.take()) == 1


def test_visibility_can_be_prolonged(system: System) -> None:
    """A consumer that needs longer keeps its message."""
    system.send()
    (message,) = system.take()

    system.client.change_message_visibility(
        QueueUrl=system.url(), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=43200
    )

    system.clock.advance(timedelta(hours=11, minutes=59))
    assert system.take() == []


def test_what_fails_too_often_is_on_the_dead_letter_queue(system: System) -> None:
    """After max_receives attempts the message is out of the way, and can be read where the redrive policy says."""
    system.send(body="poison")
    for _ in range(2):
        assert len(system.take(VisibilityTimeout=0)) == 1

    assert system.take() == []
    (message,) = system.take("payments-dlq")

    assert message["Body"] == "poison"


def test_deleting_twice_or_with_an_old_handle_succeeds(system: System) -> None:
    """A consumer may repeat a call whose answer it never saw."""
    system.send()
    (old,) = system.take(VisibilityTimeout=0)
    (message,) = system.take()

    for handle in (old["ReceiptHandle"], message["ReceiptHandle"], message["ReceiptHandle"]):
        answer = system.client.delete_message(QueueUrl=system.url(), ReceiptHandle=handle)

        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        assert len(answer["ResponseMetadata"]["RequestId"]) == 36


def test_an_old_handle_deletes_nothing(system: System) -> None:
    """Another consumer works on the message."""
    system.send()
    (old,) = system.take(VisibilityTimeout=0)
    system.take()

    system.client.delete_message(QueueUrl=system.url(), ReceiptHandle=old["ReceiptHandle"])

    assert system.queues.depth("payments").in_flight == 1


def test_all_queue_attributes(system: System) -> None:
    """Autoscalers read the depths, and tools follow the redrive policy."""
    system.send()
    system.send()
    system.take()

    answer = system.client.get_queue_attributes(QueueUrl=system.url(), AttributeNames=["All"])

    policy = json.loads(answer["Attributes"].pop("RedrivePolicy"))
    assert policy == {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:payments-dlq",
        "maxReceiveCount": 2,
    }
    assert answer["Attributes"] == {
        "ApproximateNumberOfMessages": "1",
        "ApproximateNumberOfMessagesNotVisible": "1",
        "ApproximateNumberOfMessagesDelayed": "0",
        "VisibilityTimeout": "300",
        "MessageRetentionPeriod": "604800",
        "MaximumMessageSize": "1048576",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "QueueArn": "arn:aws:sqs:us-east-1:000000000000:payments",
        "CreatedTimestamp": "1767323045",
        "LastModifiedTimestamp": "1767323045",
        "SqsManagedSseEnabled": "false",
    }


def test_a_dead_letter_queue_says_whose_dead_letters_it_takes(system: System) -> None:
    """Nothing comes after it, and it keeps what it has for two weeks."""
    answer = system.client.get_queue_attributes(QueueUrl=system.url("payments-dlq"), AttributeNames=["All"])

    assert "RedrivePolicy" not in answer["Attributes"]
    assert json.loads(answer["Attributes"]["RedriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": ["arn:aws:sqs:us-east-1:000000000000:payments"],
    }
    assert answer["Attributes"]["MessageRetentionPeriod"] == "1209600"


def test_only_the_queue_attributes_that_were_asked_for_come(system: System) -> None:
    """None by default; one that SQS knows and that has no value here is left out."""
    none = system.client.get_queue_attributes(QueueUrl=system.url())
    some = system.client.get_queue_attributes(QueueUrl=system.url(), AttributeNames=["Policy", "VisibilityTimeout"])

    assert "Attributes" not in none
    assert some["Attributes"] == {"VisibilityTimeout": "300"}


def test_account_and_region_are_settings() -> None:
    """Tools that take an ARN apart see what the operator chose."""
    with running(account="123456789012", region="eu-central-1") as system:
        url = system.url()
        answer = system.client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])

    assert url.endswith("/123456789012/payments")
    assert answer["Attributes"]["QueueArn"] == "arn:aws:sqs:eu-central-1:123456789012:payments"


def test_a_long_poll_returns_as_soon_as_a_message_arrives(system: System) -> None:
    """Twenty seconds are a limit, not a delay."""
    url = system.url()
    timer = threading.Timer(0.3, system.send)
    timer.start()

    began = time.monotonic()
    answer = system.client.receive_message(QueueUrl=url, WaitTimeSeconds=20)
    took = time.monotonic() - began

    timer.join()
    assert len(answer["Messages"]) == 1
    assert 0.25 < took < 15


def test_a_long_poll_on_an_empty_queue_ends_in_time(system: System) -> None:
    """An answer without ``Messages``, as SQS gives it: consumers test for the key."""
    url = system.url()

    began = time.monotonic()
    answer = system.client.receive_message(QueueUrl=url, WaitTimeSeconds=1)
    took = time.monotonic() - began

    assert "Messages" not in answer
    assert 0.95 < took < 15


def test_consumers_that_wait_together_get_a_message_each(system: System) -> None:
    """They take turns at looking; none is forgotten, and none waits for another's twenty seconds."""
    found: list[str] = []
    waiting = [Waiter(system.port, found.append) for _ in range(5)]
    time.sleep(0.3)

    for number in range(5):
        system.send(body=str(number))
    for waiter in waiting:
        waiter.join(30)

    assert sorted(found) == ["0", "1", "2", "3", "4"]


def test_consumers_in_line_end_at_their_own_deadline(system: System) -> None:
    """A consumer behind a longer poll is answered when its own time is over."""
    first = Waiter(system.port, lambda _body: None, seconds=20)
    time.sleep(0.2)

    began = time.monotonic()
    assert system.take(WaitTimeSeconds=1) == []
    took = time.monotonic() - began

    system.send()
    first.join(30)
    assert 0.9 < took < 15


def test_a_stopping_server_ends_every_wait() -> None:
    """A restart does not hang for twenty seconds on idle consumers."""
    stop = threading.Event()
    with running(stopping=stop.is_set) as system:
        waiting = [Waiter(system.port, lambda _body: None) for _ in range(3)]
        time.sleep(0.2)

        began = time.monotonic()
        stop.set()
        for waiter in waiting:
            waiter.join(30)

        assert time.monotonic() - began < 15


def test_waits_are_bounded() -> None:
    """Too many idle consumers are asked to come back; a message that is there is still given."""
    with running(most_waits=1) as system:
        first = Waiter(system.port, lambda _body: None, "refunds", seconds=20)
        time.sleep(0.3)

        with pytest.raises(system.client.exceptions.RequestThrottled):
            system.take(WaitTimeSeconds=20)
        system.send()
        taken = system.take(WaitTimeSeconds=20)
        system.send("refunds")
        first.join(30)
        place_again = system.take("refunds", WaitTimeSeconds=1)

    assert len(taken) == 1
    assert place_again == []


def test_a_consumer_that_hung_up_takes_nothing(system: System) -> None:
    """A message that nobody would get is not made to wait for its visibility timeout."""
    with socket.create_connection(("127.0.0.1", system.port)) as consumer:
        consumer.sendall(request("ReceiveMessage", {"QueueUrl": "payments", "WaitTimeSeconds": 20}))
        time.sleep(0.3)
    time.sleep(0.3)

    system.send()
    time.sleep(0.3)

    (message,) = system.take(MessageSystemAttributeNames=["All"])
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


@pytest.mark.parametrize(
    ("action", "parameters"),
    [
        ("get_queue_url", {"QueueName": "nowhere"}),
        ("receive_message", {"QueueUrl": NOWHERE}),
        ("delete_message", {"QueueUrl": NOWHERE, "ReceiptHandle": "r"}),
        ("change_message_visibility", {"QueueUrl": NOWHERE, "ReceiptHandle": "r", "VisibilityTimeout": 1}),
        ("get_queue_attributes", {"QueueUrl": NOWHERE}),
    ],
)
def test_an_unknown_queue_is_aws_own_error(unchecked: Client, action: str, parameters: dict[str, object]) -> None:
    """Both ways of catching it work: the modelled exception, and the code from before SQS used JSON."""
    with pytest.raises(unchecked.exceptions.QueueDoesNotExist) as caught:
        getattr(unchecked, action)(**parameters)

    assert caught.value.response["Error"] == {
        "Message": "The specified queue does not exist.",
        "Code": "AWS.SimpleQueueService.NonExistentQueue",
        "QueryErrorCode": "QueueDoesNotExist",
        "Type": "Sender",
    }


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        (
            "MaxNumberOfMessages",
            11,
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            "MaxNumberOfMessages",
            0,
            "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            "WaitTimeSeconds",
            21,
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
        ),
        (
            "VisibilityTimeout",
            -1,
            "Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.",
        ),
    ],
)
def test_numbers_out_of_bounds_are_refused_in_aws_own_words(
    unchecked: Client, parameter: str, value: int, message: str
) -> None:
    """The sentences are what SQS answers."""
    with pytest.raises(ClientError) as caught:
        unchecked.receive_message(QueueUrl="payments", **{parameter: value})

    assert caught.value.response["Error"] == {
        "Message": message,
        "Code": "InvalidParameterValue",
        "QueryErrorCode": "InvalidParameterValueException",
        "Type": "Sender",
    }


@pytest.mark.parametrize(
    ("action", "parameters", "name"),
    [
        ("get_queue_url", {}, "QueueName"),
        ("receive_message", {}, "QueueUrl"),
        ("delete_message", {"QueueUrl": "payments"}, "ReceiptHandle"),
        ("change_message_visibility", {"QueueUrl": "payments"}, "ReceiptHandle"),
        ("change_message_visibility", {"QueueUrl": "payments", "ReceiptHandle": "r"}, "VisibilityTimeout"),
        ("get_queue_attributes", {}, "QueueUrl"),
    ],
)
def test_a_missing_parameter_is_named(unchecked: Client, action: str, parameters: dict[str, object], name: str) -> None:
    """SDKs without their own checks get an answer that says what to add."""
    with pytest.raises(ClientError) as caught:
        getattr(unchecked, action)(**parameters)

    assert caught.value.response["Error"]["Code"] == "MissingParameter"
    assert caught.value.response["Error"]["Message"] == f"The request must contain the parameter {name}."


@pytest.mark.parametrize("handle", ["", "never issued", "1-f", "1-f-00000000", "\u00e9", "x" * 5000])
@pytest.mark.parametrize(
    ("action", "parameters"), [("delete_message", {}), ("change_message_visibility", {"VisibilityTimeout": 1})]
)
def test_a_handle_that_was_never_issued_is_invalid(
    unchecked: Client, action: str, parameters: dict[str, object], handle: str
) -> None:
    """A success would hide that the consumer deletes nothing. The client's own text is repeated only in part."""
    with pytest.raises(unchecked.exceptions.ReceiptHandleIsInvalid) as caught:
        getattr(unchecked, action)(QueueUrl="payments", ReceiptHandle=handle, **parameters)

    assert caught.value.response["Error"]["Message"] == (
        f'The input receipt handle "{handle[:100]}" is not a valid receipt handle.'
    )


@pytest.mark.parametrize(
    ("action", "parameters"), [("delete_message", {}), ("change_message_visibility", {"VisibilityTimeout": 1})]
)
def test_a_handle_of_another_queue_is_invalid(system: System, action: str, parameters: dict[str, object]) -> None:
    """Two URLs that were mixed up are found at the first call, not when the messages come again."""
    system.send()
    (message,) = system.take()

    with pytest.raises(system.client.exceptions.ReceiptHandleIsInvalid):
        getattr(system.client, action)(
            QueueUrl=system.url("refunds"), ReceiptHandle=message["ReceiptHandle"], **parameters
        )


def test_a_message_that_is_visible_again_cannot_be_prolonged(system: System) -> None:
    """A consumer learns that the message is no longer its own."""
    system.send()
    (message,) = system.take(VisibilityTimeout=0)

    with pytest.raises(system.client.exceptions.MessageNotInflight) as caught:
        system.client.change_message_visibility(
            QueueUrl=system.url(), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=1
        )

    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.MessageNotInflight"


def test_a_message_that_is_gone_cannot_be_prolonged(system: System) -> None:
    """The error has SQS's own words, which were recorded."""
    system.send()
    (message,) = system.take()
    handle = message["ReceiptHandle"]
    system.client.delete_message(QueueUrl=system.url(), ReceiptHandle=handle)

    with pytest.raises(ClientError) as caught:
        system.client.change_message_visibility(QueueUrl=system.url(), ReceiptHandle=handle, VisibilityTimeout=1)

    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert caught.value.response["Error"]["Message"] == (
        f"Value {handle} for parameter ReceiptHandle is invalid. "
        "Reason: Message does not exist or is not available for visibility timeout change."
    )


@pytest.mark.parametrize("action", ["receive_message", "get_queue_attributes"])
def test_an_unknown_attribute_is_refused(unchecked: Client, action: str) -> None:
    """A misspelt name is reported, cut to a length that fits a log line."""
    with pytest.raises(unchecked.exceptions.InvalidAttributeName) as caught:
        getattr(unchecked, action)(QueueUrl="payments", AttributeNames=["x" * 1000])

    assert caught.value.response["Error"]["Message"] == f"Unknown Attribute {'x' * 100}."


def test_an_outage_is_reported_with_the_time_to_wait() -> None:
    """SDKs try again by themselves after a 503."""
    _, state = memory()
    with serving(sqs_app(DownQueues(state), QUEUES)) as port:
        status, headers, answer = post(port, "GetQueueAttributes", {"QueueUrl": "payments", "AttributeNames": ["All"]})

    assert (status, headers["Retry-After"]) == (503, "7")
    assert headers["x-amzn-query-error"] == "ServiceUnavailable;Receiver"
    assert answer == {
        "__type": "com.amazon.coral.service#ServiceUnavailableException",
        "message": "the storage of payments cannot be read now",
    }


def test_a_queue_that_the_store_does_not_know_does_not_exist() -> None:
    """Configuration and store may differ for a moment; the consumer gets the error that it can act on."""
    _, state = memory()
    with serving(sqs_app(DownQueues(state), QUEUES)) as port:
        status, _, answer = post(port, "ReceiveMessage", {"QueueUrl": "payments"})

    assert (status, answer["__type"]) == (400, "com.amazonaws.sqs#QueueDoesNotExist")


def test_a_fault_of_ours_is_an_outage_that_reveals_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The log says what happened, and the client does not learn it."""
    _, state = memory()
    with serving(sqs_app(DownQueues(state), QUEUES)) as port, caplog.at_level(logging.ERROR, "hookline.sqs_api"):
        status, headers, answer = post(port, "DeleteMessage", {"QueueUrl": "payments", "ReceiptHandle": "r"})

    assert (status, headers["Retry-After"]) == (503, "5")
    assert "secret detail" not in str(answer)
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"NaN", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"QueueUrl": 1}', "QueueUrl must be a string"),
        (b'{"QueueUrl": "payments", "WaitTimeSeconds": "1"}', "WaitTimeSeconds must be a whole number"),
        (b'{"QueueUrl": "payments", "WaitTimeSeconds": true}', "WaitTimeSeconds must be a whole number"),
        (b'{"QueueUrl": "payments", "MaxNumberOfMessages": 1.5}', "MaxNumberOfMessages must be a whole number"),
        (b'{"QueueUrl": "payments", "MaxNumberOfMessages": 1e400}', "not JSON"),
        (b'{"QueueUrl": "payments", "AttributeNames": "All"}', "AttributeNames must be a list of strings"),
        (b'{"QueueUrl": "payments", "MessageAttributeNames": [1]}', "MessageAttributeNames must be a list of strings"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(port: int, body: bytes, word: str) -> None:
    """One status and one type, and a sentence that says what is wrong."""
    status, headers, answer = send(port, "POST", "/", headers_for("ReceiveMessage"), body)

    assert status == 400
    assert answer["__type"] == "com.amazon.coral.service#SerializationException"
    assert headers["Content-Type"] == JSON_1_0
    assert word in answer["message"]


def test_an_empty_body_and_nulls_count_as_absent(port: int) -> None:
    """Some SDKs write out what was not set."""
    without = send(port, "POST", "/", headers_for("GetQueueUrl"), b"")
    nulls = post(port, "ReceiveMessage", {"QueueUrl": "payments", "WaitTimeSeconds": None, "AttributeNames": None})

    assert without[2]["__type"] == "com.amazon.coral.service#MissingRequiredParameterException"
    assert nulls[0] == 200


@pytest.mark.parametrize(
    ("method", "headers", "status", "shape"),
    [
        ("GET", {}, 405, "com.amazonaws.sqs#UnsupportedOperation"),
        ("PUT", {}, 405, "com.amazonaws.sqs#UnsupportedOperation"),
        ("OPTIONS", {"Origin": "https://evil.test"}, 405, "com.amazonaws.sqs#UnsupportedOperation"),
        ("POST", {}, 415, "com.amazonaws.sqs#UnsupportedOperation"),
        ("POST", {"Content-Type": "text/plain"}, 415, "com.amazonaws.sqs#UnsupportedOperation"),
        ("POST", {"Content-Type": JSON_1_0}, 400, "com.amazon.coral.service#UnknownOperationException"),
        (
            "POST",
            {"Content-Type": JSON_1_0, "X-Amz-Target": "DynamoDB_20120810.GetItem"},
            400,
            "com.amazon.coral.service#UnknownOperationException",
        ),
        (
            "POST",
            {"Content-Type": JSON_1_0, "X-Amz-Target": "AmazonSQS.Fly"},
            400,
            "com.amazonaws.sqs#UnsupportedOperation",
        ),
        (
            "POST",
            {"Content-Type": JSON_1_0, "X-Amz-Target": "AmazonSQS.ReceiveMessage", "Origin": "null"},
            403,
            "com.amazon.coral.service#AccessDeniedException",
        ),
    ],
)
def test_what_is_not_a_call_is_refused(
    port: int, method: str, headers: dict[str, str], status: int, shape: str
) -> None:
    """In AWS's shape too; web pages, which can reach a loopback port through the browser, get nothing at all."""
    answer = send(port, method, "/", headers, b"{}")

    assert (answer[0], answer[2]["__type"]) == (status, shape)
    assert answer[1].get("Allow") == ("POST" if status == 405 else None)
    assert "Access-Control-Allow-Origin" not in answer[1]


def test_a_body_over_the_limit_is_refused(port: int) -> None:
    """Counted on bytes read, however they are sent."""
    body = json.dumps({"QueueUrl": "payments", "Padding": " " * 8 * 1024 * 1024}).encode()

    status, headers, _ = send(port, "POST", "/", headers_for("ReceiveMessage"), body)

    assert (status, headers["x-amzn-query-error"]) == (413, "RequestEntityTooLarge;Sender")


@pytest.mark.parametrize("host", ["", "evil host", "a/b", "a?b", 'a"b', "a@b", "x" * 256])
def test_a_host_that_is_none_is_not_repeated(port: int, host: str) -> None:
    """The host becomes a part of a URL."""
    status, _, answer = post(port, "GetQueueUrl", {"QueueName": "payments"}, Host=host)

    assert (status, answer["__type"]) == (400, "com.amazonaws.sqs#InvalidAddress")


def test_a_call_that_breaks_off_is_forgotten(port: int) -> None:
    """A client that dies within its own request harms nobody else."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(request("ReceiveMessage", {"QueueUrl": "payments"})[:-5])
        time.sleep(0.1)

    assert post(port, "ReceiveMessage", {"QueueUrl": "payments"})[0] == 200


def test_a_path_that_no_queue_has_is_an_aws_error_too(port: int) -> None:
    """Even one with a line feed in it, which the router refuses before hookline sees it."""
    status, _, answer = send(port, "POST", "/a%0Ab", headers_for("ReceiveMessage"), b"{}")

    assert (status, answer["__type"]) == (404, "com.amazon.coral.service#UnknownOperationException")


def test_every_error_and_every_action_is_documented() -> None:
    """The reference has every error that a client may meet, with the status and the code that its SDK shows, and no others."""
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "sqs-api.md").read_text()
    known = [kind for kind in vars(wire_errors).values() if isinstance(kind, wire_errors.ErrorKind)]

    actions, errors = (reference.partition(title)[2].partition("\n## ")[0] for title in ("## Actions", "## Errors"))
    rows = [line.split("|") for line in errors.splitlines() if line.startswith("| ")][1:]
    documented = {(row[2].split()[0], row[3].strip(" `")) for row in rows}

    assert documented == {(str(kind.status), kind.code) for kind in known}
    assert set(re.findall(r"^\| `([A-Z]\w+)` \|", actions, re.MULTILINE)) == set(ACTIONS)


def test_every_action_of_sqs_has_an_answer() -> None:
    """Botocore's model of the service is the list: whatever a client can call is done or refused for a reason."""
    model = botocore.session.Session().get_service_model("sqs")

    assert set(ACTIONS) == set(model.operation_names)


def test_every_attribute_of_sqs_is_known_and_documented() -> None:
    """A name that SQS knows is no error; FIFO queues have some of their own."""
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "sqs-api.md").read_text()
    model = botocore.session.Session().get_service_model("sqs")
    system = set(model.shape_for("MessageSystemAttributeName").enum) - {"All"}
    of_queues = set(model.shape_for("QueueAttributeName").enum) - {"All"}

    assert set(SYSTEM_ATTRIBUTES) == system
    assert of_queues == QUEUE_ATTRIBUTES | OF_FIFO_QUEUES
    for name in system | QUEUE_ATTRIBUTES:
        assert f"`{name}`" in reference or name.startswith("Kms"), name


_METHODS = ["POST", "POST", "POST", "POST", "GET", "PUT", "DELETE", "OPTIONS", "PATCH"]
_PATHS = ["/", "/000000000000/payments", "//", "/%00", "/%0A", "/../x", "/%FF", "/?a=b"]
_TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30)
_TARGETS = st.one_of(
    _TOKENS,
    st.sampled_from(sorted(ACTIONS)).map("AmazonSQS.{}".format),
)
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=10), inner, max_size=3)),
    max_leaves=8,
)
_PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "QueueName": st.one_of(st.just("payments"), _JSON),
        "QueueUrl": st.one_of(st.just("payments"), _JSON),
        "ReceiptHandle": st.one_of(st.just("r"), _JSON),
        "VisibilityTimeout": st.one_of(st.just(0), _JSON),
        "MaxNumberOfMessages": st.one_of(st.just(10), _JSON),
        "WaitTimeSeconds": st.one_of(st.just(0), _JSON).filter(
            lambda value: value is True or value not in range(1, 21)
        ),
        "AttributeNames": st.one_of(st.just(["All"]), _JSON),
        "Attributes": _JSON,
        "Entries": st.one_of(
            st.lists(st.fixed_dictionaries({"Id": st.one_of(st.just("a"), _JSON)}, optional={"ReceiptHandle": _JSON})),
            _JSON,
        ),
        "MessageBody": _JSON,
        "DelaySeconds": st.one_of(st.just(0), _JSON),
        "MaxResults": _JSON,
        "NextToken": _JSON,
        "MessageSystemAttributeNames": st.one_of(st.just(["SenderId"]), _JSON),
        "MessageAttributeNames": st.one_of(st.just(["All"]), _JSON),
        "MessageAttributes": st.one_of(
            st.dictionaries(
                st.sampled_from(["a", "", "AWS.x"]),
                st.fixed_dictionaries({}, optional={"DataType": _JSON, "StringValue": _JSON, "BinaryValue": _JSON}),
            ),
            _JSON,
        ),
        "MessageSystemAttributes": _JSON,
    },
)
_BODIES = st.one_of(st.binary(max_size=100), _PARAMETERS.map(lambda values: json.dumps(values).encode()))


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, str, dict[str, str], bytes]:
    """Method, path, headers and body of a request that HTTP allows."""
    headers = {
        "Host": draw(st.one_of(st.just("localhost"), _TOKENS)),
        "Content-Type": draw(st.one_of(st.just(JSON_1_0), st.just(JSON_1_0), _TOKENS)),
        "X-Amz-Target": draw(_TARGETS),
    }
    return draw(st.sampled_from(_METHODS)), draw(st.sampled_from(_PATHS)), headers, draw(_BODIES)


@settings(max_examples=examples(300), deadline=None)
@given(call=calls())
def test_hostile_calls_get_json_and_never_a_fault(port: int, call: tuple[str, str, dict[str, str], bytes]) -> None:
    """Whatever comes in, the answer is AWS-shaped JSON, and nothing breaks."""
    status, headers, answer = send(port, *call)

    assert status in {200, 400, 403, 404, 405, 415}
    assert headers["Content-Type"] == JSON_1_0
    assert (status == 200) == ("__type" not in answer)
    assert ("x-amzn-query-error" in headers) == (status != 200)


class Waiter(threading.Thread):
    """A consumer that waits for one message, and hands its body to ``found``."""

    def __init__(
        self, port: int, found: Callable[[str], object], queue: str = "payments", *, seconds: int = 20
    ) -> None:
        super().__init__()
        self._port = port
        self._found = found
        self._parameters = {"QueueUrl": queue, "WaitTimeSeconds": seconds}
        self.start()

    def run(self) -> None:
        """Wait."""
        _, _, answer = post(self._port, "ReceiveMessage", self._parameters)
        for message in answer.get("Messages", []):
            self._found(message["Body"])
