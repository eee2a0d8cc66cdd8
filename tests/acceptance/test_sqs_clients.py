"""Clients that teams already use, against a running server: nothing but their endpoint is set."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiobotocore.session  # type: ignore[import-untyped] # it carries no types
import aws_sqs_consumer  # type: ignore[import-untyped] # it carries no types
import boto3  # type: ignore[import-untyped] # it carries no types
import kombu
import pytest
import sqs_workers
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from acceptance.consumers import node_folder
from acceptance.sender import Sender, sign, transaction
from acceptance.server import Server, until
from acceptance.sqs import CREDENTIALS
from processes import run_process
from tools import tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

PROGRAMS = Path(__file__).parent / "node"

CONFIG = """
[sources.transactions]
path = "/webhook"
verify = { scheme = "standard-webhooks", secrets = ["TRANSACTIONS_SECRET"] }
id = "event_id"
type = "transaction_type"
[queues.all]
max_receives = 3
visibility_timeout = "1s"
[[routes]]
match = { source = ["hookline/transactions"] }
queues = ["all"]
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server whose queue gives a message up after three receives of a second each."""
    with Server(tmp_path, config=CONFIG) as server:
        yield server


def post(server: Server, number: int) -> None:
    """``number`` events."""
    with Sender(server.port) as sender:
        for index in range(number):
            body = transaction(f"evt_{index}")
            assert sender.post(body, headers=sign(body, delivery=f"msg_{index}")).status == 202


def endpoint(server: Server) -> str:
    """What a client is given."""
    return f"http://127.0.0.1:{server.admin_port}"


def depths(server: Server) -> dict[str, int]:
    """How many messages are on the queue and on its dead-letter queue, in flight or not."""
    client = boto3.client("sqs", endpoint_url=endpoint(server), **CREDENTIALS)
    found = {}
    for name in ("all", "all-dlq"):
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
        counts = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        found[name] = sum(int(value) for key, value in counts.items() if key.startswith("ApproximateNumberOfMessages"))
    client.close()
    return found


EMPTY = {"all": 0, "all-dlq": 0}


def test_boto3_deletes_what_it_has_received_in_batches(server: Server) -> None:
    """The resource, as most code has it. Twelve messages were once handled thirty-six times, and then were dead letters."""
    post(server, 12)
    queue = boto3.resource("sqs", endpoint_url=endpoint(server), **CREDENTIALS).get_queue_by_name(QueueName="all")
    handled: list[str] = []

    while found := queue.receive_messages(MaxNumberOfMessages=10, MessageAttributeNames=["All"]):
        handled += [json.loads(message.body)["id"] for message in found]
        answer = queue.delete_messages(
            Entries=[
                {"Id": str(number), "ReceiptHandle": message.receipt_handle} for number, message in enumerate(found)
            ]
        )
        assert len(answer["Successful"]) == len(found)
        assert "Failed" not in answer or answer["Failed"] == []
    queue.meta.client.close()

    assert sorted(handled) == sorted(f"transactions:evt_{number}" for number in range(12))
    assert depths(server) == EMPTY


def test_boto3_sends_and_lists_and_redrives(server: Server) -> None:
    """The calls of an operator's script."""
    sqs = boto3.resource("sqs", endpoint_url=endpoint(server), **CREDENTIALS)
    queue = sqs.get_queue_by_name(QueueName="all")
    dead = next(iter(sqs.queues.filter(QueueNamePrefix="all-dlq")))
    sent = queue.send_messages(
        Entries=[
            {
                "Id": str(number),
                "MessageBody": f"body {number}",
                "MessageAttributes": {"n": {"DataType": "Number", "StringValue": str(number)}},
            }
            for number in range(10)
        ]
    )
    for _ in range(4):
        queue.receive_messages(MaxNumberOfMessages=10, VisibilityTimeout=0)
    source = next(iter(dead.dead_letter_source_queues.all()))
    sqs.meta.client.start_message_move_task(SourceArn=dead.attributes["QueueArn"])
    until(lambda: depths(server) == {"all": 10, "all-dlq": 0})
    found = queue.receive_messages(MaxNumberOfMessages=10, MessageAttributeNames=["n"])
    queue.purge()
    sqs.meta.client.close()

    assert len(sent["Successful"]) == 10
    assert source.url == queue.url
    assert sorted(int(message.message_attributes["n"]["StringValue"]) for message in found) == list(range(10))
    assert depths(server) == EMPTY


def test_aiobotocore_waits_and_deletes_in_batches(server: Server) -> None:
    """An asynchronous consumer that is there before the events are."""

    async def consume() -> list[str]:
        handled: list[str] = []
        session = aiobotocore.session.get_session()
        async with session.create_client("sqs", endpoint_url=endpoint(server), **CREDENTIALS) as client:
            url = (await client.get_queue_url(QueueName="all"))["QueueUrl"]
            posting = asyncio.create_task(asyncio.to_thread(post, server, 12))
            while len(handled) < 12:
                answer = await client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
                found = answer.get("Messages", [])
                handled += [json.loads(message["Body"])["id"] for message in found]
                entries = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in found]
                if entries:
                    deleted = await client.delete_message_batch(QueueUrl=url, Entries=entries)
                    assert deleted["Failed"] == []
            await posting
        return handled

    handled = asyncio.run(asyncio.wait_for(consume(), 60))

    assert sorted(handled) == sorted(f"transactions:evt_{number}" for number in range(12))
    assert depths(server) == EMPTY


def test_kombu_finds_its_queues_without_being_given_them(server: Server) -> None:
    """No `predefined_queues`: kombu lists the queues, and sends and receives its own messages."""
    where = f"sqs://anything:anything@127.0.0.1:{server.admin_port}/"
    options = {"region": "us-east-1", "wait_time_seconds": 1, "visibility_timeout": 30}
    with kombu.Connection(where, transport_options=options) as connection:  # type: ignore[attr-defined, no-untyped-call] # found when it is used
        queue = connection.SimpleQueue("all")
        for number in range(3):
            queue.put({"number": number})
        found = []
        for _ in range(3):
            message = queue.get(timeout=10)
            found.append(message.payload["number"])
            message.ack()
        queue.close()

    assert sorted(found) == [0, 1, 2]
    until(lambda: depths(server) == EMPTY)


def aws(server: Server, *words: str) -> Any:  # the command prints any JSON
    """Run the AWS command line, and read what it prints."""
    command = [sys.executable, "-m", "awscli", "--endpoint-url", endpoint(server), "--output", "json", "sqs", *words]
    environment = {
        "AWS_ACCESS_KEY_ID": "anything",
        "AWS_SECRET_ACCESS_KEY": "anything",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
    }
    process = run_process(command, env=environment, capture_output=True)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout) if process.stdout.strip() else {}


def test_the_aws_command_line_works(server: Server) -> None:
    """People type these commands first, and shell scripts consist of them."""
    post(server, 1)

    urls = aws(server, "list-queues")["QueueUrls"]
    url = next(url for url in urls if url.endswith("/all"))
    (message,) = aws(server, "receive-message", "--queue-url", url, "--attribute-names", "All")["Messages"]
    aws(server, "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    sent = aws(
        server, "send-message", "--queue-url", url, "--message-body", "own", "--message-attributes",
        '{"a": {"DataType": "Binary", "BinaryValue": "AP8="}}',
    )  # fmt: skip
    counts = aws(server, "get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]

    assert json.loads(message["Body"])["id"] == "transactions:evt_0"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert len(sent["MD5OfMessageAttributes"]) == 32
    assert counts["ApproximateNumberOfMessages"] == "1"


def test_powertools_handles_a_batch_and_returns_what_failed(server: Server) -> None:
    """The handler of a Lambda function, fed by a loop as Lambda's own: what failed comes again, the rest is gone."""
    post(server, 10)
    client = boto3.client("sqs", endpoint_url=endpoint(server), **CREDENTIALS)
    url = client.get_queue_url(QueueName="all")["QueueUrl"]
    processor = BatchProcessor(event_type=EventType.SQS)
    attempts: list[str] = []

    def handle(record: SQSRecord) -> None:
        id_ = record.json_body["id"]
        attempts.append(id_)
        source = record.message_attributes["source"]
        assert source is not None
        assert source.string_value == "transactions"
        if id_ == "transactions:evt_3" and attempts.count(id_) == 1:
            raise ValueError("the first attempt fails")

    for _ in range(2):
        answer = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=5,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        records = [as_record(message) for message in answer["Messages"]]
        response = process_partial_response({"Records": records}, handle, processor, context=None)
        failed = {item["itemIdentifier"] for item in response["batchItemFailures"]}
        entries = [
            {"Id": one["messageId"], "ReceiptHandle": one["receiptHandle"]}
            for one in records
            if one["messageId"] not in failed
        ]
        assert client.delete_message_batch(QueueUrl=url, Entries=entries)["Failed"] == []
    client.close()

    assert len(attempts) == 11
    assert attempts.count("transactions:evt_3") == 2
    assert depths(server) == EMPTY


def test_aws_sqs_consumer_handles_batches(server: Server) -> None:
    """Its batches are deleted by DeleteMessageBatch, of which it does not read the answer: what is left there is handled again."""
    post(server, 12)
    handled: list[str] = []

    class Payments(aws_sqs_consumer.Consumer):  # type: ignore[misc] # it carries no types
        def handle_message_batch(self, messages: list[Any]) -> None:  # the library's own message
            handled.extend(json.loads(message.Body)["id"] for message in messages)
            assert {message.MessageAttributes["source"].StringValue for message in messages} == {"transactions"}

    client = boto3.client("sqs", endpoint_url=endpoint(server), **CREDENTIALS)
    consumer = Payments(
        queue_url=client.get_queue_url(QueueName="all")["QueueUrl"],
        region="us-east-1",
        sqs_client=client,
        batch_size=10,
        message_attribute_names=["All"],
    )
    thread = threading.Thread(target=consumer.start)
    thread.start()
    try:
        until(lambda: depths(server) == EMPTY, seconds=30)
        time.sleep(1.5)  # longer than messages stay hidden
    finally:
        consumer.stop()
        thread.join()
        client.close()

    assert sorted(handled) == sorted(f"transactions:evt_{number}" for number in range(12))
    assert depths(server) == EMPTY


def test_sqs_workers_reads_events_and_runs_jobs(server: Server) -> None:
    """Events by its raw queue, with a backoff for one that fails; and jobs of its own, which it sends with attributes."""
    post(server, 12)
    client = boto3.client("sqs", endpoint_url=endpoint(server), **CREDENTIALS)
    resource = boto3.resource("sqs", endpoint_url=endpoint(server), **CREDENTIALS)
    env = sqs_workers.SQSEnv(sqs_client=client, sqs_resource=resource, backoff_policy=sqs_workers.IMMEDIATE_RETURN)
    attempts: list[str] = []
    events = env.queue("all", sqs_workers.RawQueue)

    @events.raw_processor()  # type: ignore[no-untyped-call, untyped-decorator] # its types are not complete
    def handle(message: Any) -> None:  # boto3's own message
        attempts.append(json.loads(message.body)["id"])
        if attempts.count("transactions:evt_3") == 1 and attempts[-1] == "transactions:evt_3":
            raise ValueError("the first attempt fails")

    until(lambda: events.process_batch(wait_seconds=1) is not None and depths(server) == EMPTY, seconds=30)

    jobs = sqs_workers.SQSEnv(sqs_client=client, sqs_resource=resource).queue("all")
    greeted: list[str] = []

    def greet(name: str) -> None:
        greeted.append(name)

    jobs.connect_processor("greet", greet)
    jobs.add_job("greet", name="Ada")
    until(lambda: jobs.process_batch(wait_seconds=1) is not None and depths(server) == EMPTY, seconds=30)
    resource.meta.client.close()
    client.close()

    assert len(attempts) == 13
    assert attempts.count("transactions:evt_3") == 2
    assert greeted == ["Ada"]


def node(server: Server, program: str, *arguments: str) -> Any:  # the program prints any JSON
    """Run one of ``node/`` with the packages of the Node example, and read what it prints."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "AWS_ENDPOINT_URL_SQS": endpoint(server),
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "anything",
        "AWS_SECRET_ACCESS_KEY": "anything",
    }
    command = [tool("node"), "--input-type=module", "-", *arguments]
    done = run_process(
        command,
        input=(PROGRAMS / program).read_bytes(),
        cwd=node_folder(),
        env=environment,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nodes_own_sdk_makes_every_call_of_a_consumer(server: Server) -> None:
    """It checks the MD5 of what it sends and receives, and has its own classes for errors, by which programs decide."""
    post(server, 12)

    found = node(server, "client-sqs.mjs")

    assert found == {
        "listed": True,
        "sent": [36, 2],
        "ids": sorted(f"transactions:evt_{number}" for number in range(12)),
        "counts": ["1"],
        "binary": [0, 255],
        "changed": [10, 0],
        "deleted": [9, [["wrong", "ReceiptHandleIsInvalid", True]]],
        "left": ["0", "0", "1"],
        "unknown": ["QueueDoesNotExist", True],
        "receipt": ["ReceiptHandleIsInvalid", True],
        "empty": ["EmptyBatchRequest", True],
        "refused": ["UnsupportedOperation", True],
    }


@pytest.mark.parametrize("mode", ["single", "batch", "heartbeat"])
def test_sqs_consumer_handles_every_message_once(server: Server, mode: str) -> None:
    """Its batch handler once processed 20 messages 60 times, and then all of them were dead letters although they had been handled."""
    post(server, 20)

    found = node(server, "sqs-consumer.mjs", mode, f"{endpoint(server)}/000000000000/all", "20")

    assert found == {"handled": sorted(f"transactions:evt_{number}" for number in range(20)), "errors": []}
    assert depths(server) == EMPTY


def as_record(message: dict[str, Any]) -> dict[str, Any]:
    """A message as Lambda hands it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "md5OfBody": message["MD5OfBody"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
            for name, value in message["MessageAttributes"].items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:all",
        "awsRegion": "us-east-1",
    }
