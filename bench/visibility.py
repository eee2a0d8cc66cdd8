"""From the moment at which an event was due to be sent until a consumer holds it, at 1,000 events a second.

The load is an open loop: each request has its time, and is sent then whether or not earlier ones were answered; a request that finds
every connection busy waits, and its clock runs. The consumer is one connection per queue that calls ReceiveMessage on the admin port
for up to ten messages, and again at once as long as there are some; after an empty answer it pauses for five milliseconds, so that the
polls do not become the load. The pause and the poll itself are part of what is measured: the number is an upper bound. Sender and
consumer share one process and one clock.
"""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import orjson
import uvloop

from bench import servers
from bench.faults import BenchError
from bench.measures import Row, at_most, say
from bench.traffic import signed
from bench.wire import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measures import Plan
    from bench.traffic import Signed
    from bench.wire import Response, Wire

__all__ = ["measure"]

_RATE = 1000  # events a second
_CONNECTIONS = 32
_PAUSE = 0.005  # seconds
_WARM_UP = 1.0  # seconds
_PATIENCE = 10.0  # seconds that the last message may take
_QUEUES = ("payments", "refunds", "disputes")
_ACCEPTED = 202


@dataclass(slots=True)
class _Journey:
    """Moments by event id; ``polls`` counts the calls for messages."""

    due: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    received: dict[str, float] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    polls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Sorted milliseconds since each event was due."""

    answered: Sequence[float]
    received: Sequence[float]
    polls_per_second: float


def measure(plan: Plan) -> list[Row]:
    """``plan.pairs`` runs, each against a fresh server."""
    runs = []
    for number in range(plan.pairs):
        run = _run(plan)
        runs.append(run)
        say(
            f"run {number + 1}: on the queue p50 {_at(run.received, 0.5):.1f} ms, p99 {_at(run.received, 0.99):.1f} ms; "
            f"answered p99 {_at(run.answered, 0.99):.1f} ms; {run.polls_per_second:,.0f} polls/s"
        )
    p99 = [_at(run.received, 0.99) for run in runs]
    answered = median(_at(run.answered, 0.99) for run in runs)
    p50 = median(_at(run.received, 0.5) for run in runs)
    return [
        Row(
            name="queue",
            measure=f"p99 from due to received from the queue, at {_RATE:,} events/s, open loop",
            **at_most(15, median(p99), "ms"),
            detail=f"p50 {p50:.1f} ms, of which answered p99 {answered:.1f} ms; median of {plan.pairs} runs, "
            f"p99 {min(p99):.1f} to {max(p99):.1f}",
            numbers={
                "p50": [_at(run.received, 0.5) for run in runs],
                "p90": [_at(run.received, 0.9) for run in runs],
                "p99": p99,
                "p999": [_at(run.received, 0.999) for run in runs],
                "worst": [run.received[-1] for run in runs],
                "answered_p99": [_at(run.answered, 0.99) for run in runs],
                "polls_per_second": [run.polls_per_second for run in runs],
            },
        )
    ]


def _run(plan: Plan) -> _Run:
    directory = plan.directory / "queue"
    try:
        with (
            servers.hookline(directory, directory / "data") as server,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            return runner.run(_journeys(server, seconds=plan.seconds))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


async def _journeys(server: servers.Server, *, seconds: float) -> _Run:
    requests = list(signed(int(_RATE * (seconds + _WARM_UP))))
    journey = _Journey()
    consumers = [asyncio.create_task(_consume(server.admin, queue, journey)) for queue in _QUEUES]
    try:
        started = perf_counter()
        await _send(server.url, requests, journey)
        await _all_received(journey, len(requests))
        took = perf_counter() - started
    finally:
        await _ended(consumers)
    counted = [f"transactions:{request.id}" for request in requests[int(_RATE * _WARM_UP) :]]
    return _Run(
        answered=sorted((journey.answered[id_] - journey.due[id_]) * 1000 for id_ in counted),
        received=sorted((journey.received[id_] - journey.due[id_]) * 1000 for id_ in counted),
        polls_per_second=journey.polls / took,
    )


class _Sender:
    """Sends each request at its time, over connections that carry one request at a time."""

    def __init__(self, wires: Sequence[Wire], journey: _Journey) -> None:
        self._idle = list(wires)
        self._late: deque[Signed] = deque()
        self._journey = journey
        self._left = 0
        self._finished = asyncio.Event()

    async def send(self, requests: Sequence[Signed]) -> None:
        """Send all at their times. Raises BenchError unless every answer is 202."""
        self._left = len(requests)
        start = perf_counter()
        for number, request in enumerate(requests):
            due = start + number / _RATE
            if (early := due - perf_counter()) > 0:
                await asyncio.sleep(early)
            self._journey.due[f"transactions:{request.id}"] = due
            if self._idle:
                self._put(self._idle.pop(), request)
            else:
                self._late.append(request)
        await self._finished.wait()
        if refused := self._journey.refused:
            raise BenchError(f"{len(refused)} requests were not accepted, the first with {refused[0]}")

    def _put(self, wire: Wire, request: Signed) -> None:
        wire.call(request.wire).add_done_callback(lambda answer: self._answered(wire, request, answer))

    def _answered(self, wire: Wire, request: Signed, answer: asyncio.Future[Response]) -> None:
        self._journey.answered[f"transactions:{request.id}"] = perf_counter()
        status = 0 if answer.exception() else answer.result().status
        if status != _ACCEPTED:
            self._journey.refused.append(status)
        self._left -= 1
        if self._left == 0:
            self._finished.set()
        if self._late:
            self._put(wire, self._late.popleft())
        else:
            self._idle.append(wire)


async def _send(url: str, requests: Sequence[Signed], journey: _Journey) -> None:
    wires = [await connect(url) for _ in range(_CONNECTIONS)]
    try:
        await _Sender(wires, journey).send(requests)
    finally:
        for wire in wires:
            wire.close()


async def _consume(admin: str, queue: str, journey: _Journey) -> None:
    """Receive until cancelled. Nothing is deleted: a received message stays out of sight for twelve hours."""
    body = orjson.dumps({"QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 43200})
    request = (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        b"X-Amz-Target: AmazonSQS.ReceiveMessage\r\nContent-Length: %d\r\n\r\n" % len(body)
    ) + body
    wire = await connect(admin)
    try:
        while True:
            answer = await wire.call(request)
            now = perf_counter()
            journey.polls += 1
            messages = orjson.loads(answer.body).get("Messages", ())
            for message in messages:
                journey.received[orjson.loads(message["Body"])["id"]] = now
            if not messages:
                await asyncio.sleep(_PAUSE)
    finally:
        wire.close()


async def _all_received(journey: _Journey, count: int) -> None:
    deadline = perf_counter() + _PATIENCE
    while len(journey.received) < count:
        if perf_counter() > deadline:
            raise BenchError(f"{count - len(journey.received)} accepted events did not come to their queue")
        await asyncio.sleep(0.01)


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


def _at(ordered: Sequence[float], part: float) -> float:
    """The value that ``part`` of all do not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]
