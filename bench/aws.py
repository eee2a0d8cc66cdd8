"""``python -m bench.aws``: what the functions on AWS take, without AWS; prints the table, and writes bench/results/aws.*."""

from __future__ import annotations

import argparse
import sys
import tempfile
import zlib
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, Any  # Any: the numbers of a burst

import orjson

from bench import report
from bench.aws_burst import Burst, simulate
from bench.aws_runs import bench, invocations, proxy_events
from bench.faults import BenchError
from bench.machine import describe
from bench.measures import Row, at_most, say
from hookline.infra.packaging import NO_BYTECODE, PYTHONS, build, host_target
from hookline.infra.packaging.bytecode import compilers
from hookline.infra.plan import Load, plan, read_prices

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.aws_burst import Outcome
    from bench.aws_runs import Bench, Run

_ROOT = Path(__file__).parent.parent
_RESULTS = _ROOT / "bench" / "results"
_EXAMPLE = _ROOT / "examples" / "transactions"
_A_MILLION_A_MONTH = 1e6 / (730 * 3600)
_TRACED = 0.05
"""The share that X-Ray traces of many events a second; of few its default rule traces all."""
_SMALL_BODY = 714
"""Bytes of a stored body with which an item takes 1,024 bytes once it is delivered."""
_MEGABYTE = 1e6
_SHARE_OF_A_CORE = 256 / 1769
"""The processor share of a function of 256 MB: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
_ENVIRONMENT = 0.2
"""Seconds until a new environment runs code at all: assumed, AWS documents none."""


def main() -> int:
    """Measure. 0 when it was measured, met or missed; 1 when it could not be."""
    words = _words()
    pairs, events, runs = (3, 300, 1) if words.quick else (21, 1000, 5)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-aws-") as directory, bench(Path(directory)) as running:
            machine = describe(Path(directory), ("hookline", "botocore", "boto3"))
            print("\n".join(f"{name:>20}: {value}" for name, value in machine.items()))
            rows = [
                *_cold(running, pairs),
                *_other_pythons(running, pairs),
                *_warm(running, events, runs),
                _size(Path(directory)),
                cost(),
                *_bursts(running, 3 if words.quick else 11),
            ]
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"\n{report.terminal(rows)}")
    _write(rows, machine, pairs, runs)
    print(f"\nwritten: {_RESULTS}/aws.json, aws.md")
    return 0


def _cold(running: Bench, pairs: int) -> list[Row]:
    """Pairs of fresh processes, in turns, so that both meet the same moments of the machine."""
    say(f"cold starts, {pairs} pairs")
    functions = {"ours": running.validator(), "plain": running.plain(), "uncompiled": running.uncompiled_validator()}
    found: dict[str, list[Run]] = {name: [] for name in functions}
    call = proxy_events(1)
    for name, function in functions.items():
        running.run(function, call)  # so that all read their files from memory
        found[name].clear()
    for number in range(pairs):
        for name in sorted(functions, reverse=bool(number % 2)):
            found[name].append(running.run(functions[name], call))
    ours, plain, uncompiled = found["ours"], found["plain"], found["uncompiled"]
    ratios = [one.import_wall / other.import_wall for one, other in zip(ours, plain, strict=True)]
    first = median(one.first_wall / other.first_wall for one, other in zip(ours, plain, strict=True))
    processor = median(one.import_cpu / other.import_cpu for one, other in zip(ours, plain, strict=True))
    detail = (
        f"{_ms(one.import_wall for one in ours)} against {_ms(one.import_wall for one in plain)}, median of {pairs} pairs, "
        f"{min(ratios):.2f} to {max(ratios):.2f}; processor time {processor:.2f} times; until the first answer {first:.2f} times; "
        f"without bytecode in the archives {_ms(one.import_wall for one in uncompiled)}"
    )
    return [
        Row(
            name="cold",
            measure="Validator: import, clients and secrets in a fresh interpreter, against the handler written by hand",
            detail=detail,
            numbers={name: [one.import_wall for one in found[name]] for name in found},
            **at_most(0.75, median(ratios), "times"),
        )
    ]


def _other_pythons(running: Bench, pairs: int) -> list[Row]:
    """The same start on each other Python of Lambda's that this machine has, in turns with the one that runs this."""
    own, rows = host_target().python, []
    for python in PYTHONS:
        if python == own or not (here := compilers(python)):
            continue
        release, executable = next(iter(here.items()))
        say(f"cold starts on Python {python}, {pairs} pairs")
        functions = (running.validator(), running.validator_on(release, executable))
        found = [[running.run(function, proxy_events(1)) for function in functions] for _ in range(pairs + 1)][1:]
        ratios = [other.import_cpu / ours.import_cpu for ours, other in found]
        took = [[run.import_cpu for run in runs] for runs in zip(*found, strict=True)]
        rows.append(
            Row(
                name=f"cold on {python}",
                measure=f"Validator on Python {python}: processor time of import, clients and secrets, against Python {own}",
                detail=f"{_ms(took[1])} against {_ms(took[0])}, median of {pairs} pairs, {min(ratios):.2f} to {max(ratios):.2f}",
                numbers={own: took[0], python: took[1]},
                **at_most(1.25, median(ratios), "times"),
            )
        )
    return rows


def _warm(running: Bench, events: int, runs: int) -> list[Row]:
    """Processor time of the function's own process: the stub that answers has another."""
    say(f"warm requests, {runs} times {events}")
    validator = [running.run(running.validator(), proxy_events(events + 51)) for _ in range(runs)]
    router = [running.run(running.router(), invocations(events + 51)) for _ in range(runs)]
    plain = [running.run(running.plain(), proxy_events(events + 51)) for _ in range(runs)]
    took = [mean(one.warm_cpu) * 1000 for one in validator]
    return [
        Row(
            name="warm",
            measure="Validator: processor time of a warm request",
            detail=(
                f"mean of {events}, median of {runs} runs, {min(took):.2f} to {max(took):.2f} ms; the router "
                f"{_mean_ms(router):.2f} ms, the handler written by hand {_mean_ms(plain):.2f} ms"
            ),
            numbers={"validator": took},
            **at_most(3, median(took), "ms"),
        ),
        _calls(
            "Validator",
            validator,
            "one conditional PutItem, one asynchronous Invoke; one GetItem more every 10 seconds, for all events",
        ),
        _calls("Router", router, "one SendMessage, one UpdateItem"),
    ]


def _calls(name: str, runs: Sequence[Run], detail: str) -> Row:
    most = max(one.calls for one in runs)
    return Row(
        name=f"calls of the {name.lower()}",
        measure=f"{name}: calls to AWS for an event, warm, one queue, body inline",
        detail=detail,
        **at_most(2, most, "calls"),
    )


def _size(directory: Path) -> Row:
    archives = build(_EXAMPLE / "hookline.toml", directory / "lambda", bytecode=NO_BYTECODE)
    return Row(
        name="size",
        measure=f"Layer and function unzipped, {archives.target.architecture}, Python {archives.target.python}",
        detail=(
            f"layer {archives.layer.unzipped / _MEGABYTE:.1f}, function {archives.function.unzipped / _MEGABYTE:.1f} MB, "
            f"without bytecode; zipped {(archives.layer.size + archives.function.size) / _MEGABYTE:.1f} MB"
        ),
        **at_most(20, archives.unzipped / _MEGABYTE, "MB"),
    )


def cost() -> Row:
    """Items of 1,024 bytes, the dearest of those that take one unit; and the sample as it is. The target is older than that index."""
    prices = read_prices()
    small = plan(Load(rate=_A_MILLION_A_MONTH, size=_SMALL_BODY, compression=1, traced=_TRACED), prices)
    body = (_EXAMPLE / "samples" / "payment.json").read_bytes()
    ratio = len(zlib.compress(body, 6)) / len(body)
    sample = plan(Load(rate=_A_MILLION_A_MONTH, size=len(body), compression=ratio, traced=_TRACED), prices)
    by_time = sum(cost.amount for cost in small.variable if "index by time" in cost.name)
    return Row(
        name="cost",
        measure="Modelled cost of a million items of 1,024 bytes, without the index by time",
        detail=(
            f"{prices.region}, prices of {prices.as_of}, 30 days with point-in-time recovery, {_TRACED:.0%} traced; "
            f"the index by time ${by_time:.2f} more; the payment sample ({sample.event.item} bytes in the table) "
            f"${sample.per_million - by_time:.2f}"
        ),
        **at_most(9, small.per_million - by_time, "dollars"),
    )


def _bursts(running: Bench, runs: int) -> list[Row]:
    """Ten thousand events on a cold stack, by the model. What is measured of it is what the functions take to start."""
    say(f"a burst, modelled on {runs} cold starts of each function")
    took = [
        median(running.run(function, call).first_cpu for _ in range(runs))
        for function, call in ((running.validator(), proxy_events(1)), (running.router(), invocations(1)))
    ]
    return burst_rows(took)


def burst_rows(took: Sequence[float]) -> list[Row]:
    """The rows, by the seconds of a whole core that validator and router take from the start of their import to their first answer."""
    quick, slow = (tuple(_ENVIRONMENT + seconds / share for seconds in took) for share in (1, _SHARE_OF_A_CORE))
    load = Load(rate=_A_MILLION_A_MONTH, size=1024)
    open_gate = {"throttle_rate": 10_000.0, "throttle_burst": 5000.0}

    def outcome(cold: tuple[float, ...], **how: Any) -> Outcome:
        return simulate(Burst(load=load, cold=(cold[0], cold[1]), **how))

    whole, wide, new = outcome(slow), outcome(slow, **open_gate), outcome(slow, concurrency=10)
    steady, quicker = outcome(slow, rate=1000), outcome(quick, rate=1000)
    return [
        Row(
            name="burst",
            measure="Modelled: 10,000 events together on a cold stack, until the last is accepted",
            detail=(
                f"cold starts of {slow[0]:.2f} s; {whole.first_try:,} accepted at their first attempt, {whole.throttled:,} times 429 by "
                f"the stage's throttle, {whole.no_room:,} times 503 for want of room; with the throttle at API Gateway's own limit "
                f"{wide.accepted:.1f} s; in a new account with room for 10 together {new.accepted:.0f} s; offered at 1,000/s "
                f"{steady.accepted:.1f} s, {steady.first_try:,} at their first attempt, with cold starts of {quick[0]:.2f} s "
                f"{quicker.first_try:,}"
            ),
            numbers={"took": list(took), "accepted": [one.accepted for one in (whole, wide, new, steady, quicker)]},
            **at_most(30, whole.accepted, "s"),
        ),
        Row(
            name="outbox in a burst",
            measure="Modelled: the greatest age in the outbox meanwhile",
            detail=(
                f"with the throttle at API Gateway's own limit {wide.oldest:.1f} s; in a new account {new.oldest:.0f} s; "
                f"offered at 1,000/s {steady.oldest:.1f} s; {sum(one.left for one in (whole, wide, new, steady))} events left to the "
                f"recoverer"
            ),
            numbers={"oldest": [one.oldest for one in (whole, wide, new, steady, quicker)]},
            **at_most(60, whole.oldest, "s"),
        ),
    ]


def _ms(seconds: Iterable[float]) -> str:
    return f"{median(seconds) * 1000:.0f} ms"


def _mean_ms(runs: Sequence[Run]) -> float:
    return median(mean(one.warm_cpu) for one in runs) * 1000


def _write(rows: Sequence[Row], machine: Mapping[str, str], pairs: int, runs: int) -> None:
    document = {
        "at": datetime.now(UTC).replace(microsecond=0),
        "pairs": pairs,
        "runs": runs,
        "machine": dict(machine),
        "rows": [asdict(row) for row in rows],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    (_RESULTS / "aws.json").write_bytes(orjson.dumps(document, option=options))
    how = f"{pairs} pairs of fresh processes, {runs} runs of warm requests, against a stub of AWS in a process of its own."
    (_RESULTS / "aws.md").write_text(report.table(rows, machine, how), "utf-8")


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.aws", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 pairs, one run of 300 requests: too short to judge by")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
