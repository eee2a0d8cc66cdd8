"""Killed at any moment, hookline has every event that it acknowledged, once, on its queue."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from acceptance.sender import sign, transaction
from acceptance.server import Server

if TYPE_CHECKING:
    from pathlib import Path

CLIENTS = 6
QUEUES = {"payment": "payments", "refund": "refunds", "dispute": "disputes"}
HALF_STORED = """
SELECT e.id, e.status, count(m.id), group_concat(q.name) FROM events e
LEFT JOIN messages m ON m.event = e.seq LEFT JOIN queues q ON q.id = m.queue
GROUP BY e.seq HAVING count(m.id) <> 1 OR e.status <> 'routed' OR q.name <> e.type || 's'
"""
HASTY = """
import time
from hookline.adapters.sqlite.database import Database
from hookline.domain.event import Outcome
from hookline.runtimes.embedded.committer import Committer
commit, submit = Database.commit, Committer.submit
def slowly(self, *routed):
    time.sleep(0.02)
    commit(self, *routed)
def hastily(self, routed, *, arrived):
    submit(self, routed, arrived=arrived)
    answer = self._loop.create_future()
    answer.set_result(Outcome.NEW)
    return answer
Database.commit, Committer.submit = slowly, hastily
"""
"""hookline with its promise broken: the answer does not wait for the commit."""

ORPHANS = "SELECT id FROM messages WHERE event IS NULL OR event NOT IN (SELECT seq FROM events)"


class Crowd:
    """Senders that post until the server is gone, and remember the answers."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._guard = threading.Lock()
        self._threads = [threading.Thread(target=self._post, args=(f"{name}_{n}",)) for n in range(CLIENTS)]
        self.sent: dict[str, bytes] = {}
        self.acknowledged: set[str] = set()
        self.refused: list[int] = []
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all of them have noticed."""
        for thread in self._threads:
            thread.join(timeout=30)
            assert not thread.is_alive(), "a sender hangs although the server is dead"

    def _post(self, name: str) -> None:
        with self._server.sender() as sender:
            for number in range(100_000):
                delivery = f"{name}_{number}"
                body = transaction(delivery, kind=random.choice(list(QUEUES)))
                with self._guard:
                    self.sent[delivery] = body
                try:
                    answer = sender.post(body, headers=sign(body))
                except (OSError, http.client.HTTPException):
                    return
                with self._guard:
                    if answer.status == 202:
                        self.acknowledged.add(delivery)
                    else:
                        self.refused.append(answer.status)


@pytest.mark.timeout(0)
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The first promise. A sender that got a 202 forgets the event: if hookline has lost it, it is lost."""
    rounds, seed = request.config.getoption("--rounds"), time.time_ns()
    moments = random.Random(seed)
    server = Server(tmp_path)
    sent: dict[str, bytes] = {}
    acknowledged: set[str] = set()

    for number in range(rounds):
        with server:
            crowd = Crowd(server, f"r{number}")
            time.sleep(moments.uniform(0.1, 0.3))
            server.kill()
            crowd.join()
        sent |= crowd.sent
        acknowledged |= crowd.acknowledged
        assert crowd.acknowledged, "the kill proves nothing when nothing was acknowledged before it"
        assert not crowd.refused
    stored = Counter(row[0].removeprefix("transactions:") for row in server.rows("SELECT id FROM events"))

    lost = acknowledged - stored.keys()
    assert not lost, f"seed {seed}: {len(lost)} of {len(acknowledged)} acknowledged events are lost"
    assert set(stored.values()) == {1}
    assert stored.keys() <= sent.keys()
    assert server.rows(HALF_STORED) == []
    assert server.rows(ORPHANS) == []
    assert server.rows("PRAGMA integrity_check") == [("ok",)]
    with server:
        on_queues = Counter(event_id for queue in QUEUES.values() for event_id in server.taken(queue))
    assert on_queues == Counter(f"transactions:{delivery}" for delivery in stored)


def test_the_kills_convict_a_server_that_answers_before_it_stores(tmp_path: Path) -> None:
    """The proof itself is tested: the same kills must find the losses of a server that is too quick with its 202."""
    server = Server(tmp_path, before=HASTY)
    acknowledged: set[str] = set()

    for number in range(3):
        with server:
            crowd = Crowd(server, f"r{number}")
            time.sleep(0.2)
            server.kill()
            crowd.join()
        acknowledged |= crowd.acknowledged

    stored = server.event_ids()
    assert stored, "this server does store, only too late"
    assert {f"transactions:{delivery}" for delivery in acknowledged} - stored


def test_what_was_in_doubt_when_the_server_died_is_settled_by_sending_it_again(tmp_path: Path) -> None:
    """A sender that got no answer retries. Stored or not, the event must end up stored once and on its queue once."""
    server = Server(tmp_path)
    with server:
        crowd = Crowd(server, "first")
        time.sleep(0.2)
        server.kill()
        crowd.join()

    with server, server.sender() as sender:
        for delivery, body in crowd.sent.items():
            again = sender.post(body).status
            assert again == 200 if delivery in crowd.acknowledged else again in (200, 202)
        on_queues = Counter(event_id for queue in QUEUES.values() for event_id in server.taken(queue))

    assert crowd.acknowledged
    assert on_queues == Counter(f"transactions:{delivery}" for delivery in crowd.sent)


def test_a_server_that_died_while_recovering_recovers_again(tmp_path: Path) -> None:
    """Power often fails more than once in a row: the write-ahead log is read again each time, and nothing is used up."""
    server = Server(tmp_path)
    with server:
        crowd = Crowd(server, "only")
        time.sleep(0.2)
        server.kill()
        crowd.join()

    for _ in range(3):
        with server:
            server.kill()

    assert {f"transactions:{delivery}" for delivery in crowd.acknowledged} <= server.event_ids()
    assert server.rows("PRAGMA integrity_check") == [("ok",)]
