"""A running forward: a delivered message is deleted, an undelivered one comes again, and a stop leaves nothing behind."""

from __future__ import annotations

import base64
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import hookline.runtimes.forwarder as forwarder_module
from hookline.adapters.local import SystemClock
from hookline.adapters.memory.forward_endpoint import MemoryForwardEndpoint
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.state import MemoryState
from hookline.adapters.memory.telemetry import MemoryTelemetry
from hookline.domain.fifo import Fifo, FifoPosition
from hookline.domain.forward import Forward
from hookline.domain.message import Message
from hookline.domain.queue import Queue
from hookline.domain.secret import Secret
from hookline.errors import UnavailableError
from hookline.ports.forward_endpoint import EndpointAnswer
from hookline.ports.queues import ReceiptResult
from hookline.ports.telemetry import Metric
from hookline.runtimes.forward_attempt import ForwardWorld
from hookline.runtimes.forwarder import Forwarder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pytest

    from hookline.ports.queues import ReceiptResult

SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}".encode()
QUEUE = Queue(name="payments", max_receives=3)
ORDERS = Queue(name="orders", max_receives=1000, fifo=Fifo(group="data.customer"))
FORWARD = Forward(
    queue="payments",
    url="https://ledger.example.com",
    secret_names=("LEDGER_SECRET",),
    min_backoff=timedelta(seconds=0.02),
    max_backoff=timedelta(seconds=0.1),
    breaker_failures=1000,
)


class Ledger:
    """A queue, its endpoint, and a forward between them."""

    def __init__(self, answer: Callable[[Mapping[str, str], bytes], EndpointAnswer] | None = None) -> None:
        clock = SystemClock()
        self.queues = MemoryQueues(MemoryState(clock, [QUEUE, ORDERS], timedelta(days=1)))
        self.endpoint = MemoryForwardEndpoint() if answer is None else MemoryForwardEndpoint(answer)
        self.telemetry = MemoryTelemetry()
        self.secrets = {"LEDGER_SECRET": SECRET}
        self.world = ForwardWorld(
            queues=self.queues,
            endpoint=self.endpoint,
            read_secrets=self.read,
            clock=clock,
            telemetry=self.telemetry,
            text_of=lambda delivery: delivery.body,
            watching=self.queues.watching,
        )

    def read(self, names: Sequence[str]) -> list[Secret]:
        """The secrets."""
        return [Secret(name=name, value=self.secrets[name]) for name in names]

    def send(self, number: int) -> None:
        """Put messages on the queue."""
        self.queues.send("payments", [Message(event_id=f"shop:{n}", body=f'{{"n":{n}}}') for n in range(number)])

    @contextmanager
    def forwarding(self, forward: Forward = FORWARD) -> Iterator[Forwarder]:
        """Forward until the end of the block."""
        forwarder = Forwarder(forward, self.world)
        forwarder.start()
        try:
            yield forwarder
        finally:
            forwarder.stop(patience=5)

    def depth(self, queue: str = "payments") -> tuple[int, int]:
        """Visible, and in flight."""
        found = self.queues.depth(queue)
        return found.visible, found.in_flight

    def said(self, text: str) -> int:
        """How many records begin so."""
        return sum(record.event.startswith(text) for record in self.telemetry.records)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "this did not come in time"
        time.sleep(0.01)


def status(number: int, **fields: str) -> Callable[[Mapping[str, str], bytes], EndpointAnswer]:
    """An endpoint that always answers so."""
    return lambda _headers, _body: EndpointAnswer(status=number, **fields)


def test_every_message_is_delivered_once_and_deleted() -> None:
    """The plain case: nothing is left and nothing comes twice."""
    ledger = Ledger()
    ledger.send(200)

    with ledger.forwarding():
        until(lambda: ledger.depth() == (0, 0))

    assert Counter(body for _, body in ledger.endpoint.posts) == Counter(f'{{"n":{n}}}'.encode() for n in range(200))
    assert ledger.telemetry.total(Metric.FORWARDED) == 200
    assert ledger.said("forwarded") == 200


def test_no_more_requests_run_than_the_forward_allows() -> None:
    """An endpoint has a capacity; its operator sets it with ``concurrency``."""
    guard, now, most = threading.Lock(), [0], [0]

    def answer(_headers: Mapping[str, str], _body: bytes) -> EndpointAnswer:
        with guard:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with guard:
            now[0] -= 1
        return EndpointAnswer(status=200)

    ledger = Ledger(answer)
    ledger.send(60)
    with ledger.forwarding(replace(FORWARD, concurrency=3)):
        until(lambda: ledger.depth() == (0, 0))

    assert most == [3]


def test_a_failure_is_tried_again_with_the_same_id_until_it_is_delivered() -> None:
    """Receivers deduplicate by webhook-id: another id would be another payment."""
    tries: list[str] = []

    def answer(headers: Mapping[str, str], _body: bytes) -> EndpointAnswer:
        tries.append(headers["webhook-id"])
        return EndpointAnswer(status=200 if len(tries) == 3 else 503)

    ledger = Ledger(answer)
    ledger.send(1)
    with ledger.forwarding():
        until(lambda: ledger.depth() == (0, 0))

    assert len(tries) == 3
    assert len(set(tries)) == 1
    assert ledger.depth("payments-dlq") == (0, 0)
    assert (ledger.telemetry.total(Metric.FORWARDED), ledger.telemetry.total(Metric.FORWARD_FAILED)) == (1, 2)


def test_what_fails_too_often_is_a_dead_letter_that_says_why() -> None:
    """Three attempts of three receives; the person who looks at it needs the endpoint's own words."""
    ledger = Ledger(status(422, excerpt="no such merchant"))
    ledger.send(1)

    with ledger.forwarding():
        until(lambda: ledger.depth("payments-dlq") == (1, 0))

    (dead,) = ledger.queues.peek("payments-dlq")
    assert dead.last_failure == "the endpoint answered 422: no such merchant"
    assert len(ledger.endpoint.posts) == QUEUE.max_receives
    assert "no such merchant" not in str(ledger.telemetry.records)


def test_410_stops_the_forward_and_the_messages_stay() -> None:
    """The endpoint is gone on purpose: its messages are for a person to decide about."""
    ledger = Ledger(status(410))
    ledger.send(20)

    with ledger.forwarding(replace(FORWARD, concurrency=2)) as forwarder:
        until(lambda: forwarder.wait(0.05))

    assert forwarder.stop_reason is not None
    assert ledger.depth() == (20, 0)
    assert len(ledger.endpoint.posts) <= 2
    assert [record.code for record in ledger.telemetry.records if record.level == "error"][:1] == ["forward_gone"]


def test_an_endpoint_that_is_down_costs_few_messages_a_receive() -> None:
    """Without a breaker an outage of minutes would make dead letters of the whole queue."""
    ledger = Ledger(status(500))
    ledger.send(100)
    forward = replace(FORWARD, breaker_failures=4, breaker_pause=timedelta(seconds=60), concurrency=2)

    with ledger.forwarding(forward):
        until(lambda: ledger.said("forward paused"))
        time.sleep(0.5)

    assert 4 <= len(ledger.endpoint.posts) <= 6
    assert ledger.depth("payments-dlq") == (0, 0)
    assert ledger.telemetry.total(Metric.FORWARDED) == 0


def test_a_probe_that_succeeds_lets_everything_through_again() -> None:
    """Nobody has to restart anything after an outage."""
    down = threading.Event()
    down.set()
    ledger = Ledger(lambda _headers, _body: EndpointAnswer(status=500 if down.is_set() else 200))
    ledger.send(30)
    forward = replace(FORWARD, breaker_failures=2, breaker_pause=timedelta(seconds=0.2))

    with ledger.forwarding(forward):
        until(lambda: ledger.said("forward paused"))
        down.clear()
        until(lambda: ledger.depth() == (0, 0))

    assert ledger.said("forward resumed") == 1


def test_a_stop_lets_what_is_in_flight_finish() -> None:
    """Hourly deployments must not send messages twice."""
    begun, go_on = threading.Event(), threading.Event()

    def answer(_headers: Mapping[str, str], _body: bytes) -> EndpointAnswer:
        begun.set()
        go_on.wait(60)
        return EndpointAnswer(status=200)

    ledger = Ledger(answer)
    ledger.send(1)
    with ledger.forwarding():
        begun.wait(60)
        threading.Timer(0.3, go_on.set).start()

    assert ledger.depth() == (0, 0)


def test_what_a_stop_cannot_wait_for_is_given_back_immediately() -> None:
    """The next process must not wait for the visibility timeout of such a message."""
    begun, released = threading.Event(), threading.Event()
    ledger = Ledger()

    def answer(_headers: Mapping[str, str], _body: bytes) -> EndpointAnswer:
        begun.set()
        while not ledger.endpoint.is_aborted:
            time.sleep(0.01)
        released.set()
        raise UnavailableError("forward_aborted", "stopped")

    ledger.endpoint.answer = answer
    ledger.send(1)
    forwarder = Forwarder(FORWARD, ledger.world)
    forwarder.start()
    begun.wait(60)
    started = time.monotonic()
    forwarder.stop(patience=2)

    assert time.monotonic() - started < 30
    assert released.is_set()
    assert ledger.depth() == (1, 0)


def test_messages_are_hidden_for_longer_than_an_attempt_can_take() -> None:
    """Otherwise another consumer would get the message while its request is running."""
    hidden: list[tuple[int, int]] = []
    ledger = Ledger()

    def answer(_headers: Mapping[str, str], _body: bytes) -> EndpointAnswer:
        hidden.append(ledger.depth())
        return EndpointAnswer(status=200)

    ledger.endpoint.answer = answer
    ledger.send(1)
    with ledger.forwarding():
        until(lambda: ledger.depth() == (0, 0))

    assert hidden == [(0, 1)]
    assert FORWARD.visibility_timeout > FORWARD.timeout


def test_of_a_fifo_queue_one_receive_takes_one_message() -> None:
    """Two messages of one group in one receive could be processed in the wrong order."""
    asked: list[int] = []
    ledger = Ledger()
    receive = ledger.queues.receive

    def noted(queue: str, **options: object) -> object:
        asked.append(options["max_messages"])  # type: ignore[arg-type]
        return receive(queue, **options)  # type: ignore[arg-type]

    ledger.queues.receive = noted  # type: ignore[method-assign,assignment]
    ledger.send(5)
    with ledger.forwarding(replace(FORWARD, is_fifo=True)):
        until(lambda: ledger.depth() == (0, 0))

    assert set(asked) == {1}


def test_groups_of_a_fifo_queue_go_side_by_side_each_in_its_order() -> None:
    """A message that fails delays its own group until it is delivered; every other group continues."""
    tries: Counter[bytes] = Counter()
    others_done = threading.Event()

    def answer(_headers: Mapping[str, str], body: bytes) -> EndpointAnswer:
        tries[body] += 1
        if body == b"a0" and not others_done.is_set():
            return EndpointAnswer(status=500)
        return EndpointAnswer(status=204)

    ledger = Ledger(answer)
    names = [f"{group}{number}" for number in range(4) for group in "abc"]
    ledger.queues.send(
        "orders",
        [Message(event_id=name, body=name, fifo=FifoPosition(group=name[0], deduplication_id=name)) for name in names],
    )

    with ledger.forwarding(replace(FORWARD, queue="orders", is_fifo=True)):
        until(lambda: ledger.depth("orders") == (4, 0) or ledger.depth("orders") == (3, 1))
        assert tries[b"a1"] == 0
        others_done.set()
        until(lambda: ledger.depth("orders") == (0, 0))

    posts = [body.decode() for _, body in ledger.endpoint.posts]
    for group in "abc":
        assert list(dict.fromkeys(post for post in posts if post[0] == group)) == [f"{group}{n}" for n in range(4)]
    assert tries[b"a0"] > 1


def test_a_secret_that_cannot_sign_sends_nothing() -> None:
    """Anyone could make the signature of an empty key."""
    ledger = Ledger()
    ledger.secrets = {"LEDGER_SECRET": b"not base64!"}
    ledger.send(1)

    with ledger.forwarding():
        until(lambda: ledger.said("forward failed"))

    assert ledger.endpoint.posts == []
    assert "not base64!" not in str(ledger.telemetry.records)


def test_a_queue_that_fails_is_reported_once_and_used_again() -> None:
    """A full disk must not fill the log as well, and its end must be noticed."""
    ledger = Ledger()
    receive, broken = ledger.queues.receive, threading.Event()
    broken.set()

    def failing(queue: str, **options: object) -> object:
        if broken.is_set():
            raise UnavailableError("storage_unavailable", "the disk is full")
        return receive(queue, **options)  # type: ignore[arg-type]

    ledger.queues.receive = failing  # type: ignore[method-assign,assignment]
    ledger.send(1)
    with ledger.forwarding():
        time.sleep(1.3)
        assert ledger.said("forward interrupted") == 1
        broken.clear()
        until(lambda: ledger.depth() == (0, 0))

    assert ledger.said("forward continues") == 1


def test_a_queue_that_reports_nothing_is_asked_again_and_again() -> None:
    """Messages may come from another process: a command next to a server, or a function on AWS."""
    ledger = Ledger()
    ledger.world = replace(ledger.world, watching=None)
    with ledger.forwarding():
        time.sleep(0.2)
        ledger.send(3)
        until(lambda: ledger.depth() == (0, 0))

    assert len(ledger.endpoint.posts) == 3


def test_a_message_is_sent_as_soon_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that reports new messages is not polled; only other queues are."""
    monkeypatch.setattr(forwarder_module, "_LOOK_EVERY", 300)
    monkeypatch.setattr(forwarder_module, "_LOOK", 300)
    ledger = Ledger()
    with ledger.forwarding():
        time.sleep(0.3)
        ledger.send(1)
        until(lambda: ledger.endpoint.posts)

    assert len(ledger.endpoint.posts) == 1


def test_a_message_that_another_consumer_has_too_is_reported() -> None:
    """The visibility timeout was too short, or the process slept: the message comes twice."""
    ledger = Ledger()

    def answer(_headers: Mapping[str, str], _body: bytes) -> EndpointAnswer:
        (other,) = ledger.queues.peek("payments")
        taken = ledger.queues._state.queue("payments").messages
        taken[other.message_id] = replace(taken[other.message_id], receipt="another")
        return EndpointAnswer(status=200)

    ledger.endpoint.answer = answer
    ledger.send(1)
    with ledger.forwarding():
        until(lambda: ledger.said("forwarded, but it took too long"))

    assert ledger.depth() == (0, 1)


def test_a_delete_that_fails_is_tried_again() -> None:
    """The endpoint has the message, and without the delete would get it twice."""
    ledger = Ledger()
    delete, faults = ledger.queues.delete, [UnavailableError("storage_unavailable", "busy")] * 2

    def failing(queue: str, receipts: Sequence[str]) -> list[ReceiptResult]:
        if faults:
            raise faults.pop()
        return delete(queue, receipts)

    ledger.queues.delete = failing  # type: ignore[method-assign]
    ledger.send(1)
    with ledger.forwarding():
        until(lambda: ledger.depth() == (0, 0))

    assert len(ledger.endpoint.posts) == 1
