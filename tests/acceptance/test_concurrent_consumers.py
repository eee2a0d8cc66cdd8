"""Many consumers at the same time: the answers that each of them got hold, also across reloads and kill -9 of the server."""

from __future__ import annotations

import http.client
import json
import random
import signal
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import pytest

from acceptance.sender import Sender, sign, transaction
from acceptance.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIG = """
[sources.transactions]
path = "/webhook"
verify = { scheme = "standard-webhooks", secrets = ["TRANSACTIONS_SECRET"] }
id = "event_id"
type = "transaction_type"
[queues.payments]
max_receives = 4
[queues.ordered]
max_receives = 4
fifo = { group = "data.merchant_id" }
[[routes]]
match = { source = ["hookline/transactions"] }
queues = ["payments", "ordered"]
"""
QUEUES = ("payments", "ordered.fifo", "payments-dlq", "ordered-dlq.fifo")
CONSUMERS = 10
GROUPS = 8
ROUNDS = (3.0, 1.5)
"""Seconds between the start and kill -9."""
HIDDEN = (1, 2, 3)
STANDING = """
SELECT CASE WHEN queues.name LIKE 'ordered%' THEN 'ordered' ELSE 'payments' END, events.id
FROM messages JOIN events ON events.seq = messages.event JOIN queues ON queues.id = messages.queue
"""
HIDES_NOTHING = """
from hookline.adapters.sqlite import queues
queues._HAND_OUT = queues._HAND_OUT.replace("visible_at = ?1", "visible_at = ?1 * 0 + 1")
"""
"""hookline with its promise broken: a received message is hidden from no other consumer."""
ANSWERS_TOO_EARLY = """
from hookline.sqs_api.queue_thread import QueueThread
from hookline.sqs_api import queue_thread
import random
def outcomes(self, gathered):
    done = []
    try:
        with self._together():
            done = [queue_thread._outcome(*work) for work in gathered]
            if random.random() < 0.2:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    return done
QueueThread._outcomes = outcomes
"""
"""hookline with its promise broken: the answer says that an undone call was done."""


@dataclass(kw_only=True)
class Held:
    """One delivery, by what its consumer was answered. Times are monotonic; the server did it somewhere between two of them."""

    queue: str
    event: tuple[str, str]
    """Which queue it was sent to, and its event: a dead letter is the same message."""
    group: str
    receives: int
    call: int
    asked: float
    answered: float
    until: float
    """Hidden from others at least until then."""


@dataclass
class Answers:
    """What all consumers and senders were answered."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    held: list[Held] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    deleted: dict[tuple[str, str], float] = field(default_factory=dict)
    """The time of the successful answer to a delete that must have counted."""
    maybe_deleted: set[tuple[str, str]] = field(default_factory=set)
    calls: int = 0
    wrong: list[str] = field(default_factory=list)
    """The faults that a consumer saw itself."""


class Consumer(threading.Thread):
    """Does what consumers do, in any order, until the server has gone."""

    def __init__(self, server: Server, answers: Answers, seed: str) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._told = answers
        self._any = random.Random(seed)
        self._mine: list[tuple[Held, str]] = []
        self.fault: BaseException | None = None

    def run(self) -> None:
        """Until the connection breaks."""
        try:
            with Sender(self._server.admin_port, timeout=30) as sender:
                while True:
                    self._any.choices((self._take, self._remove, self._hide), (5, 4, 2))[0](sender)
        except (OSError, http.client.HTTPException):
            pass
        except BaseException as fault:  # for the test, in its own thread
            self.fault = fault
            raise

    def _ask(self, sender: Sender, action: str, queue: str, **more: object) -> tuple[int, dict[str, Any], float, float]:
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{action}"}
        body = json.dumps({"QueueUrl": f"{self._server.admin}/000000000000/{queue}", **more}).encode()
        asked = time.monotonic()
        answer = sender.request("POST", "/", body, headers)
        answered = time.monotonic()
        assert answer.status in {200, 400}, (action, answer)
        return answer.status, answer.json() if answer.body else {}, asked, answered

    def _take(self, sender: Sender) -> None:
        queue, hidden = self._any.choices(QUEUES, (4, 4, 1, 1))[0], self._any.choice(HIDDEN)
        more = {"MaxNumberOfMessages": self._any.randint(1, 10), "WaitTimeSeconds": self._any.choice((0, 0, 0, 1))}
        names = ["All"]
        _, answer, asked, answered = self._ask(
            sender, "ReceiveMessage", queue, VisibilityTimeout=hidden, AttributeNames=names, **more
        )
        with self._told.lock:
            self._told.calls += 1
            for message in answer.get("Messages", []):
                body = json.loads(message["Body"])
                held = Held(
                    queue=queue,
                    event=(queue.split("-")[0].split(".")[0], body["id"]),
                    group=body["data"]["merchant_id"],
                    receives=int(message["Attributes"]["ApproximateReceiveCount"]),
                    call=self._told.calls,
                    asked=asked,
                    answered=answered,
                    until=asked + hidden,
                )
                self._told.held.append(held)
                self._mine.append((held, message["ReceiptHandle"]))

    def _some(self) -> tuple[str, list[tuple[Held, str]]]:
        queue = self._mine[-1][0].queue
        of_queue = [one for one in self._mine[-12:] if one[0].queue == queue]
        return queue, self._any.sample(of_queue, self._any.randint(1, min(10, len(of_queue))))

    def _remove(self, sender: Sender) -> None:
        if not self._mine:
            return
        queue, chosen = self._some()
        self._mine = [one for one in self._mine if one not in chosen]
        with self._told.lock:
            self._told.maybe_deleted |= {held.event for held, _ in chosen}
            now = time.monotonic()
            ends = [held.until for held, _ in chosen]
            for held, _ in chosen:
                held.until = min(held.until, now)
        entries = [{"Id": str(n), "ReceiptHandle": receipt} for n, (_, receipt) in enumerate(chosen)]
        if len(entries) == 1:
            status, _, _, answered = self._ask(sender, "DeleteMessage", queue, ReceiptHandle=chosen[0][1])
            done = {"0"} if status == 200 else set()
        else:
            _, answer, _, answered = self._ask(sender, "DeleteMessageBatch", queue, Entries=entries)
            done = {one["Id"] for one in answer["Successful"]}
        with self._told.lock:
            for number, ((held, _), end) in enumerate(zip(chosen, ends, strict=True)):
                if str(number) in done and answered < end:  # its receipt was the latest one
                    self._told.deleted[held.event] = answered
                elif answered < end:
                    self._told.wrong.append(f"a delete in time was refused: {held}")

    def _hide(self, sender: Sender) -> None:
        if not self._mine:
            return
        queue, chosen = self._some()
        hidden = self._any.choice((0, 0, *HIDDEN))
        with self._told.lock:
            now = time.monotonic()
            ends = [held.until for held, _ in chosen]
            for held, _ in chosen:
                held.until = min(held.until, now + hidden)
        entries = [
            {"Id": str(n), "ReceiptHandle": receipt, "VisibilityTimeout": hidden}
            for n, (_, receipt) in enumerate(chosen)
        ]
        _, answer, asked, answered = self._ask(sender, "ChangeMessageVisibilityBatch", queue, Entries=entries)
        done = {one["Id"] for one in answer["Successful"]}
        with self._told.lock:
            for number, ((held, _), end) in enumerate(zip(chosen, ends, strict=True)):
                if str(number) in done:
                    held.until = asked + hidden
                elif answered < end:
                    self._told.wrong.append(f"a change in time was refused: {held}: {answer}")
        if hidden == 0:
            self._mine = [one for one in self._mine if one not in chosen]


class Source(threading.Thread):
    """Sends webhooks until the server has gone."""

    def __init__(self, server: Server, answers: Answers, name: str) -> None:
        super().__init__(daemon=True)
        self._server, self._told, self._name = server, answers, name

    def run(self) -> None:
        """Until the connection breaks."""
        number = 0
        try:
            with self._server.sender(timeout=30) as sender:
                while True:
                    name = f"{self._name}-{number}"
                    body = transaction(name, merchant_id=f"m_{number % GROUPS}")
                    if sender.post(body, headers=sign(body, delivery=name)).status == 202:
                        self._told.sent.add(f"transactions:{name}")
                    number += 1
                    time.sleep(0.004)
        except (OSError, http.client.HTTPException):
            return


def work(server: Server, answers: Answers, seed: str, seconds: float) -> None:
    """Consumers, senders and reloads, and then kill -9."""
    with server:
        consumers = [Consumer(server, answers, f"{seed}-{number}") for number in range(CONSUMERS)]
        threads = [*consumers, Source(server, answers, f"{seed}-s")]
        for thread in threads:
            thread.start()
        for _ in range(2):
            time.sleep(seconds / 3)
            server.signal(signal.SIGHUP)
        time.sleep(seconds / 3)
        server.kill()
        for thread in threads:
            thread.join(timeout=30)
            assert not thread.is_alive(), "a consumer hangs although the server is dead"
        assert [one.fault for one in consumers] == [None] * CONSUMERS


def complaints(answers: Answers, standing: list[tuple[str, str]]) -> list[str]:
    """What cannot be, after what everybody was answered."""
    left = set(standing)
    sent = {(queue, event) for event in answers.sent for queue in ("payments", "ordered")}
    said = [f"lost: {one}" for one in sent - left - answers.maybe_deleted]
    said += [f"twice on its queue: {one}" for one in left if standing.count(one) > 1]
    said += [f"deleted and there: {one}" for one in left & answers.deleted.keys()]
    said += [
        f"received after its delete: {one}"
        for one in answers.held
        if one.asked > answers.deleted.get(one.event, one.asked)
    ]
    return answers.wrong + said + _given_twice(answers) + _out_of_order(answers)


def _given_twice(answers: Answers) -> list[str]:
    """Receives of one message, in the order in which the server counted them, of which the first one's time was not over."""
    of_event = _grouped(answers, lambda one: one.event)
    return [
        f"given twice: {first} {second}"
        for held in of_event
        for first, second in pairwise(sorted(held, key=lambda one: one.receives))
        if first.receives == second.receives or second.answered < first.until
    ]


def _out_of_order(answers: Answers) -> list[str]:
    """Receives of one group of a FIFO queue of which the first one's time was not over."""
    return [
        f"of a group that was held: {first} {second}"
        for held in _grouped(answers, lambda one: (one.queue, one.group) if one.queue.endswith(".fifo") else None)
        for first, second in combinations(sorted(held, key=lambda one: one.answered), 2)
        if first.call != second.call and first.answered <= second.asked and second.answered < first.until
    ]


def _grouped(answers: Answers, key: Callable[[Held], object]) -> list[list[Held]]:
    groups: dict[object, list[Held]] = defaultdict(list)
    for held in answers.held:
        if (name := key(held)) is not None:
            groups[name].append(held)
    return list(groups.values())


def trial(folder: Path, *, before: str = "", rounds: tuple[float, ...] = ROUNDS) -> tuple[str, Answers, list[str]]:
    """All rounds over the same data; the seed, and what was wrong."""
    answers, seed = Answers(), str(time.time_ns())
    server = Server(folder, config=CONFIG, before=before)
    for number, seconds in enumerate(rounds):
        work(server, answers, f"{seed}-{number}", seconds)
    with server:
        standing = [(str(queue), str(event)) for queue, event in server.rows(STANDING)]
    return seed, answers, complaints(answers, standing)


def test_what_consumers_are_answered_holds(tmp_path: Path) -> None:
    """Their calls share transactions: no answer may come before its commit, and none of it may be undone after it."""
    seed, answers, wrong = trial(tmp_path)

    assert not wrong, f"seed {seed}: {wrong[:5]}"
    assert min(len(answers.deleted), len(answers.held)) > 50, "too little was done: the test proves nothing"


@pytest.mark.parametrize("before", [HIDES_NOTHING, ANSWERS_TOO_EARLY])
def test_the_model_convicts_a_server_that_does_not_do_what_it_answers(tmp_path: Path, before: str) -> None:
    """The proof itself is tested: the same consumers must find the fault."""
    _, _, wrong = trial(tmp_path, before=before, rounds=(1.2,))

    assert wrong
