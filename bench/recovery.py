"""``python -m bench.recovery``: how long a copy of a full database takes, how long a restore, and how far Litestream is behind."""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench import servers
from bench.fill import fill
from bench.load import require_wrk, rounds, saturate
from bench.machine import describe
from bench.measures import Plan, say
from processes import run_process, running_process

if TYPE_CHECKING:
    from bench.load import Ammunition

_ROOT = Path(__file__).parent.parent
_CONFIG = _ROOT / "contrib" / "litestream.yml"
_LOAD = 5.0  # seconds
_SETTLES = 3.0  # seconds in which Litestream takes its first snapshot


def main() -> int:
    """Measure, and print."""
    words = argparse.ArgumentParser(prog="python -m bench.recovery", description=__doc__)
    words.add_argument("--events", type=int, default=1_000_000, help="events in the file (1,000,000)")
    words.add_argument("--rounds", type=int, default=3, help="copies and restores, of which the median counts (3)")
    plan = words.parse_args()
    require_wrk()
    root = _ROOT / "data"
    root.mkdir(exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="bench-recovery-", dir=root))
    with ExitStack() as end:
        end.callback(shutil.rmtree, directory, ignore_errors=True)
        print("\n".join(f"{name:>20}: {value}" for name, value in describe(directory, ("hookline", "apsw")).items()))
        say(f"storing {plan.events:,} events")
        data = directory / "full" / "data"
        fill(data, servers.project(directory / "full"), plan.events)
        size = (data / "hookline.db").stat().st_size
        copies, restores, starts = [], [], []
        for _ in range(plan.rounds):
            shutil.rmtree(directory / "new", ignore_errors=True)
            copies.append(_timed("backup", str(directory / "copy.db"), "--force", "--data-dir", str(data)))
            restores.append(
                _timed("restore", str(directory / "copy.db"), "--data-dir", str(directory / "new" / "data"))
            )
            began = time.perf_counter()
            with servers.hookline(directory / "new", directory / "new" / "data"):
                starts.append(time.perf_counter() - began)
        print(f"a copy of {plan.events:,} events, {size / 1e6:,.0f} MB, checked: {median(copies):.1f} s")
        print(f"its restore, checked again: {median(restores):.1f} s; the start after it: {median(starts):.1f} s")
        load = Plan(seconds=_LOAD, pairs=plan.rounds, events=0, quick=False, directory=directory)
        behind = list(rounds(load, lambda files, _number: _behind(load, files)))
        print(
            f"Litestream, killed at the end of a load: {median(behind):.2f} s of events were missing, at most {max(behind):.2f} s"
        )
    return 0


def _timed(*words: str) -> float:
    began = time.perf_counter()
    done = run_process([sys.executable, "-m", "hookline", *words], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stderr}")
    return time.perf_counter() - began


def _behind(plan: Plan, files: Ammunition) -> float:
    """Seconds of events, by when they were received, that the copy lacks when Litestream is killed at the end of a load."""
    project = plan.directory / "live"
    data, restored = project / "data", plan.directory / "restored.db"
    environment = {
        **os.environ,
        "HOOKLINE_DATA_DIR": str(data),
        "HOOKLINE_REPLICA_URL": f"file://{plan.directory / 'replica'}",
    }
    litestream = [str(Path(sys.executable).with_name("litestream"))]
    with servers.hookline(project, data) as server:
        command = [*litestream, "replicate", "-config", str(_CONFIG)]
        with running_process(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as copying:
            time.sleep(_SETTLES)
            saturate(server.url, files, seconds=plan.seconds)
            copying.kill()
    command = [*litestream, "restore", "-config", str(_CONFIG), "-o", str(restored), str(data / "hookline.db")]
    run_process(command, env=environment, check=True, capture_output=True)
    behind = _newest(data / "hookline.db") - _newest(restored)
    for path in (project, plan.directory / "replica"):
        shutil.rmtree(path)
    restored.unlink()
    return behind


def _newest(database: Path) -> float:
    """When the newest event was received, in seconds."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        (microseconds,) = connection.execute("SELECT max(received_at) FROM events").fetchone()
    return int(microseconds) / 1e6


if __name__ == "__main__":
    sys.exit(main())
