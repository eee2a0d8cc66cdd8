"""The path of an event of the canary: sent, waited for, received, removed. Time is stepped, nothing sleeps."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

from contract.builders import START
from hookline.adapters.memory.clock import MemoryClock
from hookline.adapters.memory.queues import MemoryQueues
from hookline.adapters.memory.state import MemoryState
from hookline.config.canary import canary_config
from hookline.domain.canary import CANARY, Canary, CanaryFault
from hookline.domain.message import Message
from hookline.errors import UnavailableError
from hookline.runtimes.canary_flight import CanaryWorld, fly

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.canary import CanaryRun
    from hookline.domain.message import Delivery
    from hookline.domain.request import Request

SETTINGS = Canary(every=timedelta(minutes=1), late_after=timedelta(seconds=5))
SECRET = b"whsec_Y2FuYXJpZXMgc2luZyBpbiB0aGUgbWluZXM="
STEP = timedelta(seconds=1)


class Place:
    """A hookline that answers as a test sets it, and puts each event on the canary's queue ``late`` looks after it was sent."""

    def __init__(self, *, late: float = 0, answer: tuple[int, str | None] = (202, None)) -> None:
        self.clock = MemoryClock(START)
        self.queues = MemoryQueues(MemoryState(self.clock, [canary_config().queue(CANARY)], timedelta(days=1)))
        self.answer = answer
        self.late = late
        self.waiting: deque[Message] = deque()
        self.sent: list[Request] = []
        self.pauses = 0
        self.ends_after: int | None = None
        self.change: Callable[[bytes], bytes] = lambda body: body

    def post(self, call: Request, seconds: float) -> tuple[int, str | None]:
        """Take an event."""
        assert seconds == 10.0
        self.sent.append(call)
        if self.answer[0] == 202:
            self.waiting.append(self.message(str(call.headers.get("webhook-id")), call.body))
            self._deliver()
        return self.answer

    def message(self, delivery_id: str, body: bytes) -> Message:
        """The message of an event."""
        document = {"id": f"{CANARY}:{delivery_id}", "bodysha256": hashlib.sha256(body).hexdigest()}
        return Message(
            event_id=f"{CANARY}:{delivery_id}",
            body=json.dumps({**document, "data": json.loads(self.change(body))}),
        )

    def pause(self) -> bool:
        """A second passes."""
        self.pauses += 1
        self.clock.advance(STEP)
        self._deliver()
        return self.ends_after is not None and self.pauses >= self.ends_after

    def seconds(self) -> float:
        """Since the test began."""
        return (self.clock.steady() - START).total_seconds()

    def standing(self) -> list[Delivery]:
        """What is left on the queue."""
        return self.queues.peek(CANARY)

    def fly(self, number: int = 1) -> CanaryRun | None:
        """One event's way."""
        world = CanaryWorld(
            post=self.post,
            queues=self.queues,
            now=self.clock.now,
            monotonic=self.seconds,
            pause=self.pause,
            fresh_id=lambda: f"minute_{number}",
            look=None,
            hidden=timedelta(seconds=2),
        )
        return fly(world, SETTINGS, SECRET)

    def _deliver(self) -> None:
        if self.waiting and self.pauses >= self.late:
            self.queues.send(CANARY, [self.waiting.popleft()])


def test_an_event_that_comes_immediately_is_measured_and_removed() -> None:
    """In a healthy hookline the canary's queue is empty between two events."""
    place = Place()

    run = place.fly()

    assert run is not None
    assert (run.fault, run.seconds) == (None, 0.0)
    assert place.standing() == []


def test_an_event_that_comes_late_is_measured_too() -> None:
    """An operator needs to know how late the event is."""
    run = Place(late=7).fly()

    assert run is not None
    assert (run.fault, run.seconds) == (CanaryFault.LATE, 7.0)


def test_an_event_that_does_not_come_is_given_up_after_twice_the_time() -> None:
    """The next canary is due then."""
    place = Place(late=1000)

    run = place.fly()

    assert run is not None
    assert (run.fault, run.seconds, place.pauses) == (CanaryFault.NOT_DELIVERED, None, 10)


def test_an_event_that_is_refused_is_not_waited_for() -> None:
    """An operator looks for the answer's code."""
    place = Place(answer=(503, "storage_full"))

    run = place.fly()

    assert run is not None
    assert (run.fault, run.detail, place.pauses) == (CanaryFault.REFUSED, "the answer was 503 storage_full", 0)


def test_a_port_that_nobody_answers_on_is_a_refusal() -> None:
    """A refused connection must not end the measurement."""
    place = Place()

    def post(_call: Request, _seconds: float) -> tuple[int, str | None]:
        raise OSError("connection refused")

    place.post = post  # type: ignore[method-assign,assignment]  # of this one place
    run = place.fly()

    assert run is not None
    assert (run.fault, run.detail) == (CanaryFault.REFUSED, "no answer: connection refused")


def test_an_event_that_was_changed_on_its_way_is_no_success() -> None:
    """The body that comes out is the body that went in."""
    place = Place()
    place.change = lambda body: body.replace(b"canary", b"parrot")

    run = place.fly()

    assert run is not None
    assert run.fault is CanaryFault.CHANGED
    assert place.standing() == []


def test_what_was_left_behind_is_removed_and_what_somebody_waits_for_is_not() -> None:
    """A server that was killed leaves an event; a doctor's own must stay for the doctor."""
    place = Place()
    place.queues.send(CANARY, [place.message("minute_0", b"{}")])
    place.clock.advance(SETTINGS.patience + STEP)
    place.queues.send(CANARY, [place.message("canary_of_a_doctor", b"{}")])

    run = place.fly()

    assert run is not None
    assert run.fault is None
    assert [one.event_id for one in place.standing()] == [f"{CANARY}:canary_of_a_doctor"]


def test_a_flight_ends_when_the_server_stops() -> None:
    """A stop must not wait for an event that does not arrive."""
    place = Place(late=1000)
    place.ends_after = 2

    assert place.fly() is None
    assert place.pauses == 2


def test_a_queue_that_cannot_be_read_for_a_moment_is_asked_again() -> None:
    """A storage that fails for a second only delays the event."""
    place = Place()
    receive, faults = place.queues.receive, deque([UnavailableError("storage_unavailable", "the disk hangs")])

    def failing(queue: str, **options: object) -> list[Delivery]:
        if faults:
            raise faults.popleft()
        return receive(queue, **options)  # type: ignore[arg-type]  # options of the port, passed on

    place.queues.receive = failing  # type: ignore[method-assign]  # of this one place
    run = place.fly()

    assert run is not None
    assert (run.fault, run.seconds) == (None, 1.0)
