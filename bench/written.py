"""How many bytes hookline writes to the disk for each event, at saturation: the log, the checkpoints, and what stopping writes.

The kernel counts for each process the bytes that it changed in files on a disk, page by page, and those that it deleted before the disk
had them (``write_bytes`` and ``cancelled_write_bytes`` in ``/proc/PID/io``): the difference is written. The count begins when the server
listens and ends when it has ended after SIGTERM: by then its whole log is in the file. The server's own log lines go through a pipe, which
no disk has, to a process that keeps them.
"""

from __future__ import annotations

import http.client
import re
import shutil
from dataclasses import dataclass
from statistics import mean, median
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench import servers
from bench.faults import BenchError
from bench.load import rounds, saturate
from bench.measures import Row, at_most, say
from bench.traffic import body

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.load import Ammunition
    from bench.measures import Plan

__all__ = ["commits_of", "measure", "shared_between_log_and_file"]

_BODIES = 5000  # after this number their sizes repeat
_COMMITS = re.compile(r"^hookline_commit_seconds_count(?:\{[^}]*\})? (\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """Bytes for each event, and events in each commit."""

    log: float
    file: float
    per_commit: float

    @property
    def all(self) -> float:
        return self.log + self.file


def measure(plan: Plan) -> list[Row]:
    """Rounds of one fresh server each."""
    done: list[_Round] = []
    for one in rounds(plan, lambda files, _: _round(plan, files)):
        done.append(one)
        say(
            f"round {len(done)}: {one.all:,.0f} bytes an event, of which {one.log:,.0f} to the log and {one.file:,.0f} to the file; "
            f"{one.per_commit:.1f} events a commit"
        )
    return [_row(plan, done, mean(len(body(number, f"evt_{number:026x}")) for number in range(_BODIES)))]


def _round(plan: Plan, files: Ammunition) -> _Round:
    directory = plan.directory / "written"
    database = directory / "data" / "hookline.db"
    try:
        with servers.hookline(directory, database.parent, log_through_pipe=True) as server:
            before, commits = server.written(), commits_of(_metrics(server))
            _, answered = saturate(server.url, files, seconds=plan.seconds)
            threads, commits = server.written_by_threads(), commits_of(_metrics(server)) - commits
            total = server.end_and_count() - before
        _check(database, answered)
        log, file = shared_between_log_and_file(total, threads)
        return _Round(log=log / answered, file=file / answered, per_commit=answered / commits)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def shared_between_log_and_file(total: int, threads: Mapping[int, int]) -> tuple[int, int]:
    """Of ``total`` bytes those that went to the log and to the file, by what each of the server's threads wrote before the stop.

    The thread that wrote most is taken for the one that commits: a checkpoint writes a page once, however often the log has it.
    All that others wrote, and all that was written during the stop, counts for the file.
    """
    log = max(threads.values())
    return log, total - log


def commits_of(metrics: str) -> int:
    """How many groups of events were committed, by the text of ``/metrics``."""
    found = _COMMITS.search(metrics)
    if found is None:
        raise BenchError("/metrics does not say how many commits there were")
    return int(found[1])


def _metrics(server: servers.Server) -> str:
    connection = http.client.HTTPConnection(urlsplit(server.admin).netloc, timeout=10)
    try:
        connection.request("GET", "/metrics", headers={"Accept": "text/plain"})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def _check(database: Path, answered: int) -> None:
    """Whether the file has every event, and nothing is left in the log: else not all was counted that has to be written."""
    log = database.with_name(f"{database.name}-wal")
    if log.exists() and log.stat().st_size:
        raise BenchError("the server ended before its whole log was in the file")
    if (stored := servers.stored_events(database)) < answered:
        raise BenchError(f"{answered} requests were answered and only {stored} events are stored")


def _row(plan: Plan, done: Sequence[_Round], size: float) -> Row:
    ratios = [one.all / size for one in done]
    everything, log, file, per_commit = (
        [getattr(one, name) for one in done] for name in ("all", "log", "file", "per_commit")
    )
    return Row(
        name="written",
        measure="Bytes written to disk for an event at saturation, log and checkpoints together, against the body's size",
        **at_most(3, median(ratios), "times"),
        detail=f"{median(everything):,.0f} bytes for a body of {size:,.0f}: {median(log):,.0f} to the log, {median(file):,.0f} to the "
        f"file; {median(per_commit):.1f} events a commit; median of {plan.pairs} rounds, {min(ratios):.2f} to {max(ratios):.2f}",
        numbers={"ratio": ratios, "bytes": everything, "log": log, "file": file, "per_commit": per_commit},
    )
