"""SendMessage: what a producer sends is durable when it has its answer, and arrives with everything that it had."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from acceptance.sqs import post, running
from hookline.errors import UnavailableError

if TYPE_CHECKING:
    from acceptance.sqs import System

MIB = 1024 * 1024
ATTRIBUTES: dict[str, dict[str, object]] = {
    "text": {"DataType": "String", "StringValue": "Zoë"},
    "number": {"DataType": "Number", "StringValue": "-12.50e3"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    "a.label_and-more": {"DataType": "Binary.png", "BinaryValue": b"\x89PNG"},
    "link": {"DataType": "String.url", "StringValue": "https://example.com"},
    "price": {"DataType": "Number.euro", "StringValue": "1"},
}
TRACE = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
"""AWS answered 235c5c510d26fb653d073faed50ae77c and 5ae4d5d7636402d80f4eb6d213245a88 for such a header in recordings of others."""


@pytest.mark.parametrize("query", [False, True])
def test_a_message_arrives_with_attributes_of_every_type(query: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """In both protocols; the digests are those that the guide's algorithm gives, which SDKs compare."""
    with running("sqlite", query=query) as system:
        sent = system.client.send_message(
            QueueUrl=system.url(), MessageBody="naïve\r\n<&>", MessageAttributes=ATTRIBUTES
        )
        (message,) = system.take(MessageAttributeNames=["All"])

    assert sent["MessageId"] == message["MessageId"]
    assert (
        sent["MD5OfMessageBody"]
        == message["MD5OfBody"]
        == hashlib.md5("naïve\r\n<&>".encode(), usedforsecurity=False).hexdigest()
    )
    assert message["Body"] == "naïve\r\n<&>"
    assert message["MessageAttributes"] == ATTRIBUTES
    assert sent["MD5OfMessageAttributes"] == message["MD5OfMessageAttributes"] == digest(ATTRIBUTES)


def digest(attributes: dict[str, dict[str, Any]]) -> str:
    """The guide's algorithm, written again: a digest that both sides computed in one place would prove nothing."""
    content = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        value = attributes[name]
        is_bytes = "BinaryValue" in value
        found = value["BinaryValue"] if is_bytes else value["StringValue"].encode()
        for part in (name.encode(), value["DataType"].encode()):
            content.update(len(part).to_bytes(4, "big") + part)
        content.update((b"\x02" if is_bytes else b"\x01") + len(found).to_bytes(4, "big") + found)
    return content.hexdigest()


def test_the_digest_of_bytes_is_what_aws_answered(system: System) -> None:
    """Recorded against AWS: localstack's test_send_message_with_binary_attributes."""
    value = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"

    sent = system.client.send_message(
        QueueUrl=system.url(),
        MessageBody="test",
        MessageAttributes={"attr1": {"DataType": "Binary", "BinaryValue": value}},
    )

    assert sent["MD5OfMessageBody"] == "098f6bcd4621d373cade4e832627b4f6"
    assert sent["MD5OfMessageAttributes"] == "8cbe4db156db8a94db8b801b7addb984"


@pytest.mark.parametrize("query", [False, True])
def test_a_trace_header_travels_with_the_message(query: bool) -> None:  # noqa: FBT001 -- a parameter of the test
    """As a system attribute of the message; a message that has none shows none."""
    with running("sqlite", query=query) as system:
        sent = system.client.send_message(
            QueueUrl=system.url(),
            MessageBody="traced",
            MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": TRACE}},
        )
        system.client.send_message(QueueUrl=system.url(), MessageBody="plain")
        found = system.take(MaxNumberOfMessages=2, MessageSystemAttributeNames=["AWSTraceHeader"])

    assert len(sent["MD5OfMessageSystemAttributes"]) == 32
    assert [message.get("Attributes") for message in found] == [{"AWSTraceHeader": TRACE}, None]


def test_a_trace_header_may_come_as_a_header_of_the_call(system: System) -> None:
    """The X-Ray SDK sends it so."""
    post(system.port, "SendMessage", {"QueueUrl": "payments", "MessageBody": "m"}, **{"X-Amzn-Trace-Id": TRACE})

    (message,) = system.take(MessageSystemAttributeNames=["All"])

    assert message["Attributes"]["AWSTraceHeader"] == TRACE


def test_a_trace_header_of_another_type_is_refused(system: System) -> None:
    """It would be lost without an error: the producer's trace would end at the queue."""
    with pytest.raises(ClientError) as refused:
        system.client.send_message(
            QueueUrl=system.url(),
            MessageBody="m",
            MessageSystemAttributes={"AWSTraceHeader": {"DataType": "Number", "StringValue": "1"}},
        )

    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_a_message_group_is_shown_as_it_was_sent(system: System) -> None:
    """Standard queues take it since fair queues came, so that producers send it."""
    system.client.send_message(QueueUrl=system.url(), MessageBody="m", MessageGroupId="tenant-1")

    (message,) = system.take(MessageSystemAttributeNames=["All"])

    assert message["Attributes"]["MessageGroupId"] == "tenant-1"


def test_a_batch_is_sent_as_far_as_it_can_be(system: System) -> None:
    """One entry that is wrong holds up no other, and says why it was not sent."""
    attributes: dict[str, dict[str, object]] = {"n": {"DataType": "Number", "StringValue": "1"}}
    entries = [
        {"Id": "one", "MessageBody": "1"},
        {"Id": "wrong", "MessageBody": "2", "DelaySeconds": 901},
        {"Id": "two", "MessageBody": "3", "MessageAttributes": attributes},
    ]

    answer = system.client.send_message_batch(QueueUrl=system.url(), Entries=entries)

    assert [entry["Id"] for entry in answer["Successful"]] == ["one", "two"]
    assert answer["Failed"] == [
        {
            "Id": "wrong",
            "SenderFault": True,
            "Code": "InvalidParameterValue",
            "Message": "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
        }
    ]
    found = system.take(MaxNumberOfMessages=10)
    assert [message["MessageId"] for message in found] == [entry["MessageId"] for entry in answer["Successful"]]
    assert answer["Successful"][1]["MD5OfMessageAttributes"] == digest(attributes)


def test_a_delayed_message_is_not_received_before_its_time(system: System) -> None:
    """In a batch each has its own delay, up to fifteen minutes."""
    entries = [{"Id": str(delay), "MessageBody": str(delay), "DelaySeconds": delay} for delay in (0, 60, 900)]
    system.client.send_message_batch(QueueUrl=system.url(), Entries=entries)

    found = []
    for wait in (0, 59, 1, 839, 1):
        system.clock.advance(timedelta(seconds=wait))
        found.append([message["Body"] for message in system.take(MaxNumberOfMessages=10, VisibilityTimeout=43200)])

    assert found == [["0"], [], ["60"], [], ["900"]]


def test_the_attributes_count_what_is_delayed_apart(system: System) -> None:
    """An autoscaler must not start consumers for messages that nobody can receive yet."""
    system.send()
    system.take()
    system.client.send_message(QueueUrl=system.url(), MessageBody="later", DelaySeconds=60)

    def counts() -> list[str]:
        answer = system.client.get_queue_attributes(QueueUrl=system.url(), AttributeNames=["All"])
        return [answer["Attributes"][f"ApproximateNumberOfMessages{name}"] for name in ("", "NotVisible", "Delayed")]

    before = counts()
    system.clock.advance(timedelta(seconds=60))

    assert before == ["0", "1", "1"]
    assert counts() == ["1", "1", "0"]


WRONG: dict[str, tuple[dict[str, object], str, str]] = {
    "no body": ({"MessageBody": ""}, "MissingParameter", "The request must contain the parameter MessageBody."),
    "characters": ({"MessageBody": "\x00"}, "InvalidMessageContents", "Invalid characters found."),
    "noncharacter": ({"MessageBody": "\uffff"}, "InvalidMessageContents", "Invalid characters found."),
    "delay": ({"DelaySeconds": -1}, "InvalidParameterValue", "Value -1 for parameter DelaySeconds is invalid."),
    "group": ({"MessageGroupId": "a b"}, "InvalidParameterValue", "Value a b for parameter MessageGroupId is invalid."),
    "deduplication": (
        {"MessageDeduplicationId": "a"},
        "InvalidParameterValue",
        "Value a for parameter MessageDeduplicationId is invalid.",
    ),
    "eleven": (
        {"MessageAttributes": {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(11)}},
        "InvalidParameterValue",
        "Number of message attributes [11] exceeds the allowed maximum [10].",
    ),
    "system": (
        {"MessageSystemAttributes": {"Other": {"DataType": "String", "StringValue": "x"}}},
        "InvalidParameterValue",
        "Message system attribute name 'Other' is invalid.",
    ),
}
VALUES: dict[str, tuple[dict[str, object], str]] = {
    "no type": ({"StringValue": "x"}, "InvalidParameterValue"),
    "unknown type": ({"DataType": "Text", "StringValue": "x"}, "InvalidParameterValue"),
    "no label": ({"DataType": "String.", "StringValue": "x"}, "InvalidParameterValue"),
    "empty text": ({"DataType": "String", "StringValue": ""}, "InvalidParameterValue"),
    "empty bytes": ({"DataType": "Binary"}, "InvalidParameterValue"),
    "no base64": ({"DataType": "Binary", "BinaryValue": "%"}, "MalformedInput"),
    "characters": ({"DataType": "String", "StringValue": "\x01"}, "InvalidParameterValue"),
    "no number": ({"DataType": "Number", "StringValue": "ten"}, "InvalidParameterValue"),
    "too many digits": ({"DataType": "Number", "StringValue": "1" * 39}, "InvalidParameterValue"),
    "list": ({"DataType": "String", "StringListValues": ["x"]}, "AWS.SimpleQueueService.UnsupportedOperation"),
    "no object": ("x", "MalformedInput"),  # type: ignore[dict-item] # what is wrong with it
}


@pytest.mark.parametrize("case", WRONG)
def test_what_sqs_does_not_take_is_refused(system: System, case: str) -> None:
    """A call that succeeds here must succeed on AWS too, or a consumer's tests prove nothing."""
    parameters, code, message = WRONG[case]

    status, headers, answer = post(
        system.port, "SendMessage", {"QueueUrl": "payments", "MessageBody": "m", **parameters}
    )

    assert (status, headers["x-amzn-query-error"]) == (400, f"{code};Sender")
    assert answer["message"].startswith(message)
    assert system.queues.depth("payments").visible == 0


@pytest.mark.parametrize("case", VALUES)
def test_an_attribute_that_sqs_does_not_take_is_refused(system: System, case: str) -> None:
    """With the code that SQS has for it, and nothing is sent."""
    value, code = VALUES[case]

    status, headers, _ = post(
        system.port, "SendMessage", {"QueueUrl": "payments", "MessageBody": "m", "MessageAttributes": {"a": value}}
    )

    assert (status, headers["x-amzn-query-error"]) == (400, f"{code};Sender")
    assert system.queues.depth("payments").visible == 0


@pytest.mark.parametrize("name", ["", "a b", ".a", "a.", "a..b", "AWS.x", "amazon.x", "é", "x" * 257])
def test_an_attributes_name_that_sqs_does_not_take_is_refused(system: System, name: str) -> None:
    """Some are reserved, and some no client could ask for."""
    attributes = {name: {"DataType": "String", "StringValue": "x"}}

    status, _, answer = post(
        system.port, "SendMessage", {"QueueUrl": "payments", "MessageBody": "m", "MessageAttributes": attributes}
    )

    assert status == 400
    assert answer["message"].startswith(f"The message attribute name '{name[:100]}' is invalid.")


def test_a_message_of_one_mebibyte_is_the_largest(system: System) -> None:
    """Counted with its attributes, as on SQS; characters that JSON escapes count as one byte each."""
    attributes = {"a": {"DataType": "String", "StringValue": "b"}}
    largest = '"' * (MIB - len("aStringb"))

    sent = system.client.send_message(QueueUrl=system.url(), MessageBody=largest, MessageAttributes=attributes)
    with pytest.raises(ClientError) as caught:
        system.client.send_message(QueueUrl=system.url(), MessageBody=largest + "x", MessageAttributes=attributes)

    assert sent["MessageId"]
    assert caught.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert caught.value.response["Error"]["Message"] == (
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."
    )


def test_a_batch_of_one_mebibyte_is_the_largest(system: System) -> None:
    """All of it together; no part of a larger one is sent."""
    half = "x" * (MIB // 2)
    entries = [{"Id": "1", "MessageBody": half}, {"Id": "2", "MessageBody": half + "y"}]

    with pytest.raises(system.client.exceptions.BatchRequestTooLong) as caught:
        system.client.send_message_batch(QueueUrl=system.url(), Entries=entries)

    assert caught.value.response["Error"]["Message"] == (
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes."
    )
    assert system.queues.depth("payments").visible == 0


def test_nothing_is_sent_to_a_full_disk() -> None:
    """Room is kept for consumers; a producer is asked to come back, as senders are."""

    def full(_size: int) -> UnavailableError:
        return UnavailableError("storage_full", "the disk is nearly full", retry_after=60)

    with running("sqlite", refusal=full) as system:
        status, headers, _ = post(system.port, "SendMessage", {"QueueUrl": "payments", "MessageBody": "m"})

    assert (status, headers["Retry-After"]) == (503, "60")
