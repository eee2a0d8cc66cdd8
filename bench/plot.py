"""The picture of a run."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from bench.measures import Row

__all__ = ["draw"]

_OURS, _OTHER = "#2563a8", "#9aa5b1"
_PERCENTILES = {"p50": "p50", "p90": "p90", "p99": "p99", "p999": "p99.9"}


def draw(directory: Path, rows: Sequence[Row], machine: Mapping[str, str]) -> None:
    """``latest.png`` and ``latest.svg``: requests a second on the left, latencies on the right. A dot is one round, a bar their median."""
    numbers = {row.name: row.numbers for row in rows}
    rates = _rates(numbers)
    labels = {"latency": "answered,\nat saturation", "queue": "on the queue,\n1,000/s"}
    latencies = [(labels[row.name], row.target, row.numbers) for row in rows if row.name in labels]
    if not (rates or latencies):
        return
    mpl.rcParams.update(
        {"svg.hashsalt": "hookline", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    )
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), width_ratios=(3, 2), layout="constrained")
    _draw_rates(left, rates)
    _draw_latencies(right, latencies)
    figure.supxlabel(
        f"{machine['processor']}, {machine['cores']} cores; a dot is one round, a bar their median", fontsize=8
    )
    figure.savefig(directory / "latest.png", dpi=150)
    figure.savefig(directory / "latest.svg", metadata={"Date": None})
    plt.close(figure)


def _rates(numbers: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, Sequence[float]]:
    series = (
        ("bare", "bare", "bare server,\nkeeps nothing"),
        ("bare", "hookline", "hookline"),
        ("handwritten", "handwritten", "written\nby hand"),
        ("stored", "empty", "hookline,\nempty file"),
        ("stored", "full", "hookline,\nfull file"),
    )
    return {label: numbers[row][key] for row, key, label in series if row in numbers}


def _draw_rates(axes: Axes, rates: Mapping[str, Sequence[float]]) -> None:
    for place, (label, values) in enumerate(rates.items()):
        axes.bar(place, median(values), width=0.6, color=_OURS if "hookline" in label else _OTHER)
        axes.plot([place] * len(values), values, "o", color="black", markersize=3, alpha=0.6)
        axes.annotate(f"{median(values):,.0f}", (place, max(values)), (0, 5), textcoords="offset points", ha="center")
    axes.set_xticks(range(len(rates)), list(rates))
    axes.set_title("Requests a second: 64 connections, bodies of 1 KB")
    axes.margins(y=0.12)


def _draw_latencies(axes: Axes, latencies: Sequence[tuple[str, str, Mapping[str, Sequence[float]]]]) -> None:
    for line, (label, target, series) in enumerate(latencies):
        color, bound = (_OURS, _OTHER)[line], float(target.split()[1])
        axes.plot(
            list(_PERCENTILES.values()), [median(series[key]) for key in _PERCENTILES], "o-", color=color, label=label
        )
        for place, key in enumerate(_PERCENTILES):
            axes.plot([place] * len(series[key]), series[key], ".", color=color, alpha=0.4)
        axes.axhline(bound, color=color, linewidth=1, linestyle="--")
        axes.annotate(
            f"target for p99: {target}",
            (0, bound),
            (-4, 3 - 13 * (line == 0)),
            textcoords="offset points",
            color=color,
        )
    axes.set_ylim(bottom=0)
    axes.set_title("Latency in milliseconds")
    if latencies:
        axes.legend(frameon=False, loc="lower right")
