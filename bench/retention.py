"""What the removal of many expired events costs those who send meanwhile: 2,000 events a second, in an open loop.

One file has nothing but expired events, whose messages are gone: the server removes them from its start on, and the load lasts until it
says that it has. Another file has as many that have not expired. Each run of the first takes a copy of its own.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any  # Any: the fields of a log line

import orjson
import uvloop

from bench import servers
from bench.faults import BenchError
from bench.fill import fill
from bench.measures import Row, at_most, say
from bench.open_loop import at_part, send_open_loop
from bench.traffic import signed
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bench.measures import Plan
    from bench.open_loop import Answered
    from bench.servers import Server
    from bench.traffic import Signed

__all__ = ["Removal", "measure", "p99"]

_RATE = 2000  # events a second
_WARM_UP = 1.0  # seconds
_WITHOUT = 2  # rounds' seconds that the load without a removal lasts
_LONGEST = 900.0  # seconds that a removal may take
_MOST = 1_000_000  # events
_LOOK_EVERY = 0.1  # seconds
_SIGNED_AHEAD = 60  # seconds: a signature is good for five minutes


@dataclass(slots=True)
class Removal:
    """Looks into a server's log for the line that says that what had expired is removed."""

    log: Path
    took: float = 0.0
    """Seconds from the start of listening until the line; 0 while there is none."""
    events: int = 0
    _position: int = 0
    _rest: bytes = b""
    _look_at: float = 0.0
    _began: float = field(default_factory=perf_counter)

    def is_over(self) -> bool:
        """Whether all is removed, as of the last look a moment ago. Raises BenchError when it takes too long."""
        now = perf_counter()
        if self.took or now < self._look_at:
            return self.took > 0
        if now - self._began > _LONGEST:
            raise BenchError(f"the expired events were not removed within {_LONGEST:g} seconds")
        self._look_at = now + _LOOK_EVERY
        self._read()
        return self.took > 0

    def _read(self) -> None:
        with self.log.open("rb") as file:
            file.seek(self._position)
            new = file.read()
        self._position += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        for line in lines:
            if b'"event":"expired"' in line:
                found = orjson.loads(line)
                self.events = found["events"]
                self.took = (_at(found) - self._listened()).total_seconds()

    def _listened(self) -> datetime:
        with self.log.open("rb") as lines:
            return next(_at(orjson.loads(line)) for line in lines if b'"event":"serving"' in line)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """p99 of the answers in milliseconds, and how many seconds the removal took."""

    during: float
    without: float
    took: float


def measure(plan: Plan) -> list[Row]:
    """Pairs of a run with and one without a removal; which comes first changes from pair to pair."""
    events = min(plan.events, _MOST)
    directory = plan.directory / "retention"
    pairs: list[_Pair] = []
    try:
        for name, kept in (("expired", timedelta(0)), ("kept", timedelta(days=30))):
            say(f"storing {events:,} {name} events")
            fill(directory / name / "data", servers.project(directory / name), events, consumed=True, retention=kept)
        for number in range(plan.pairs):
            pair = _pair(plan, directory, events, without_first=number % 2 == 1)
            pairs.append(pair)
            say(
                f"pair {number + 1}: p99 {pair.during:.1f} ms while they were removed, which took {pair.took:.1f} s; "
                f"{pair.without:.1f} ms without"
            )
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return [_row(events, pairs)]


def _pair(plan: Plan, directory: Path, events: int, *, without_first: bool) -> _Pair:
    without = _without(plan, directory / "kept") if without_first else 0.0
    during, took = _during(directory, events)
    return _Pair(during=during, without=without or _without(plan, directory / "kept"), took=took)


def _without(plan: Plan, directory: Path) -> float:
    with _server(directory, directory / "data") as server:
        requests = signed(int(_RATE * (_WARM_UP + _WITHOUT * plan.seconds)))
        return p99(_load(server, requests))


def _during(directory: Path, events: int) -> tuple[float, float]:
    """p99 until the last expired event is removed from a copy of the file, and how long that took."""
    copy = directory / "copy"
    try:
        _copy(directory / "expired" / "data", copy / "data")
        with _server(copy, copy / "data") as server:
            removal = Removal(server.log)
            answered = _load(server, _endless(), removal.is_over)
        if removal.events != events:
            raise BenchError(f"{removal.events:,} events were removed, of {events:,} that had expired")
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    return p99(answered), removal.took


def _server(directory: Path, data: Path) -> AbstractContextManager[Server]:
    return servers.hookline(directory, data, module="bench.early_sweep")


def _load(server: Server, requests: Iterable[Signed], is_over: Callable[[], bool] = lambda: False) -> list[Answered]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(send_open_loop(server.url, requests, rate=_RATE, is_over=is_over))


def _endless() -> Iterator[Signed]:
    while True:
        yield from signed(_RATE * _SIGNED_AHEAD)


def p99(answered: Sequence[Answered]) -> float:
    """Milliseconds from due to answered, without the first second, or without the first half of a load that was shorter than two."""
    begun, ended = min(one.due for one in answered), max(one.due for one in answered)
    begin = begun + min(_WARM_UP, (ended - begun) / 2)
    return at_part(sorted(one.milliseconds for one in answered if one.due >= begin), 0.99)


def _copy(data: Path, to: Path) -> None:
    """A copy that takes no room where the file system can share blocks, and that is on the disk before anything is measured."""
    to.parent.mkdir(parents=True)
    run_process(["cp", "-a", "--reflink=auto", str(data), str(to)], check=True)
    for path in to.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _row(events: int, pairs: Sequence[_Pair]) -> Row:
    during, without, took = ([getattr(pair, name) for pair in pairs] for name in ("during", "without", "took"))
    ratios = [one / other for one, other in zip(during, without, strict=True)]
    return Row(
        name="retention",
        measure=f"p99 of the answer at {_RATE:,} events/s while {events:,} expired events are removed, against none being removed",
        **at_most(1.5, median(ratios), "times"),
        detail=f"{median(during):.1f} ms against {median(without):.1f} ms; the removal took {median(took):.1f} s; median of "
        f"{len(pairs)} pairs, {min(ratios):.2f} to {max(ratios):.2f}",
        numbers={"ratio": ratios, "during": during, "without": without, "seconds": took},
    )


def _at(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["at"])
