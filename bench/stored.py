"""What many stored events cost: throughput against an empty file, and resident memory."""

from __future__ import annotations

import shutil
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from bench import servers
from bench.faults import BenchError
from bench.fill import fill
from bench.load import rounds, saturate
from bench.measures import Row, at_least, at_most, say
from bench.saturation import hookline_under_load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.load import Ammunition
    from bench.measures import Plan

__all__ = ["measure"]

_MILLION = 1_000_000


class _Pair(NamedTuple):
    """Requests a second, and MB."""

    empty: float
    full: float
    memory: float


def measure(plan: Plan) -> list[Row]:
    """Pairs of an empty and a full file. The full one grows from pair to pair, its messages still on their queues."""
    directory = plan.directory / "full"
    try:
        say(f"storing {plan.events:,} events")
        fill(directory / "data", servers.project(directory), plan.events)
        pairs: list[_Pair] = []
        for pair in rounds(plan, lambda files, _: _pair(plan, files)):
            pairs.append(pair)
            say(f"pair {len(pairs)}: empty {pair.empty:,.0f}/s, full {pair.full:,.0f}/s, {pair.memory:.0f} MB resident")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return _rows(plan, pairs)


def _pair(plan: Plan, files: Ammunition) -> _Pair:
    empty = hookline_under_load(plan, files, name="empty").per_second
    full, memory = _full(plan, files)
    return _Pair(empty=empty, full=full, memory=memory)


def _full(plan: Plan, files: Ammunition) -> tuple[float, float]:
    """Requests a second on the full file, and the memory in MB while the last of them were answered."""
    directory = plan.directory / "full"
    data = directory / "data"
    before = servers.stored_events(data / "hookline.db")
    with servers.hookline(directory, data) as server:
        load, answered = saturate(server.url, files, seconds=plan.seconds)
        resident = server.memory()
    if servers.stored_events(data / "hookline.db") - before < answered:
        raise BenchError(f"{answered} requests were answered and fewer events are stored")
    return load.per_second, resident


def _rows(plan: Plan, pairs: Sequence[_Pair]) -> list[Row]:
    empty, full, memory = ([pair[column] for pair in pairs] for column in range(3))
    ratios = [one / other for one, other in zip(full, empty, strict=True)]
    stored = f"{plan.events:,} stored events"
    return [
        Row(
            name="stored",
            measure=f"Throughput with {stored}, against an empty file",
            **at_least(0.95 if plan.events <= _MILLION else 0.9, median(ratios), "times"),
            detail=f"{median(full):,.0f}/s against {median(empty):,.0f}/s; median of {plan.pairs} pairs, "
            f"{min(ratios):.2f} to {max(ratios):.2f}",
            numbers={"ratio": ratios, "empty": empty, "full": full},
        ),
        Row(
            name="memory",
            measure=f"Resident memory with {stored}, after the load",
            **at_most(130, max(memory), "MB"),
            detail=f"the most of {plan.pairs} servers, {min(memory):.0f} to {max(memory):.0f}",
            numbers={"resident": memory},
        ),
    ]
