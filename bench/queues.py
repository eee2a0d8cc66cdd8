"""``python -m bench.queues``: queues behind hookline and behind two other servers; prints the table, and writes bench/results/queues.*."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from bench import queue_rows, report
from bench.faults import BenchError
from bench.load import require_wrk
from bench.machine import describe
from bench.measures import say
from bench.queue_rows import QueuePlan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bench.measures import Row

_ROOT = Path(__file__).parent.parent
_RESULTS = _ROOT / "bench" / "results"
_PACKAGES = ("hookline", "boto3", "moto", "ministack", "uvloop")
_MEASURES: Mapping[str, Callable[[QueuePlan], list[Row]]] = {
    "others": queue_rows.against_others,
    "many": queue_rows.with_many,
    "latency": queue_rows.latency,
    "ingest": queue_rows.ingest,
}


def main() -> int:
    """Measure. 0 when it was measured, met or missed; 1 when it could not be."""
    words = _words()
    root = words.directory or _ROOT / "data"
    root.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="bench-queues-", dir=root))
    plan = _plan(directory, quick=words.quick)
    machine = describe(directory, _PACKAGES)
    print("\n".join(f"{name:>20}: {value}" for name, value in machine.items()))
    rows: list[Row] = []
    with ExitStack() as end:
        end.callback(shutil.rmtree, directory, ignore_errors=True)
        code = _measure(plan, words.only or list(_MEASURES), rows)
    print(f"\n{report.terminal(rows)}")
    if words.quick:
        print("\nA quick run: too short to judge by.")
    if not words.only:
        _write(rows, machine, plan)
        print(f"\nwritten: {_RESULTS}/queues.json, queues.md")
    return code


def _measure(plan: QueuePlan, names: Sequence[str], rows: list[Row]) -> int:
    code = 0
    for name in names:
        print(name, flush=True)
        try:
            require_wrk()
            rows += _MEASURES[name](plan)
        except BenchError as error:
            say(f"error: {error}")
            code = 1
    return code


def _plan(directory: Path, *, quick: bool) -> QueuePlan:
    if quick:
        return QueuePlan(
            rounds=2, pairs=5, many=50_000, in_flight=5_000, few=1000, messages=200, seconds=2, quick=True,
            directory=directory,
        )  # fmt: skip
    return QueuePlan(
        rounds=5, pairs=10, many=1_000_000, in_flight=100_000, few=1000, messages=500, seconds=5, quick=False,
        directory=directory,
    )  # fmt: skip


def _write(rows: Sequence[Row], machine: Mapping[str, str], plan: QueuePlan) -> None:
    document = {
        "at": datetime.now(UTC).replace(microsecond=0),
        "quick": plan.quick,
        "rounds": plan.rounds,
        "machine": dict(machine),
        "rows": [asdict(row) for row in rows],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    _RESULTS.mkdir(parents=True, exist_ok=True)
    (_RESULTS / "queues.json").write_bytes(orjson.dumps(document, option=options))
    quick = "A quick run, too short to judge by: " if plan.quick else ""
    how = f"{quick}{plan.rounds} rounds, each of them with all that it compares in turn."
    (_RESULTS / "queues.md").write_text(report.table(rows, machine, how), "utf-8")


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.queues", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="2 short rounds, 50,000 events: too short to judge by")
    parser.add_argument(
        "--only", action="append", choices=list(_MEASURES), help="only this measure, nothing is written"
    )
    parser.add_argument(
        "--directory", type=Path, help="where hookline stores; on the disk that is to be measured [data]"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
