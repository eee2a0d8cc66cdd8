"""Durable accept and route at saturation, compared with a server that does nothing and with the receiver that people write by hand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench import servers
from bench.faults import BenchError
from bench.load import rounds, saturate
from bench.measures import Row, at_least, at_most, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.load import Ammunition, Load
    from bench.measures import Plan

__all__ = ["hookline_under_load", "measure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    bare: Load
    hookline: Load
    handwritten: Load


def measure(plan: Plan) -> list[Row]:
    """Rounds of all three in turn. The machine's speed changes from minute to minute, so only what ran side by side is compared."""
    done: list[_Round] = []
    for one in rounds(plan, lambda files, number: _round(plan, files, bare_first=number % 2 == 0)):
        done.append(one)
        _report(len(done), one)
    return _rows(plan, done)


def hookline_under_load(plan: Plan, files: Ammunition, *, name: str) -> Load:
    """A fresh hookline with an empty file, under load. Each answer was 202, and the file holds at least as many events as were answered."""
    directory = plan.directory / name
    try:
        with servers.hookline(directory, directory / "data") as server:
            load, answered = saturate(server.url, files, seconds=plan.seconds)
        if (stored := servers.stored_events(directory / "data" / "hookline.db")) < answered:
            raise BenchError(f"{answered} requests were answered and only {stored} events are stored")
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return load


def _round(plan: Plan, files: Ammunition, *, bare_first: bool) -> _Round:
    """One of each, hookline between the others; who comes first changes from round to round."""
    before, after = (_bare, _by_hand) if bare_first else (_by_hand, _bare)
    first = before(plan, files)
    ours = hookline_under_load(plan, files, name="hookline")
    last = after(plan, files)
    bare, by_hand = (first, last) if bare_first else (last, first)
    return _Round(bare=bare, hookline=ours, handwritten=by_hand)


def _bare(plan: Plan, files: Ammunition) -> Load:
    with servers.bare(plan.directory / "bare") as server:
        return saturate(server.url, files, seconds=plan.seconds, again=True)[0]


def _by_hand(plan: Plan, files: Ammunition) -> Load:
    directory = plan.directory / "handwritten"
    try:
        with servers.handwritten(directory) as server:
            return saturate(server.url, files, seconds=plan.seconds)[0]
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _report(number: int, one: _Round) -> None:
    ours = one.hookline
    say(
        f"round {number}: bare {one.bare.per_second:,.0f}/s, hookline {ours.per_second:,.0f}/s (p99 {ours.p99:.1f} ms), "
        f"by hand {one.handwritten.per_second:,.0f}/s"
    )


def _rows(plan: Plan, done: Sequence[_Round]) -> list[Row]:
    bare, ours, by_hand = (
        [getattr(one, name).per_second for one in done] for name in ("bare", "hookline", "handwritten")
    )
    against_bare = [mine / other for mine, other in zip(ours, bare, strict=True)]
    against_hand = [mine / other for mine, other in zip(ours, by_hand, strict=True)]
    loads = [one.hookline for one in done]
    rates = f"{median(ours):,.0f}/s against"
    of = f"median of {plan.pairs} rounds"
    return [
        Row(
            name="bare",
            measure="Durable accept and route, against a bare server that keeps nothing",
            **at_least(0.42, median(against_bare), "times"),
            detail=f"{rates} {median(bare):,.0f}/s; {of}, {min(against_bare):.2f} to {max(against_bare):.2f}",
            numbers={"ratio": against_bare, "hookline": ours, "bare": bare},
        ),
        Row(
            name="handwritten",
            measure="The same, against FastAPI, pydantic and a SQLite commit per request",
            **at_least(5, median(against_hand), "times"),
            detail=f"{rates} {median(by_hand):,.0f}/s; {of}, {min(against_hand):.1f} to {max(against_hand):.1f}",
            numbers={"ratio": against_hand, "handwritten": by_hand},
        ),
        Row(
            name="latency",
            measure="p99 of the answer at saturation, 64 connections",
            **at_most(14, median(load.p99 for load in loads), "ms"),
            detail=f"p50 {median(load.p50 for load in loads):.1f} ms; {of}, p99 {min(load.p99 for load in loads):.1f} to "
            f"{max(load.p99 for load in loads):.1f}",
            numbers={name: [getattr(load, name) for load in loads] for name in ("p50", "p90", "p99", "p999", "worst")},
        ),
    ]
