"""Celery's own SQS worker on a queue of hookline's: why the example has a bridge. What its README says is what happens."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import boto3  # type: ignore[import-untyped] # it carries no types
import pytest

from acceptance.sender import sign, transaction
from acceptance.server import Server, until
from acceptance.sqs import CREDENTIALS
from processes import end_process, start_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
[sources.transactions]
path = "/webhook"
verify = { scheme = "standard-webhooks", secrets = ["TRANSACTIONS_SECRET"] }
id = "event_id"
type = "transaction_type"
[queues.payments]
max_receives = 2
visibility_timeout = "1s"
[[routes]]
match = { source = ["hookline/transactions"] }
queues = ["payments"]
"""

WORKER = """
import celery
app = celery.Celery("payments", broker={broker!r})
app.conf.broker_transport_options = {{"region": "us-east-1", "wait_time_seconds": 1, "visibility_timeout": 1, "polling_interval": 0.1}}
app.conf.task_default_queue = {queue!r}
app.conf.worker_enable_remote_control = False
@app.task
def book(body):
    print("handled", body)
app.worker_main(["worker", "--pool", "solo", "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"])
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server with three payments on its queue."""
    with Server(tmp_path, config=CONFIG) as server:
        with server.sender() as sender:
            for number in range(3):
                body = transaction(f"evt_{number}")
                assert sender.post(body, headers=sign(body, delivery=f"msg_{number}")).status == 202
        yield server


@contextmanager
def working(server: Server, queue: str, output: Path) -> Iterator[None]:
    """Celery's worker, whose broker is the admin port and whose tasks are on ``queue``."""
    program = WORKER.format(broker=f"sqs://anything:anything@127.0.0.1:{server.admin_port}/", queue=queue)
    with output.open("w") as written:
        process = start_process([sys.executable, "-c", program], stdout=written, stderr=written)
    try:
        yield
    finally:
        end_process(process)


def depths(server: Server) -> tuple[int, int]:
    """How many messages are on the queue and on its dead-letter queue."""
    found = []
    with closing(boto3.client("sqs", endpoint_url=server.admin, **CREDENTIALS)) as client:
        for name in ("payments", "payments-dlq"):
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
            counts = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            found.append(sum(int(value) for key, value in counts.items() if key.startswith("ApproximateNumber")))
    return found[0], found[1]


def test_it_handles_no_event_and_makes_dead_letters_of_all(server: Server, tmp_path: Path) -> None:
    """Its log says that it deleted them. Since the queue has a dead-letter queue it leaves them."""
    with working(server, "payments", tmp_path / "output"):
        until(lambda: depths(server) == (0, 3), seconds=60)

    said = (tmp_path / "output").read_text()
    assert "Received and deleted unknown message" in said
    assert "handled" not in said


def test_it_deletes_dead_letters(server: Server, tmp_path: Path) -> None:
    """A dead-letter queue has no dead-letter queue: a message that the worker does not know is lost after it deletes it."""
    with closing(boto3.client("sqs", endpoint_url=server.admin, **CREDENTIALS)) as client:
        for _ in range(3):
            client.receive_message(QueueUrl="http://h/payments", MaxNumberOfMessages=10, VisibilityTimeout=0)
    assert depths(server) == (0, 3)

    with working(server, "payments-dlq", tmp_path / "output"):
        until(lambda: depths(server) == (0, 0), seconds=60)

    assert "handled" not in (tmp_path / "output").read_text()
