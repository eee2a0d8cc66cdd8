"""The AWS home over one emulator, started when the first test needs it and shared by all of a run."""

from __future__ import annotations

import atexit
import json
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import pytest
from botocore.retries import standard  # type: ignore[import-untyped] # botocore carries no types

from contract.builders import QUEUES
from emulator.server import ACCOUNT, REGION, SECRET, emulator
from hookline.adapters.aws import clients as clients_module
from hookline.adapters.aws import names
from hookline.adapters.aws.clients import Clients
from hookline.adapters.memory.clock import MemoryClock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from emulator.server import Emulator
    from hookline.domain.queue import Queue

__all__ = [
    "BUCKET",
    "ENVIRONMENT",
    "REJECTED",
    "TABLE",
    "AwsClock",
    "Cloud",
    "create_queue",
    "create_rejected_table",
    "create_resources",
    "shared_cloud",
    "standing_on",
]

ENVIRONMENT = "test"
TABLE = names.table(ENVIRONMENT)
REJECTED = names.rejected_table(ENVIRONMENT)
BUCKET = names.bucket(ENVIRONMENT, account=ACCOUNT, region=REGION)


_FIFO = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """An emulator, and hookline's own clients of it."""

    emulator: Emulator
    clients: Clients


@cache
def shared_cloud() -> Cloud:
    """The one that every test of this process uses, in its last state: each test that begins resets it."""
    stack = ExitStack()
    atexit.register(stack.close)
    running = stack.enter_context(emulator())
    with (
        pytest.MonkeyPatch.context() as patch
    ):  # read when a client is made; the emulator needs no pause before the next try
        patch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setattr(clients_module, "_READ_SECONDS", 30)  # a busy machine answers later than AWS
        patch.setattr(standard, "ExponentialBackoff", partial(standard.ExponentialBackoff, random=lambda: 0.0))
        clients = stack.enter_context(Clients(REGION, endpoint=running.endpoint))
        for make in (clients.dynamodb, clients.sqs, clients.s3, clients.ssm, clients.secretsmanager, clients.invoker):
            make()
    return Cloud(emulator=running, clients=clients)


class AwsClock(MemoryClock):
    """The test's clock, which SQS follows; what time of day somebody sets is nothing to SQS."""

    def __init__(self, start: datetime, running: Emulator) -> None:
        super().__init__(start)
        self._emulator = running
        running.set_time(start)

    def advance(self, duration: timedelta) -> None:
        """Let time pass, there too."""
        super().advance(duration)
        self._emulator.set_time(self.steady())


def create_resources(running: Emulator, queues: Sequence[Queue] = QUEUES) -> None:
    """Table, bucket and ``queues`` as they are deployed; without the table's own expiry, which knows no other clock than the machine's."""
    running.reset()
    name = repr(tuple(queues))
    if not running.restore(name):
        _create(running, queues)
        running.keep(name)


def _create(running: Emulator, queues: Sequence[Queue]) -> None:
    running.client("dynamodb").create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": names.TABLE_KEY, "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": names.TABLE_KEY, "AttributeType": "S"},
            {"AttributeName": names.OUTBOX_PARTITION, "AttributeType": "S"},
            {"AttributeName": names.OUTBOX_SORT, "AttributeType": "N"},
            {"AttributeName": names.ARRIVALS_PARTITION, "AttributeType": "S"},
            {"AttributeName": names.ARRIVALS_SORT, "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[
            _index(names.OUTBOX_INDEX, names.OUTBOX_PARTITION, names.OUTBOX_SORT, names.OUTBOX_PROJECTED),
            _index(names.ARRIVALS_INDEX, names.ARRIVALS_PARTITION, names.ARRIVALS_SORT, names.ARRIVALS_PROJECTED),
        ],
    )
    create_rejected_table(running)
    running.client("s3").create_bucket(Bucket=BUCKET)
    for queue in queues:
        create_queue(running, queue)


def create_rejected_table(running: Emulator) -> None:
    """The table of rejected requests as it is deployed, but for its own expiry and for the rate that bounds its costs."""
    shares = _index(names.SHARES_INDEX, names.REJECTED_PARTITION, names.SHARES_SORT, names.SHARES_PROJECTED)
    running.client("dynamodb").create_table(
        TableName=REJECTED,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": names.REJECTED_PARTITION, "KeyType": "HASH"},
            {"AttributeName": names.REJECTED_SORT, "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in (names.REJECTED_PARTITION, names.REJECTED_SORT, names.SHARES_SORT)
        ],
        LocalSecondaryIndexes=[shares],
    )


def _index(name: str, partition: str, sort: str, carried: Sequence[str]) -> dict[str, object]:
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": partition, "KeyType": "HASH"},
            {"AttributeName": sort, "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(carried)},
    }


def create_queue(running: Emulator, queue: Queue) -> None:
    """A queue and its dead-letter queue, as they are deployed."""
    sqs, fifo = running.client("sqs"), queue.fifo is not None
    kind = _FIFO if fifo else {}
    dead = names.dead_letter_queue(queue.name, ENVIRONMENT, fifo=fifo)
    retention = str(int(queue.dead_letter_retention.total_seconds()))
    sqs.create_queue(QueueName=dead, Attributes={"MessageRetentionPeriod": retention, **kind})
    redrive = {
        "deadLetterTargetArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{dead}",
        "maxReceiveCount": queue.max_receives,
    }
    sqs.create_queue(
        QueueName=names.queue(queue.name, ENVIRONMENT, fifo=fifo),
        Attributes={
            "VisibilityTimeout": str(int(queue.visibility_timeout.total_seconds())),
            "MessageRetentionPeriod": str(int(queue.retention.total_seconds())),
            "RedrivePolicy": json.dumps(redrive),
            **kind,
        },
    )


def standing_on(running: Emulator, queue: str, *, fifo: bool = False) -> list[str]:
    """The event ids of the messages on a queue, by the name that hookline.toml gives it."""
    dead = queue.removesuffix("-dlq")
    name = names.queue(queue, ENVIRONMENT, fifo=fifo)
    physical = name if dead == queue else names.dead_letter_queue(dead, ENVIRONMENT, fifo=fifo)
    return [json.loads(message["Body"])["id"] for message in running.standing(physical)]
