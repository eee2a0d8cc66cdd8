"""What sealing bodies at rest costs: servers with and without a key in turn, by the rate and by the processor time of an event."""

from __future__ import annotations

import shutil
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from bench import servers
from bench.load import rounds, saturate
from bench.measures import Row, at_least, at_most, say

if TYPE_CHECKING:
    from bench.load import Ammunition
    from bench.measures import Plan

__all__ = ["measure"]


class _Run(NamedTuple):
    per_second: float
    microseconds: float
    """Microseconds of processor time for an event."""


def measure(plan: Plan) -> list[Row]:
    """Rounds of both in turn; who comes first changes from round to round."""
    pairs: list[tuple[_Run, _Run]] = []
    for plain, sealed in rounds(plan, lambda files, number: _round(plan, files, plain_first=number % 2 == 0)):
        pairs.append((plain, sealed))
        say(
            f"round {len(pairs)}: {plain.per_second:,.0f}/s and {plain.microseconds:.1f} us without a key, "
            f"{sealed.per_second:,.0f}/s and {sealed.microseconds:.1f} us with one"
        )
    rates = [sealed.per_second / plain.per_second for plain, sealed in pairs]
    times = [sealed.microseconds / plain.microseconds for plain, sealed in pairs]
    return [
        Row(
            name="sealed-rate",
            measure="Accepting with bodies sealed (AES-256-GCM), against without a key",
            detail=f"{len(pairs)} pairs of servers in turn; {_text([one.per_second for _, one in pairs])}/s sealed",
            numbers={"ratio": rates},
            **at_least(0.9, median(rates), "x"),
        ),
        Row(
            name="sealed-time",
            measure="The server's processor time for an event with bodies sealed, against without a key",
            detail=f"the same pairs; {_text([one.microseconds for _, one in pairs])} us sealed",
            numbers={"ratio": times},
            **at_most(1.1, median(times), "x"),
        ),
    ]


def _round(plan: Plan, files: Ammunition, *, plain_first: bool) -> tuple[_Run, _Run]:
    first = _run(plan, files, sealed=not plain_first)
    second = _run(plan, files, sealed=plain_first)
    return (first, second) if plain_first else (second, first)


def _run(plan: Plan, files: Ammunition, *, sealed: bool) -> _Run:
    directory = plan.directory / ("sealed" if sealed else "plain")
    try:
        with servers.hookline(directory, directory / "data", sealed=sealed) as server:
            before = server.processor_seconds()
            load, answered = saturate(server.url, files, seconds=plan.seconds)
            used = server.processor_seconds() - before
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return _Run(per_second=load.per_second, microseconds=used / answered * 1e6)


def _text(values: list[float]) -> str:
    return f"{min(values):,.1f} to {max(values):,.1f}"
