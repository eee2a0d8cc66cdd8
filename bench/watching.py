"""What it costs the senders that somebody watches: ``/metrics`` scraped and the live page asked for every second, under full load.

Both are measured in turn within one run of one server, a second each: two servers started one after the other differ by more than the cost
that is looked for.
"""

from __future__ import annotations

import http.client
import os
import shutil
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import orjson

from bench import servers
from bench.faults import BenchError
from bench.load import rounds, saturate
from bench.measures import Row, at_least, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.load import Ammunition
    from bench.measures import Plan
    from bench.servers import Server

__all__ = ["measure"]

_PATHS: Final = ("/metrics", "/")
_SECONDS: Final = 20.0
_QUICK_SECONDS: Final = 10.0
_WINDOW: Final = 1.0  # seconds: what a scrape and a refresh cost comes once in it
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """The beginning of a window: when, and the seconds of processor time that the server had used."""

    at: str
    processor: float
    is_watched: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Events a second, and the processor time of the server for each of them in microseconds."""

    rate: float
    processor: float
    is_watched: bool


@dataclass(slots=True)
class _Watcher:
    """Asks for each path at the beginning of every second window, and marks each. What the first request loads is loaded before."""

    server: Server
    marks: list[_Mark] = field(default_factory=list)
    fault: str = ""

    def watch(self, stop: threading.Event) -> None:
        """Until ``stop`` is set."""
        is_watched = False
        begun = time.monotonic()
        while not stop.is_set():
            self.marks.append(_Mark(at=_now(), processor=_processor_seconds(self.server), is_watched=is_watched))
            if is_watched:
                self.ask()
            stop.wait(begun + _WINDOW * len(self.marks) - time.monotonic())
            is_watched = not is_watched

    def ask(self) -> None:
        """For each path, over a connection of its own as Prometheus's and a browser's are after a pause."""
        for path in _PATHS:
            connection = http.client.HTTPConnection(urlsplit(self.server.admin).netloc, timeout=10)
            connection.request("GET", path, headers={"Accept": "text/html" if path == "/" else "text/plain"})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            if answer.status != _OK:
                self.fault = f"GET {path} was answered {answer.status}"


def measure(plan: Plan) -> list[Row]:
    """A row: the windows that were watched against those that were not, over all rounds."""
    ratios: list[float] = []
    spent: list[float] = []
    longer = replace(plan, seconds=max(plan.seconds, _QUICK_SECONDS if plan.quick else _SECONDS))
    for windows in rounds(longer, lambda files, _: _run(longer, files)):
        ratios += [rate for rate, _ in _pairs(windows)]
        spent += [processor for _, processor in _pairs(windows)]
        say(f"{len(ratios)} pairs: {median(ratios):.3f} times the rate, {median(spent):.3f} times the processor time")
    return [
        Row(
            name="watched",
            measure="Ingest while /metrics and the live page are asked for every second, against ingest that nobody watches",
            **at_least(0.98, median(ratios), "times"),
            detail=f"median of {len(ratios)} pairs of neighbouring seconds, the middle half {_middle_half(ratios)}; "
            f"processor time per event {median(spent):.3f} times",
            numbers={"ratio": ratios, "processor": spent},
        )
    ]


def _run(plan: Plan, files: Ammunition) -> list[_Window]:
    directory = plan.directory / "watching"
    stop = threading.Event()
    try:
        with servers.hookline(directory, directory / "data") as server:
            watcher = _Watcher(server)
            watcher.ask()
            thread = threading.Thread(target=watcher.watch, args=(stop,))
            thread.start()
            try:
                saturate(server.url, files, seconds=plan.seconds)
            finally:
                stop.set()
                thread.join()
        if watcher.fault:
            raise BenchError(watcher.fault)
        return _windows(watcher.marks, _accepted_at(server.log))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _windows(marks: Sequence[_Mark], accepted: Sequence[str]) -> list[_Window]:
    """Without those at both ends, in which the load began, changed from its warm-up, or ended."""
    windows: list[_Window] = []
    for begin, end in list(pairwise(marks))[3:-2]:
        count = sum(begin.at <= at < end.at for at in accepted)
        seconds = (datetime.fromisoformat(end.at) - datetime.fromisoformat(begin.at)).total_seconds()
        windows.append(
            _Window(
                rate=count / seconds,
                processor=(end.processor - begin.processor) / max(count, 1) * 1e6,
                is_watched=begin.is_watched,
            )
        )
    return windows


def _pairs(windows: Sequence[_Window]) -> list[tuple[float, float]]:
    """Each watched window against the mean of the two next to it: rate and processor time."""
    return [
        (2 * here.rate / (before.rate + after.rate), 2 * here.processor / (before.processor + after.processor))
        for before, here, after in zip(windows, windows[1:], windows[2:], strict=False)
        if here.is_watched
    ]


def _middle_half(ratios: Sequence[float]) -> str:
    ordered = sorted(ratios)
    return f"{ordered[len(ordered) // 4]:.3f} to {ordered[len(ordered) * 3 // 4]:.3f}"


def _accepted_at(log: Path) -> list[str]:
    with log.open("rb") as lines:
        return [orjson.loads(line)["at"] for line in lines if b'"event":"request"' in line]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _processor_seconds(server: Server) -> float:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
