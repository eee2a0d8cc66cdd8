"""Does the work of Lambda's event source mapping: calls the handler with a batch, and deletes the messages that did not fail."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from typing import Any  # boto3's answers are plain JSON

import boto3  # type: ignore[import-untyped] # it carries no types
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped] # it carries no types

from handler import lambda_handler


def main() -> None:
    """Receive, handle and delete until a signal comes. A batch that was received is finished first."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    sqs = boto3.client("sqs")
    queue_url = sqs.get_queue_url(QueueName=os.environ["QUEUE_NAME"])["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    print(f"waiting for messages of {queue_url}", flush=True)
    while not stopping.is_set():
        try:
            consume(sqs, queue_url, arn)
        except (BotoCoreError, ClientError) as error:  # the server restarts, or the network is down
            print(f"trying again in a second: {error}", flush=True)
            stopping.wait(1)


def consume(sqs: Any, queue_url: str, arn: str) -> None:
    """Receive and handle one batch. The wait is shorter than the 10 seconds that a container has to stop."""
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=5,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )
    records = [record(message, arn) for message in answer.get("Messages", [])]
    if not records:
        return
    failed = failures(records)
    entries = [
        {"Id": one["messageId"], "ReceiptHandle": one["receiptHandle"]}
        for one in records
        if one["messageId"] not in failed
    ]
    if entries:
        for failure in sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", []):
            print(f"not deleted, it will be delivered again: {failure}", flush=True)


def failures(records: list[dict[str, Any]]) -> set[str]:
    """The ids of the messages that failed: all of them if the handler itself raised. They are delivered again."""
    try:
        response = lambda_handler({"Records": records}, None)
    except Exception:  # noqa: BLE001 -- Lambda continues with the next batch too
        traceback.print_exc()
        return {one["messageId"] for one in records}
    failed = {str(item["itemIdentifier"]) for item in response["batchItemFailures"]}
    for message_id in sorted(failed):
        print(f"failed {message_id}", flush=True)
    return failed


def record(message: dict[str, Any], arn: str) -> dict[str, Any]:
    """The message in the form in which Lambda passes it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {"dataType": value["DataType"], "stringValue": value.get("StringValue")}
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }


if __name__ == "__main__":
    main()
