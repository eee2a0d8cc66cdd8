"""``python -m bench``: measure, print the table, and write bench/results."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench import (
    newcomers,
    plot,
    report,
    request_path,
    retention,
    routes,
    saturation,
    sealed,
    stored,
    visibility,
    watching,
    written,
)
from bench.faults import BenchError
from bench.load import require_wrk
from bench.machine import describe
from bench.measures import Plan
from bench.profiling import profile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bench.measures import Row

_ROOT = Path(__file__).parent.parent
_RESULTS = _ROOT / "bench" / "results"
_MEASURES: Mapping[str, Callable[[Plan], list[Row]]] = {
    "saturation": saturation.measure,
    "queue": visibility.measure,
    "written": written.measure,
    "stored": stored.measure,
    "sealed": sealed.measure,
    "retention": retention.measure,
    "newcomers": newcomers.measure,
    "watching": watching.measure,
    "routes": routes.measure,
}


def main() -> int:
    """Measure what was asked for. 0 when it was measured, met or missed; 1 when it could not be."""
    words = _words()
    root = words.directory or _ROOT / "data"
    root.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="bench-", dir=root))
    plan = Plan(
        seconds=words.seconds or (2 if words.quick else 5),
        pairs=words.pairs or (2 if words.quick else 5),
        events=words.events or (50_000 if words.quick else 1_000_000),
        quick=words.quick,
        directory=directory,
    )
    try:
        require_wrk()
        if words.command == "profile":
            request_path.measure(plan, _RESULTS, words.before)
            return 0
        if words.command == "flames":
            profile(plan, _RESULTS)
            return 0
        return _measure(plan, words.only or list(_MEASURES))
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _measure(plan: Plan, names: list[str]) -> int:
    """Measure and report. What could not be measured is said and left out."""
    machine = describe(plan.directory)
    print("\n".join(f"{name:>20}: {value}" for name, value in machine.items()))
    rows: list[Row] = []
    code = 0
    for name in names:
        print(name, flush=True)
        try:
            rows += _MEASURES[name](plan)
        except BenchError as error:
            print(f"error: {error}", file=sys.stderr)
            code = 1
    print(f"\n{report.terminal(rows)}")
    if plan.quick:
        print("\nA quick run: too short to judge by.")
    report.write(_RESULTS, rows, machine, plan)
    plot.draw(_RESULTS, rows, machine)
    print(f"\nwritten: {_RESULTS}/latest.json, latest.md, latest.png, latest.svg")
    return code


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=["profile", "flames"],
        help="what each stage of a request costs; or a flame graph (both need py-spy)",
    )
    parser.add_argument("--before", type=Path, help="with profile: another checkout, measured in turn with this one")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 2 seconds, 50,000 stored events")
    parser.add_argument("--only", action="append", choices=list(_MEASURES), help="only this measure; may be repeated")
    parser.add_argument("--seconds", type=float, help="how long each round is [5, quick: 2]")
    parser.add_argument("--events", type=int, help="how many events the full file has [1000000, quick: 50000]")
    parser.add_argument("--pairs", type=int, help="how many rounds [5, quick: 2]")
    parser.add_argument(
        "--directory", type=Path, help="where the servers store; on the disk that is to be measured [data]"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
