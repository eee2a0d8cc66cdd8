"""Killed between receive and delete: every message is still there or was handled, and none is deleted that no consumer had handled."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import Sender, sign, transaction
from acceptance.server import EXAMPLE, Server, until

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = (EXAMPLE / "hookline.toml").read_text().replace("max_receives = 3", "max_receives = 100")
CONSUMERS = 3
ROUNDS = 5
EACH = 80
HIDDEN = 2  # seconds: what a dead consumer had is visible again then
STANDING = "SELECT events.id FROM messages JOIN events ON events.seq = messages.event"
HASTY = """
from hookline.adapters.sqlite.queues import SqliteQueues
own = SqliteQueues.receive
def hastily(self, queue, **options):
    taken = own(self, queue, **options)
    self.delete(queue, [delivery.receipt for delivery in taken])
    return taken
SqliteQueues.receive = hastily
"""
"""hookline with its promise broken: a message is deleted when it is received."""


class Consumers:
    """Consumers that receive, handle and delete until the server has gone. Some die in between, as a killed consumer does."""

    def __init__(self, server: Server, moments: random.Random) -> None:
        self._server = server
        self._moments = moments
        self._url = f"{server.admin}/000000000000/payments"
        self._threads = [threading.Thread(target=self._consume) for _ in range(CONSUMERS)]
        self.received: set[str] = set()
        self.handled: set[str] = set()
        """The messages whose delete was asked for."""
        self.died = 0
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all of them have noticed."""
        for thread in self._threads:
            thread.join(timeout=30)
            assert not thread.is_alive(), "a consumer hangs although the server is dead"

    def _consume(self) -> None:
        with Sender(self._server.admin_port) as sender:
            try:
                while True:
                    self._batch(sender)
            except (OSError, http.client.HTTPException):
                return

    def _batch(self, sender: Sender) -> None:
        answer = sender.sqs(
            "ReceiveMessage", QueueUrl=self._url, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN, WaitTimeSeconds=1
        )
        messages = answer.get("Messages", [])
        names = {json.loads(message["Body"])["id"] for message in messages}
        self.received |= names
        time.sleep(self._moments.uniform(0, 0.02))  # the work
        if self._moments.random() < 0.3:
            self.died += 1
            return
        self.handled |= names
        entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
        if entries:
            sender.sqs("DeleteMessageBatch", QueueUrl=self._url, Entries=entries)


def send(server: Server, names: list[str]) -> set[str]:
    """Send payments; the ids of their events."""
    with server.sender() as sender:
        for name in names:
            body = transaction(name)
            assert sender.post(body, headers=sign(body, delivery=name)).status == 202
    return {f"transactions:{name}" for name in names}


def standing(server: Server) -> set[str]:
    """The events that have a message."""
    return {row[0] for row in server.rows(STANDING)}


@pytest.mark.timeout(0)
def test_kill_9_between_receive_and_delete_loses_nothing(tmp_path: Path) -> None:
    """The server and consumers die at any moment: what no consumer has handled is received again, and in the end nothing is left."""
    moments = random.Random(seed := time.time_ns())
    server = Server(tmp_path, config=CONFIG)
    sent: set[str] = set()
    received: set[str] = set()
    handled: set[str] = set()
    died = 0
    for round_ in range(ROUNDS):
        with server:
            consumers = Consumers(server, moments)
            sent |= send(server, [f"d_{round_}_{number}" for number in range(EACH)])
            time.sleep(moments.uniform(0, 0.3))
            server.kill()
            consumers.join()
        received, handled, died = received | consumers.received, handled | consumers.handled, died + consumers.died
        lost = sent - standing(server) - handled
        assert not lost, f"seed {seed}: {lost} were deleted and never handled"

    with server:
        consumers = Consumers(server, moments)
        until(lambda: not standing(server), seconds=120)
        server.kill()
        consumers.join()

    assert died, "no consumer died between receive and delete: the test proves nothing"
    assert received, "nothing was received before a kill"
    assert handled | consumers.handled == sent, f"seed {seed}"


def test_the_kills_convict_a_server_that_deletes_what_it_gives(tmp_path: Path) -> None:
    """The proof itself is tested: the same kill must find the loss of a server that does not wait for the delete."""
    server = Server(tmp_path, config=CONFIG, before=HASTY)
    with server:
        sent = send(server, ["d_1"])
        with Sender(server.admin_port) as sender:
            answer = sender.sqs("ReceiveMessage", QueueUrl=f"{server.admin}/000000000000/payments")
        server.kill()

    assert len(answer["Messages"]) == 1
    assert sent - standing(server) == sent
