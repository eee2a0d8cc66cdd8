"""``python -m bench profile``: what each stage of one request costs, in microseconds of processor time.

hookline runs under full load as in production. The kernel counts the processor time of each thread, and py-spy samples which functions the
event loop's thread is in; its time is shared out among the stages as the samples are. With ``--before DIR``, the checkout in that directory
is measured in turn with this one, and both are in the table.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from bench import servers
from bench.faults import BenchError
from bench.load import rounds, saturate
from bench.machine import describe
from bench.measures import say
from bench.profiling import py_spy
from processes import running_process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.load import Ammunition
    from bench.measures import Plan

__all__ = ["STAGES", "THREADS", "measure", "shared_out", "stage_of", "table"]

_RATE: Final = 400  # samples a second
_THREAD: Final = re.compile(r"thread \((?P<number>\d+)\): (?P<name>\S+)")
_FRAME: Final = re.compile(r"(?P<function>\S+) \((?P<path>[^:)]*)")
_LOOP: Final = "asyncio/runners.py"
_REST: Final = "event loop: waiting for sockets, reading from them, running callbacks"

STAGES: Final[Mapping[str, str]] = {
    "reading: the request line and the header fields": (
        r"embedded/(reading|framing|connections?|connection_state)\.py|\b(data_received|_take|_go_on) .*protocol\.py"
    ),
    "answering: writing to the socket": r"embedded/(protocol|exchange)\.py",
    "signature and timestamp": r"hookline/providers/",
    "reading the JSON": r"\b(_parsed|parse_any) |domain/json_text\.py",
    "looking for names that occur twice": r"\b(_is_written_plainly|refuse_ambiguous) |pipeline/ambiguous\.py",
    "schema": r"config/schema\.py|\bvalidate .*receive\.py",
    "naming the event: id, type, time, transaction": r"pipeline/(identify|age|transaction\w*)\.py|domain/event\.py",
    "routes": r"pipeline/route\.py|hookline/patterns/|\b_route .*ingest\.py",
    "limits and counts": r"embedded/(call_limits|answer_counts|bucket|quarantine|last_events|measures)\.py",
    "writing rows into the open transaction": r"hookline/adapters/sqlite/",
    "the group: gathering it, and waking who waited": r"embedded/(committer|room)\.py",
    "the log line": r"embedded/(log|request_log)\.py",
    "the steps between these": r"hookline/(pipeline|runtimes|domain|record|adapters/local)",
}
"""Stages of the event loop's thread, each with the frames that belong to it: the innermost frame that belongs to one decides."""

THREADS: Final[Mapping[str, str]] = {
    "hookline-commit": "commit thread: COMMIT, with its wait for the disk left out",
    "hookline-log": "log thread: rendering and writing lines",
    "hookline-keeper": "housekeeper: checkpoints, retention, depths",
}
_OTHERS: Final = "other threads"

_COMPILED: Final = {stage: re.compile(pattern) for stage, pattern in STAGES.items()}


def measure(plan: Plan, results: Path, before: Path | None) -> None:
    """Measure, print the table, and write ``profile.md``. Raises BenchError where py-spy is missing or may not look."""
    if py_spy() is None:
        raise BenchError("py-spy is not installed: `pip install py-spy`; it may have to run as root")
    trees: list[Path | None] = [None] if before is None else [before, None]
    found: list[list[dict[str, float]]] = []
    for costs in rounds(plan, lambda files, number: _round(plan, files, trees, number)):
        found.append(costs)
        say(" against ".join(f"{sum(one.values()):.0f} µs" for one in costs) + " an event")
    *older, newer = (_medians(costs) for costs in zip(*found, strict=True))
    text = table(newer, older[0] if older else None)
    machine = ", ".join(f"{name} {value}" for name, value in describe(plan.directory).items())
    text += f"\nMedians of {plan.pairs} rounds of {plan.seconds:g} seconds, 64 connections, an event of one kilobyte. On: {machine}.\n"
    results.mkdir(parents=True, exist_ok=True)
    (results / "profile.md").write_text(text, "utf-8")
    print(f"\n{text}\nwritten: {results / 'profile.md'}")


def _medians(costs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: median(one.get(name, 0.0) for one in costs) for name in {name for one in costs for name in one}}


def _round(plan: Plan, files: Ammunition, trees: Sequence[Path | None], number: int) -> list[dict[str, float]]:
    order = list(range(len(trees)))[:: 1 if number % 2 == 0 else -1]
    found = {at: _run(plan, files, trees[at]) for at in order}
    return [found[at] for at in sorted(found)]


def _run(plan: Plan, files: Ammunition, tree: Path | None) -> dict[str, float]:
    """The microseconds of each stage and thread for an event."""
    directory = Path(tempfile.mkdtemp(prefix="profile-", dir=plan.directory))
    samples = directory / "samples.txt"
    try:
        with servers.hookline(directory, directory / "data", tree=tree) as server:
            pid = server.process.pid
            before = _thread_times(pid)
            command = [py_spy() or "py-spy", "record", "--format", "raw", "--threads", "--nonblocking", "--rate", str(_RATE),
                       "--duration", str(int(plan.seconds)), "--output", str(samples), "--pid", str(pid)]  # fmt: skip
            with running_process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as looking:
                _, answered = saturate(server.url, files, seconds=plan.seconds)
                looking.wait(60)
            spent = {number: seconds - before.get(number, 0.0) for number, seconds in _thread_times(pid).items()}
        lines = samples.read_text("utf-8").splitlines()
        return shared_out(spent, lines, pid, answered)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def shared_out(spent: Mapping[int, float], lines: Sequence[str], pid: int, events: int) -> dict[str, float]:
    """Microseconds of each stage for an event.

    ``spent`` is the processor time of each thread by its number, the event loop's being ``pid``; ``lines`` are py-spy's raw output: a
    stack, its thread first and the frames from the outermost on, and how often it was seen.
    """
    stages: Counter[str] = Counter()
    names: dict[int, str] = {}
    for line in lines:
        stack, _, count = line.rpartition(" ")
        thread, *frames = stack.split(";")
        if (match := _THREAD.match(thread)) is None or not count.isdigit():
            continue
        names[int(match["number"])] = match["name"]
        if int(match["number"]) == pid:
            stages[stage_of(frames)] += int(count)
    if not stages:
        raise BenchError("py-spy did not see the event loop's thread")
    costs = {stage: spent[pid] * count / stages.total() / events * 1e6 for stage, count in stages.items()}
    for number, seconds in spent.items():
        if number != pid:
            part = THREADS.get(names.get(number, ""), _OTHERS)
            costs[part] = costs.get(part, 0.0) + seconds / events * 1e6
    return costs


def stage_of(frames: Sequence[str]) -> str:
    """The stage that the innermost frame of hookline belongs to, of those that the event loop has called."""
    for frame in reversed(frames):
        if (match := _FRAME.match(frame)) is not None and match["path"] == _LOOP:
            break
        if match is None or "hookline/" not in match["path"]:
            continue
        words = f" {match['function'].rpartition('.')[2]} {match['path']}"
        for stage, pattern in _COMPILED.items():
            if pattern.search(words):
                return stage
        break
    return _REST


def table(costs: Mapping[str, float], before: Mapping[str, float] | None) -> str:
    """Markdown: every stage and thread with its microseconds, ``before`` in a column of its own."""
    known = [*STAGES, _REST, *THREADS.values(), _OTHERS]
    columns = [costs] if before is None else [before, costs]
    lines = [
        "| stage | " + ("µs |" if before is None else "before, µs | after, µs |"),
        "|---" * (len(columns) + 1) + "|",
    ]
    measured = [name for name in known if any(column.get(name) for column in columns)]
    for name in sorted(measured, key=lambda name: -costs.get(name, 0.0)):
        lines += [f"| {name} | " + " | ".join(f"{column.get(name, 0.0):.1f}" for column in columns) + " |"]
    lines.append("| **all** | " + " | ".join(f"**{sum(column.values()):.1f}**" for column in columns) + " |")
    return "\n".join(lines) + "\n"


def _thread_times(pid: int) -> dict[int, float]:
    """Seconds of processor time of each thread by its number."""
    return {
        int(task.name): int(task.joinpath("schedstat").read_text("ascii").split()[0]) / 1e9
        for task in Path(f"/proc/{pid}/task").iterdir()
    }
