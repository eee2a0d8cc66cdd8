"""What concerns a queue as a whole: names and lists, creating what is there, emptying, and refusing what hookline.toml decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped] # botocore carries no types

from acceptance.sqs import post, running

if TYPE_CHECKING:
    from acceptance.sqs import System

ALL = ["payments", "payments-dlq", "refunds", "refunds-dlq"]


def names(urls: list[str]) -> list[str]:
    """The last part of each URL."""
    return [url.rpartition("/")[2] for url in urls]


def test_every_queue_is_listed_under_its_short_name(system: System) -> None:
    """The first thing that several clients do: kombu finds its queues with it."""
    urls = system.client.list_queues()["QueueUrls"]

    assert urls == [f"http://127.0.0.1:{system.port}/000000000000/{name}" for name in ALL]


def test_queues_are_listed_by_prefix_and_in_pages(system: System) -> None:
    """Pages come only to a client that asks for them, and together are the list."""
    by_prefix = system.client.list_queues(QueueNamePrefix="pay")
    none = system.client.list_queues(QueueNamePrefix="other")
    first = system.client.list_queues(MaxResults=3)
    second = system.client.list_queues(MaxResults=3, NextToken=first["NextToken"])

    assert names(by_prefix["QueueUrls"]) == ["payments", "payments-dlq"]
    assert "QueueUrls" not in none
    assert names(first["QueueUrls"]) + names(second["QueueUrls"]) == ALL
    assert "NextToken" not in second
    pages = system.client.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 1})
    assert names([url for page in pages for url in page["QueueUrls"]]) == ALL


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"MaxResults": 0}, "InvalidParameterValue"),
        ({"MaxResults": 1001}, "InvalidParameterValue"),
        ({"MaxResults": 1, "NextToken": "none of ours"}, "InvalidParameterValue"),
        ({"MaxResults": 1, "NextToken": "LTE="}, "InvalidParameterValue"),
        ({"NextToken": "MQ=="}, "MissingParameter"),
    ],
)
def test_a_page_that_cannot_be_is_refused(system: System, parameters: dict[str, object], code: str) -> None:
    """A client sends the token, so it may be anything."""
    with pytest.raises(ClientError) as caught:
        system.client.list_queues(**parameters)

    assert caught.value.response["Error"]["Code"] == code


def test_a_dead_letter_queue_names_its_source(system: System) -> None:
    """A redrive needs this answer first."""
    sources = system.client.list_dead_letter_source_queues(QueueUrl=system.url("payments-dlq"))
    none = system.client.list_dead_letter_source_queues(QueueUrl=system.url("payments"))

    assert names(sources["queueUrls"]) == ["payments"]
    assert none["queueUrls"] == []


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("payments-queue-prod", "payments"),
        ("payments-queue-a", "payments"),
        ("payments-dlq-staging-2", "payments-dlq"),
        ("refunds-queue-prod", "refunds"),
    ],
)
def test_a_queue_is_found_by_its_name_on_aws(system: System, alias: str, name: str) -> None:
    """One setting for both homes: the consumer's queue name is that of its environment."""
    system.send(name, body=f"for {name}")

    (message,) = system.client.receive_message(QueueUrl=f"https://sqs.eu-west-1.amazonaws.com/1/{alias}")["Messages"]
    created = system.client.create_queue(QueueName=alias)

    assert names([system.url(alias), created["QueueUrl"]]) == [name, name]
    assert message["Body"] == f"for {name}"


@pytest.mark.parametrize(
    "name",
    [
        "payments-queue-",
        "payments-queue",
        "-queue-prod",
        "other-queue-prod",
        "payments-queue-queue-b",
        "payments-queue-PROD",
    ],
)
def test_a_name_that_no_environment_has_is_unknown(system: System, name: str) -> None:
    """A typo is reported, not answered with another queue."""
    with pytest.raises(system.client.exceptions.QueueDoesNotExist):
        system.client.get_queue_url(QueueName=name)


def test_creating_a_queue_that_is_there_gives_its_url(system: System) -> None:
    """Clients that create before they use need no change; attributes that are its own are no contradiction."""
    plain = system.client.create_queue(QueueName="payments")
    with_attributes = system.client.create_queue(
        QueueName="payments", Attributes={"VisibilityTimeout": "300", "MessageRetentionPeriod": "604800"}
    )

    assert plain["QueueUrl"] == with_attributes["QueueUrl"] == system.url()


def test_creating_a_queue_with_other_attributes_is_refused(system: System) -> None:
    """The requested queue differs from the existing one."""
    with pytest.raises(ClientError) as caught:
        system.client.create_queue(QueueName="payments", Attributes={"VisibilityTimeout": "30"})

    error = caught.value.response["Error"]
    assert error["Code"] == "QueueAlreadyExists"
    assert error["Message"].startswith(
        "A queue already exists with the same name and a different value for attribute VisibilityTimeout"
    )
    assert isinstance(caught.value, system.client.exceptions.QueueNameExists)


def test_creating_another_queue_is_refused_and_says_where_queues_come_from(system: System) -> None:
    """The reader of the error knows what to do."""
    with pytest.raises(system.client.exceptions.UnsupportedOperation, match=r"no queue other in hookline\.toml"):
        system.client.create_queue(QueueName="other")
    with pytest.raises(system.client.exceptions.InvalidAttributeName):
        system.client.create_queue(QueueName="payments", Attributes={"Speed": "high"})


CHANGES: list[tuple[str, dict[str, object]]] = [
    ("SetQueueAttributes", {"Attributes": {"VisibilityTimeout": "1"}}),
    ("DeleteQueue", {}),
    ("TagQueue", {"Tags": {"a": "b"}}),
    ("UntagQueue", {"TagKeys": ["a"]}),
    ("AddPermission", {"Label": "a", "AWSAccountIds": ["1"], "Actions": ["*"]}),
    ("RemovePermission", {"Label": "a"}),
]


@pytest.mark.parametrize(("action", "parameters"), CHANGES)
def test_what_hookline_toml_decides_no_call_changes(system: System, action: str, parameters: dict[str, object]) -> None:
    """A queue that a client deletes would be gone for senders too."""
    status, _, answer = post(system.port, action, {"QueueUrl": "payments", **parameters})
    unknown = post(system.port, action, {"QueueUrl": "nowhere", **parameters})

    assert (status, answer["__type"]) == (400, "com.amazonaws.sqs#UnsupportedOperation")
    assert "hookline.toml" in answer["message"]
    assert unknown[2]["__type"] == "com.amazonaws.sqs#QueueDoesNotExist"
    assert names(system.client.list_queues()["QueueUrls"]) == ALL


def test_a_queue_has_no_tags(system: System) -> None:
    """SQS gives the same answer for a queue without tags."""
    assert "Tags" not in system.client.list_queue_tags(QueueUrl=system.url())


def test_purge_empties_a_queue_at_most_once_a_minute(system: System) -> None:
    """A client that repeats the call must not remove what came since."""
    system.send()
    system.send()
    system.take()
    system.send("refunds")

    system.client.purge_queue(QueueUrl=system.url())
    system.send()
    with pytest.raises(system.client.exceptions.PurgeQueueInProgress) as caught:
        system.client.purge_queue(QueueUrl=system.url())
    system.client.purge_queue(QueueUrl=system.url("refunds"))

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert caught.value.response["Error"]["Message"] == (
        "Only one PurgeQueue operation on payments is allowed every 60 seconds."
    )
    assert [system.queues.depth(name).visible for name in ("payments", "refunds")] == [1, 0]
    assert system.queues.depth("payments").in_flight == 0


def test_a_dead_letter_shows_its_source_and_counts_further(system: System) -> None:
    """As SQS does: recorded with ApproximateReceiveCount 2 after one receive on the first queue."""
    system.send()
    for _ in range(3):
        system.take(VisibilityTimeout=0)

    (message,) = system.take("payments-dlq", MessageSystemAttributeNames=["All"])

    assert message["Attributes"] == {
        "SenderId": "000000000000",
        "SentTimestamp": "1767323045678",
        "ApproximateReceiveCount": "3",
        "ApproximateFirstReceiveTimestamp": "1767323045678",
        "DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:000000000000:payments",
    }


def test_a_purge_is_audited(system: System) -> None:
    """The first question after a purge is who did it, and the second is how many messages there were."""
    system.send()
    system.send()

    system.client.purge_queue(QueueUrl=system.url())

    (entry,) = system.audit.newest(limit=10)
    assert (entry.action, entry.subject, entry.affected) == ("purge", "payments", 2)
    assert entry.actor == "anyone, without an access key"


def test_a_long_poll_wakes_when_a_message_arrives_in_this_process() -> None:
    """It does not look ten times a second: the first look after an arrival finds it, immediately."""
    looks: list[float] = []
    with running("sqlite") as system:
        receive = system.queues.receive

        def counting(*arguments: Any, **options: Any) -> Any:
            looks.append(1)
            return receive(*arguments, **options)

        system.queues.receive = counting  # type: ignore[method-assign] # counts the looks of this one object
        system.client.receive_message(QueueUrl=system.url(), WaitTimeSeconds=3)

    assert len(looks) <= 2 + 3 * 2 + 1
