"""A FIFO queue of a running server: order by customer from the sender to the consumer, whatever is killed in between."""

from __future__ import annotations

import json
import random
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped] # it carries no types
from botocore.config import Config  # type: ignore[import-untyped] # it carries no types
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped] # it carries no types

from acceptance.endpoint import FORWARD_SECRET, endpoint, forward_toml
from acceptance.sender import Sender, sign, transaction
from acceptance.server import Server, until
from acceptance.sqs import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CONFIG = """
[sources.transactions]
path = "/webhook"
verify = { scheme = "standard-webhooks", secrets = ["TRANSACTIONS_SECRET"] }
id = "event_id"
type = "transaction_type"
[queues.all]
max_receives = 1000
visibility_timeout = "2s"
fifo = { group = "data.merchant_id" }
[[routes]]
match = { source = ["hookline/transactions"] }
queues = ["all"]
"""
CUSTOMERS = ("m_1", "m_2", "m_3")
EACH = 12
KILLS = 3


def post(server: Server, number: int, customers: Sequence[str] = CUSTOMERS) -> None:
    """Event after event, in turn for each customer; a sender that waits for each answer."""
    with Sender(server.port) as sender:
        for index in range(number):
            for customer in customers:
                body = transaction(f"{customer}-{index}", merchant_id=customer)
                assert sender.post(body, headers=sign(body, delivery=f"{customer}-{index}")).status == 202


def consumer(server: Server) -> Any:
    """A client with nothing special but its endpoint."""
    quick = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10)
    return boto3.client("sqs", endpoint_url=f"http://127.0.0.1:{server.admin_port}", config=quick, **CREDENTIALS)


def event_of(message: dict[str, Any]) -> tuple[str, int]:
    """The customer and the number of a message."""
    customer, _, number = json.loads(message["Body"])["id"].partition(":")[2].rpartition("-")
    return customer, int(number)


class Handled:
    """The actions of a consumer, in the order in which it did each for the first time."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[int]] = defaultdict(list)

    def note(self, message: dict[str, Any]) -> None:
        """A message that comes again, because its delete was lost, was handled before."""
        customer, number = event_of(message)
        if number not in self.numbers[customer]:
            self.numbers[customer].append(number)

    def is_done(self) -> bool:
        """Whether everything was handled."""
        return sum(map(len, self.numbers.values())) == EACH * len(CUSTOMERS)


def test_killed_between_receive_and_delete_nothing_is_lost_and_no_group_is_overtaken(tmp_path: Path) -> None:
    """The consumer gets the next message of a customer only when the one before is done, also across kill -9 of the server."""
    moments = random.Random(seed := time.time_ns())
    kill_at = set(moments.sample(range(1, EACH * len(CUSTOMERS)), KILLS))
    handled, taken = Handled(), 0
    with Server(tmp_path, config=CONFIG) as server:
        post(server, EACH)
        client, url = consumer(server), f"http://127.0.0.1:{server.admin_port}/000000000000/all.fifo"
        end = time.monotonic() + 120
        while not handled.is_done():
            assert time.monotonic() < end, f"seed {seed}: {dict(handled.numbers)}"
            for message in _taken(client, url, moments.randint(1, 4)):
                handled.note(message)
                taken += 1
                if taken in kill_at:
                    server.kill()
                    server.start()
                    client, url = consumer(server), f"http://127.0.0.1:{server.admin_port}/000000000000/all.fifo"
                    break
                client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        until(
            lambda: not _delete_all(client, url) and server.rows("SELECT count(*) FROM messages") == [(0,)], seconds=60
        )

    assert handled.numbers == {customer: list(range(EACH)) for customer in CUSTOMERS}, f"seed {seed}"


def test_what_was_sent_before_a_kill_is_known_after_it(tmp_path: Path) -> None:
    """A producer that had no answer sends again to the restarted server."""
    once = {"MessageBody": "paid", "MessageGroupId": "m_1", "MessageDeduplicationId": "payment-1"}
    with Server(tmp_path, config=CONFIG) as server:
        first = consumer(server).send_message(
            QueueUrl=consumer(server).get_queue_url(QueueName="all")["QueueUrl"], **once
        )
        server.kill()
        server.start()
        client = consumer(server)
        url = client.get_queue_url(QueueName="all")["QueueUrl"]
        second = client.send_message(QueueUrl=url, **once)
        taken = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]

    assert second["MessageId"] == first["MessageId"]
    assert [message["Body"] for message in taken] == ["paid"]


def test_a_forward_of_a_fifo_queue_keeps_the_order_of_each_customer(tmp_path: Path) -> None:
    """An endpoint that refuses one customer's events for a while gets all others, and that customer's in their order afterwards."""
    order: list[str] = []
    with endpoint() as ledger:
        closed = {"m_1"}

        def answer(event_id: str) -> int:
            customer = event_id.partition(":")[2].rpartition("-")[0]
            if customer in closed:
                return 500
            order.append(event_id.partition(":")[2])
            return 204

        ledger.status = answer
        more = forward_toml(
            ledger.url, 'min_backoff = "1s"', 'max_backoff = "1s"', "breaker_failures = 1000", queue="all"
        )
        with Server(tmp_path, config=CONFIG, more=more, environment={"FORWARD_SECRET": FORWARD_SECRET}) as server:
            post(server, 5)
            until(lambda: len(order) == 10, seconds=60)
            closed.clear()
            until(lambda: len(order) == 15, seconds=60)

    for customer in CUSTOMERS:
        assert [one for one in order if one.startswith(customer)] == [f"{customer}-{n}" for n in range(5)]


def _taken(client: Any, url: str, most: int) -> list[dict[str, Any]]:
    try:
        answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=most, WaitTimeSeconds=1)
    except (BotoCoreError, ClientError):
        return []
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def _delete_all(client: Any, url: str) -> bool:
    """Whether there was something left whose delete was lost."""
    left = _taken(client, url, 10)
    for message in left:
        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bool(left)
