"""Waits for the stored event and the message of a canary run in an environment, and removes both."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from hookline.adapters.aws import names
from hookline.adapters.aws.canary_secret import canary_secret
from hookline.adapters.aws.errors import translated
from hookline.config.canary import CANARY

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.adapters.aws.clients import Clients

__all__ = ["CanaryTrail"]

_HIDDEN = (
    5  # seconds for which a received message is hidden; short, because the canary's function may be waiting for it
)
_OLD = 900  # seconds; longer than any canary run waits for its message
_SENT = "SentTimestamp"
_STEP = timedelta(milliseconds=200)


class CanaryTrail:
    """The canary's secret, stored events and messages, with the operator's own rights."""

    def __init__(self, clients: Clients, *, environment: str, table: str, queue_url_prefix: str) -> None:
        self._clients = clients
        self._environment = environment
        self._table = table
        self._queue_url = f"{queue_url_prefix}{names.queue(CANARY, environment)}"

    def secret(self, fresh: Callable[[], str]) -> bytes:
        """The secret that the canary signs with; the first call creates it with ``fresh`` and stores it."""
        return canary_secret(self._clients.ssm(), self._environment, fresh)[0]

    def status(self, event_id: str) -> str | None:
        """The status of the stored event; None where the event is not stored."""
        with translated():
            found = self._clients.dynamodb().get_item(
                TableName=self._table, Key={names.TABLE_KEY: {"S": event_id}}, ConsistentRead=True
            )
        item = found.get("Item")
        return None if item is None else str(item["status"]["S"])

    def message(self, event_id: str, *, within: timedelta) -> str | None:
        """The data of the event's message, which is then removed from the queue; None where no message arrived in time.

        Messages of earlier runs that have ended are removed too.
        """
        client, end = self._clients.sqs(), time.monotonic() + within.total_seconds()
        while time.monotonic() < end:
            with translated():
                answer = client.receive_message(
                    QueueUrl=self._queue_url,
                    MaxNumberOfMessages=10,
                    WaitTimeSeconds=1,
                    VisibilityTimeout=_HIDDEN,
                    MessageSystemAttributeNames=[_SENT],
                )
            for one in answer.get("Messages", ()):
                document = json.loads(one["Body"])
                if document["id"] == event_id or time.time() - int(one["Attributes"][_SENT]) / 1000 > _OLD:
                    with translated():
                        client.delete_message(QueueUrl=self._queue_url, ReceiptHandle=one["ReceiptHandle"])
                if document["id"] == event_id:
                    return json.dumps(document["data"], sort_keys=True)
            time.sleep(_STEP.total_seconds())
        return None

    def forget(self, event_id: str) -> None:
        """Remove the stored event."""
        with translated():
            self._clients.dynamodb().delete_item(TableName=self._table, Key={names.TABLE_KEY: {"S": event_id}})
