"""How long new connections wait for their first answer while 900 others are busy.

Each of the 900 sends its next request as soon as the last one was answered, so that the server is always behind.
Then 100 new ones come together, each with a request. The time from opening the connection until its answer is measured.
"""

from __future__ import annotations

import asyncio
import shutil
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import uvloop

from bench import servers
from bench.faults import BenchError
from bench.measures import Row, at_most, say
from bench.traffic import signed
from bench.wire import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measures import Plan
    from bench.traffic import Signed

__all__ = ["measure"]

_BUSY = 900  # with the newcomers fewer than the requests that may be in flight
_NEWCOMERS = 100
_SETTLES = 2.0  # seconds
_PATIENCE = 60.0  # seconds
_ACCEPTED = 202
_REQUESTS = 60_000


def measure(plan: Plan) -> list[Row]:
    """``plan.pairs`` bursts, each against a fresh server."""
    worst = []
    for number in range(plan.pairs):
        waits = _run(plan)
        worst.append(waits[-1])
        say(f"burst {number + 1}: answered after p50 {median(waits):.0f} ms, the last one after {waits[-1]:.0f} ms")
    return [
        Row(
            name="newcomers",
            measure=f"the last of {_NEWCOMERS} new connections answered, {_BUSY} others busy",
            **at_most(2000, median(worst), "ms"),
            detail=f"median of {plan.pairs} bursts, {min(worst):.0f} to {max(worst):.0f}",
            numbers={"worst": worst},
        )
    ]


def _run(plan: Plan) -> list[float]:
    """Sorted milliseconds until each newcomer was answered."""
    directory = plan.directory / "newcomers"
    try:
        with servers.hookline(directory, directory / "data") as server:
            return uvloop.run(_burst(server.url, signed(_REQUESTS)))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


async def _burst(url: str, requests: Iterator[Signed]) -> list[float]:
    busy = [asyncio.create_task(_keep_busy(url, requests)) for _ in range(_BUSY)]
    await asyncio.sleep(_SETTLES)
    fresh = [next(requests) for _ in range(_NEWCOMERS)]
    async with asyncio.timeout(_PATIENCE):
        waits = await asyncio.gather(*(_first_answer(url, request.wire) for request in fresh))
    for task in busy:
        if task.done():
            raise BenchError(f"a busy connection ended: {task.exception() or 'there were too few requests'}")
        task.cancel()
    await asyncio.gather(*busy, return_exceptions=True)
    return sorted(waits)


async def _keep_busy(url: str, requests: Iterator[Signed]) -> None:
    wire = await connect(url)
    try:
        for request in requests:
            await wire.call(request.wire)
    finally:
        wire.close()


async def _first_answer(url: str, request: bytes) -> float:
    """Milliseconds."""
    started = perf_counter()
    wire = await connect(url)
    response = await wire.call(request)
    wire.close()
    if response.status != _ACCEPTED:
        raise BenchError(f"a newcomer was answered {response.status}")
    return (perf_counter() - started) * 1000
