"""A Lambda function that books payments, each once, and returns the failed ones. It does not depend on where it runs."""

from __future__ import annotations

import json
import os
import sqlite3
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any  # Lambda's events are plain JSON

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

LEDGER = """
CREATE TABLE IF NOT EXISTS payments (event_id TEXT PRIMARY KEY, type TEXT NOT NULL, amount TEXT NOT NULL, currency TEXT NOT NULL)
"""

# If every message of a batch failed, the answer lists them, as for any other batch; no exception is raised.
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def lambda_handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Handle the messages of one call: `ReportBatchItemFailures` must be set on the event source mapping."""
    return process_partial_response(event=event, record_handler=book, processor=processor, context=context)


def book(record: SQSRecord) -> None:
    """Write the payment, unless its event was handled before: mark and work are one row, so that both happen or neither does."""
    event = json.loads(record.body, parse_float=Decimal)  # an amount is never a float
    data = event["data"]
    row = (event["id"], event["type"], str(data["amount"]), data["currency"])
    with ledger() as transaction:
        was_new = transaction.execute("INSERT INTO payments VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row).rowcount
    print(f"{'booked' if was_new else 'seen before'} {event['id']}", flush=True)


@cache
def ledger() -> sqlite3.Connection:
    """The database of the payments, which in production is one that all consumers share."""
    connection = sqlite3.connect(os.environ.get("LEDGER", "ledger.sqlite"))
    connection.execute(LEDGER)
    return connection
