"""The words of a measurement: how long, how often, and the result."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Plan", "Row", "Verdict", "at_least", "at_most", "say"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``pairs`` rounds of ``seconds`` each; ``events`` in the full file. ``directory`` is where servers keep what they store."""

    seconds: float
    pairs: int
    events: int
    quick: bool
    directory: Path


class Verdict(TypedDict):
    """The part of a row that compares."""

    target: str
    value: float
    unit: str
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. ``numbers`` holds every single round, for the JSON and the plot."""

    name: str
    measure: str
    target: str
    value: float
    unit: str
    met: bool
    detail: str
    numbers: Mapping[str, Sequence[float]] = field(default_factory=dict)


def at_least(bound: float, value: float, unit: str) -> Verdict:
    """Target, value, unit and verdict where more is better."""
    return {"target": f"≥ {bound:g} {unit}", "value": value, "unit": unit, "met": value >= bound}


def at_most(bound: float, value: float, unit: str) -> Verdict:
    """Target, value, unit and verdict where less is better."""
    return {"target": f"≤ {bound:g} {unit}", "value": value, "unit": unit, "met": value <= bound}


def say(text: str) -> None:
    """Progress, for the person who waits."""
    print(f"  {text}", flush=True)
