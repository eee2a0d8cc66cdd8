"""Load from wrk: 64 connections that each send the next request as soon as the last one was answered."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import orjson

from bench.faults import BenchError
from bench.traffic import write_requests
from processes import run_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.measures import Plan

__all__ = ["Ammunition", "Load", "RanOutError", "require_wrk", "rounds", "saturate"]

_SCRIPT = Path(__file__).with_name("wrk.lua")
_CONNECTIONS = 64
_RAN_OUT = 3
_WARM_UP = 1.0  # seconds
_REQUESTS_PER_SECOND = 15_000  # to begin with
_HOW_TO_INSTALL = "wrk is not installed: `apt-get install wrk` on Debian and Ubuntu, `brew install wrk` on macOS"

T = TypeVar("T")


class RanOutError(Exception):
    """The server was faster than there were requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What wrk saw; latencies in milliseconds."""

    requests: int
    per_second: float
    p50: float
    p90: float
    p99: float
    p999: float
    worst: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ammunition:
    """Two files of fresh requests: a second's worth to warm up with, and those that count."""

    warm_up: Path
    measured: Path

    def discard(self) -> None:
        """Remove the files."""
        self.warm_up.unlink(missing_ok=True)
        self.measured.unlink(missing_ok=True)


def require_wrk() -> None:
    """Make sure that wrk is here: as root on a machine with apt-get it is installed, else BenchError says how to."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        print("wrk is not installed; running apt-get install -y wrk")
        run_process(["apt-get", "install", "-y", "wrk"], stdout=subprocess.DEVNULL)
    if shutil.which("wrk") is None:
        raise BenchError(_HOW_TO_INSTALL)


def rounds(plan: Plan, once: Callable[[Ammunition, int], T]) -> Iterator[T]:
    """What ``once`` gives for each of the plan's rounds, called with fresh requests and the round's number from 0 on.

    A round that runs out of requests is done again with twice as many.
    """
    per_second = _REQUESTS_PER_SECOND
    number = 0
    while number < plan.pairs:
        with _ammunition(plan, per_second) as files:
            try:
                result = once(files, number)
            except RanOutError:
                per_second *= 2
                continue
        number += 1
        yield result


@contextmanager
def _ammunition(plan: Plan, per_second: int) -> Iterator[Ammunition]:
    files = Ammunition(warm_up=plan.directory / "warm-up.requests", measured=plan.directory / "measured.requests")
    try:
        write_requests(files.warm_up, int(per_second * _WARM_UP))
        write_requests(files.measured, int(per_second * plan.seconds))
        yield files
    finally:
        files.discard()


def saturate(url: str, files: Ammunition, *, seconds: float, again: bool = False) -> tuple[Load, int]:
    """The load of ``seconds`` after a second of warm-up, and how many requests were answered in both.

    Raises BenchError when any answer was an error, RanOutError when there were too few requests. ``again`` allows repetition, for
    a server that keeps nothing.
    """
    warm = _wrk(url, files.warm_up, _WARM_UP, again=again)
    load = _wrk(url, files.measured, seconds, again=again)
    return load, warm.requests + load.requests


def _wrk(url: str, requests: Path, seconds: float, *, again: bool) -> Load:
    ran = run_process(
        ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds:g}s", "--timeout", "10s", "-s", str(_SCRIPT), f"{url}/webhook",
         "--", str(requests), *(["again"] if again else [])],
        capture_output=True, text=True, timeout=seconds + 30,
    )  # fmt: skip
    if ran.returncode == _RAN_OUT:
        raise RanOutError
    if ran.returncode != 0:
        raise BenchError(f"wrk failed: {ran.stderr.strip() or ran.stdout.strip()}")
    (result,) = (line for line in ran.stdout.splitlines() if line.startswith("RESULT "))
    return _read(orjson.loads(result.removeprefix("RESULT ")))


def _read(result: dict[str, int]) -> Load:
    if result["failed"]:
        raise BenchError(f"{result['failed']} of {result['requests']} requests failed")
    return Load(
        requests=result["requests"],
        per_second=result["requests"] / result["microseconds"] * 1e6,
        p50=result["p50"] / 1000,
        p90=result["p90"] / 1000,
        p99=result["p99"] / 1000,
        p999=result["p999"] / 1000,
        worst=result["max"] / 1000,
    )
