"""Consumers that go away while they wait: a message that comes then is for the next one."""

from __future__ import annotations

import json
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw
import pytest

from acceptance.sender import Sender, answers, connect, head, read_answer
from acceptance.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUEUE = "http://localhost/000000000000/payments"


IMPATIENT = """
from hookline.sqs_api.queue_thread import QueueThread
QueueThread.__init__.__kwdefaults__["deadline"] = 1.0
"""
"""A server whose consumers get an error after one second, and not after ten, when the storage does not answer."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole file."""
    with Server(tmp_path_factory.mktemp("gone")) as server:
        yield server


def long_poll(server: Server, seconds: int = 20) -> socket.socket:
    """A consumer that waits for ``seconds`` seconds, and would keep what it gets for ten minutes."""
    body = json.dumps({"QueueUrl": QUEUE, "WaitTimeSeconds": seconds, "VisibilityTimeout": 600}).encode()
    fields = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "AmazonSQS.ReceiveMessage",
        "Content-Length": str(len(body)),
    }
    connection = connect(server.admin_port)
    connection.sendall(head(fields, target="/") + body)
    time.sleep(0.5)  # it waits now
    return connection


def send_and_receive(server: Server, body: str) -> list[str]:
    """What the next consumer gets after this message was sent."""
    with Sender(server.admin_port, timeout=30) as sender:
        sender.sqs("SendMessage", QueueUrl=QUEUE, MessageBody=body)
    return receive(server)


def receive(server: Server) -> list[str]:
    """What the next consumer gets, and deletes."""
    with Sender(server.admin_port, timeout=30) as sender:
        found = sender.sqs("ReceiveMessage", QueueUrl=QUEUE, WaitTimeSeconds=5).get("Messages", [])
        for message in found:
            sender.sqs("DeleteMessage", QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in found]


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_a_consumer_that_was_killed_is_given_no_message(server: Server, seconds: float) -> None:
    """Each restart of a consumer would otherwise hide up to ten messages until their visibility timeout has passed."""
    long_poll(server).close()  # as the system does for a killed process
    time.sleep(seconds)

    assert send_and_receive(server, f"after {seconds}") == [f"after {seconds}"]


def test_many_that_have_gone_take_nothing(server: Server) -> None:
    """Long polls of one queue take turns: a client that has gone gives up its turn as well."""
    for gone in [long_poll(server) for _ in range(5)]:
        gone.close()

    assert send_and_receive(server, "after five") == ["after five"]


def test_a_client_that_has_ended_its_half_still_gets_an_answer(server: Server) -> None:
    """It may read: an answer without messages, which comes immediately, says that it should ask again."""
    start = time.monotonic()
    with long_poll(server) as connection:
        connection.shutdown(socket.SHUT_WR)
        (answer,) = answers(connection)

    assert (answer.status, answer.json()) == (200, {})
    assert time.monotonic() - start < 9
    assert send_and_receive(server, "after the half") == ["after the half"]


def status_of(poll: socket.socket) -> int:
    """What a consumer is answered."""
    with poll, poll.makefile("rb") as stream:
        answer = read_answer(stream)
    assert answer is not None
    return answer.status


@contextmanager
def held_by_another_program(server: Server) -> Iterator[None]:
    """The write lock of its file, as a forgotten shell has it."""
    connection = apsw.Connection(str(server.data_dir / "hookline.db"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_a_consumer_that_hangs_up_while_the_storage_is_busy_is_given_no_message(server: Server) -> None:
    """SDKs give up after their read timeout and ask again: what they no longer wait for must not be hidden from them."""
    with Sender(server.admin_port) as sender:
        sender.sqs("SendMessage", QueueUrl=QUEUE, MessageBody="while busy")
    with held_by_another_program(server):
        for gone in [long_poll(server, seconds) for seconds in (0, 0, 20)]:
            gone.close()
        time.sleep(0.5)

    assert send_and_receive(server, "after") == ["while busy"]
    assert receive(server) == ["after"]


def test_a_consumer_that_heard_of_an_error_was_given_no_message(tmp_path: Path) -> None:
    """The lock came free after its 503: what it received then would be hidden for its visibility timeout."""
    with Server(tmp_path, before=IMPATIENT) as server:
        with Sender(server.admin_port) as sender:
            sender.sqs("SendMessage", QueueUrl=QUEUE, MessageBody="while busy")
        with held_by_another_program(server):
            statuses = [status_of(poll) for poll in [long_poll(server, 0) for _ in range(3)]]

        assert statuses == [503] * 3
        assert send_and_receive(server, "after") == ["while busy"]
