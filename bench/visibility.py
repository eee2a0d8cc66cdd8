"""From the moment at which an event was due to be sent until a consumer holds it, at 1,000 events a second.

The load is an open loop. The consumer is one connection per queue that calls ReceiveMessage on the admin port for up to ten messages,
and again immediately as long as there are some; after an empty answer it pauses for five milliseconds, so that the polls do not become the
load. The pause and the poll itself are part of what is measured: the number is an upper bound. Sender and consumer share one process and
one clock.
"""

from __future__ import annotations

import asyncio
import shutil
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
from bench.open_loop import at_part, send_open_loop
from bench.traffic import signed
from bench.wire import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.measures import Plan

__all__ = ["measure"]

_RATE = 1000  # events a second
_PAUSE = 0.005  # seconds
_WARM_UP = 1.0  # seconds
_PATIENCE = 10.0  # seconds that the last message may take
_QUEUES = ("payments", "refunds", "disputes")


@dataclass(slots=True)
class _Received:
    """Moments by event id; ``polls`` counts the calls for messages."""

    at: dict[str, float] = field(default_factory=dict)
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
            f"run {number + 1}: on the queue p50 {at_part(run.received, 0.5):.1f} ms, p99 {at_part(run.received, 0.99):.1f} ms; "
            f"answered p99 {at_part(run.answered, 0.99):.1f} ms; {run.polls_per_second:,.0f} polls/s"
        )
    p99 = [at_part(run.received, 0.99) for run in runs]
    answered = median(at_part(run.answered, 0.99) for run in runs)
    p50 = median(at_part(run.received, 0.5) for run in runs)
    return [
        Row(
            name="queue",
            measure=f"p99 from due to received from the queue, at {_RATE:,} events/s, open loop",
            **at_most(15, median(p99), "ms"),
            detail=f"p50 {p50:.1f} ms, of which answered p99 {answered:.1f} ms; median of {plan.pairs} runs, "
            f"p99 {min(p99):.1f} to {max(p99):.1f}",
            numbers={
                "p50": [at_part(run.received, 0.5) for run in runs],
                "p90": [at_part(run.received, 0.9) for run in runs],
                "p99": p99,
                "p999": [at_part(run.received, 0.999) for run in runs],
                "worst": [run.received[-1] for run in runs],
                "answered_p99": [at_part(run.answered, 0.99) for run in runs],
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
    received = _Received()
    consumers = [asyncio.create_task(_consume(server.admin, queue, received)) for queue in _QUEUES]
    try:
        started = perf_counter()
        answered = await send_open_loop(server.url, requests, rate=_RATE)
        await _all_received(received, len(requests))
        took = perf_counter() - started
    finally:
        await _ended(consumers)
    first = {request.id for request in requests[: int(_RATE * _WARM_UP)]}
    counted = [one for one in answered if one.id not in first]
    return _Run(
        answered=sorted(one.milliseconds for one in counted),
        received=sorted((received.at[f"transactions:{one.id}"] - one.due) * 1000 for one in counted),
        polls_per_second=received.polls / took,
    )


async def _consume(admin: str, queue: str, received: _Received) -> None:
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
            received.polls += 1
            messages = orjson.loads(answer.body).get("Messages", ())
            for message in messages:
                received.at[orjson.loads(message["Body"])["id"]] = now
            if not messages:
                await asyncio.sleep(_PAUSE)
    finally:
        wire.close()


async def _all_received(received: _Received, count: int) -> None:
    deadline = perf_counter() + _PATIENCE
    while len(received.at) < count:
        if perf_counter() > deadline:
            raise BenchError(f"{count - len(received.at)} accepted events did not reach their queue")
        await asyncio.sleep(0.01)


async def _ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
