"""What it costs the senders that somebody watches: ``/metrics`` scraped and the live page asked for every second, under full load."""

from __future__ import annotations

import http.client
import os
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bench import servers
from bench.faults import BenchError
from bench.load import rounds, saturate
from bench.measures import Row, at_least, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.load import Ammunition
    from bench.measures import Plan
    from bench.servers import Server

__all__ = ["measure"]

_PATHS: Final = ("/metrics", "/")
_EVERY: Final = 1.0  # seconds
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """Events a second, and the processor time of the server for each of them in microseconds."""

    rate: float
    processor: float


def measure(plan: Plan) -> list[Row]:
    """Rounds of both in turn, the watched one first in every second round."""
    quiet: list[_Run] = []
    watched: list[_Run] = []
    for one, other in rounds(plan, lambda files, number: _round(plan, files, watched_first=number % 2 == 1)):
        quiet.append(one)
        watched.append(other)
        say(
            f"round {len(quiet)}: {one.rate:,.0f}/s and {one.processor:.1f} µs, "
            f"watched {other.rate:,.0f}/s and {other.processor:.1f} µs"
        )
    return _rows(quiet, watched)


def _round(plan: Plan, files: Ammunition, *, watched_first: bool) -> tuple[_Run, _Run]:
    first = _run(plan, files, is_watched=watched_first)
    second = _run(plan, files, is_watched=not watched_first)
    return (second, first) if watched_first else (first, second)


def _run(plan: Plan, files: Ammunition, *, is_watched: bool) -> _Run:
    directory = plan.directory / "watching"
    try:
        with (
            servers.hookline(directory, directory / "data") as server,
            _watching(server) if is_watched else _not_watching(),
        ):
            before = _processor_seconds(server)
            load, answered = saturate(server.url, files, seconds=plan.seconds)
            spent = _processor_seconds(server) - before
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return _Run(rate=load.per_second, processor=spent / answered * 1e6)


@contextmanager
def _not_watching() -> Iterator[None]:
    yield


@contextmanager
def _watching(server: Server) -> Iterator[None]:
    """Ask for each path once a second. Whatever is loaded at the first request is loaded before the load begins."""
    stop = threading.Event()
    faults: list[str] = []
    _ask(server, faults)

    def ask() -> None:
        while not stop.wait(_EVERY):
            _ask(server, faults)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if faults:
        raise BenchError(faults[0])


def _ask(server: Server, faults: list[str]) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.admin).netloc, timeout=10)
    for path in _PATHS:
        connection.request("GET", path, headers={"Accept": "text/html" if path == "/" else "text/plain"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != _OK:
            faults.append(f"GET {path} was answered {answer.status}")
    connection.close()


def _processor_seconds(server: Server) -> float:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rows(quiet: Sequence[_Run], watched: Sequence[_Run]) -> list[Row]:
    rates = [other.rate / one.rate for one, other in zip(quiet, watched, strict=True)]
    spent = [other.processor / one.processor for one, other in zip(quiet, watched, strict=True)]
    return [
        Row(
            name="watched",
            measure="Ingest while /metrics and the live page are asked for every second, against ingest that nobody watches",
            **at_least(0.98, median(rates), "times"),
            detail=f"{median(one.rate for one in watched):,.0f}/s against {median(one.rate for one in quiet):,.0f}/s; median of "
            f"{len(rates)} rounds, {min(rates):.3f} to {max(rates):.3f}; processor time per event {median(spent):.3f} times",
            numbers={"ratio": rates, "processor": spent},
        )
    ]
