"""Where the time goes: a flame graph of hookline under load, by py-spy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench import servers
from bench.faults import BenchError
from bench.load import rounds, saturate
from bench.measures import say
from processes import running_process

if TYPE_CHECKING:
    from bench.load import Ammunition
    from bench.measures import Plan

__all__ = ["profile", "py_spy"]

_RATE = "250"  # samples a second


def profile(plan: Plan, results: Path) -> None:
    """Write ``profile.svg``, a flame graph with native frames. Raises BenchError where py-spy is missing or may not look."""
    if py_spy() is None:
        raise BenchError("py-spy is not installed: `pip install py-spy`; it may have to run as root")
    results.mkdir(parents=True, exist_ok=True)
    picture = results / "profile.svg"
    for rate in rounds(replace(plan, pairs=1), lambda files, _: _profile(plan, files, picture)):
        say(f"{rate:,.0f}/s while py-spy looked on; {picture}")


def py_spy() -> str | None:
    """Where py-spy is: next to this Python, or on the path."""
    return shutil.which("py-spy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")


def _profile(plan: Plan, files: Ammunition, picture: Path) -> float:
    """Requests a second, slowed down by the look."""
    directory = plan.directory / "profile"
    try:
        with servers.hookline(directory, directory / "data") as server:
            command = [py_spy() or "py-spy", "record", "--native", "--gil", "--rate", _RATE, "--duration", str(int(plan.seconds)),
                       "--output", str(picture), "--pid", str(server.process.pid)]  # fmt: skip
            with running_process(command, stdout=subprocess.DEVNULL) as looking:
                load, _ = saturate(server.url, files, seconds=plan.seconds)
                looking.wait(60)
        return load.per_second
    finally:
        shutil.rmtree(directory, ignore_errors=True)
