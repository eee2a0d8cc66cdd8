"""Book payments from a hookline queue, each once. Endpoint, region and credentials come from the environment."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import threading
from decimal import Decimal
from typing import Any  # boto3's answers are plain JSON

import boto3  # type: ignore[import-untyped] # it carries no types
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped] # it carries no types

LEDGER = """
CREATE TABLE IF NOT EXISTS payments (event_id TEXT PRIMARY KEY, type TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL)
"""


def main() -> None:
    """Receive, book and delete until a signal comes. A batch that was received is finished first."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    sqs = boto3.client("sqs")
    queue_url = sqs.get_queue_url(QueueName=os.environ["QUEUE_NAME"])["QueueUrl"]
    ledger = sqlite3.connect(os.environ.get("LEDGER", "ledger.sqlite"))
    ledger.execute(LEDGER)
    print(f"waiting for messages of {queue_url}", flush=True)
    while not stopping.is_set():
        try:
            consume(sqs, queue_url, ledger)
        except (BotoCoreError, ClientError) as error:  # the server restarts, or the network is down
            print(f"trying again in a second: {error}", flush=True)
            stopping.wait(1)
    ledger.close()


def consume(sqs: Any, queue_url: str, ledger: sqlite3.Connection) -> None:
    """Receive and handle the messages of one call. The wait is shorter than the 10 seconds that a container has to stop."""
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    done = [message for message in answer.get("Messages", []) if handled(message, ledger)]
    if not done:
        return
    entries = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in done]
    for failure in sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries).get("Failed", []):
        print(f"not deleted, it will be delivered again: {failure}", flush=True)


def handled(message: dict[str, Any], ledger: sqlite3.Connection) -> bool:
    """Whether the message can be deleted. If it cannot be handled, it is delivered again, and later goes to the dead-letter queue."""
    try:
        event = json.loads(message["Body"], parse_float=Decimal)  # an amount is never a float
        was_new = book(event, ledger)
    except Exception as error:  # noqa: BLE001 -- one bad message must not stop the others
        print(f"failed {message['MessageId']}: {error!r}", flush=True)
        return False
    print(f"{'booked' if was_new else 'seen before'} {event['id']}", flush=True)
    return True


def book(event: dict[str, Any], ledger: sqlite3.Connection) -> bool:
    """Write the payment, unless its event was handled before: mark and work are one row, so that both happen or neither does."""
    data = event["data"]
    row = (event["id"], event["type"], str(data["amount"]), data["currency"])
    with ledger:
        return ledger.execute("INSERT INTO payments VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row).rowcount == 1


if __name__ == "__main__":
    main()
