"""The table, on the terminal, as Markdown and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.measures import Plan, Row

__all__ = ["markdown", "table", "terminal", "write"]


def terminal(rows: Sequence[Row]) -> str:
    """The table for a person at a terminal."""
    cells = [("measure", "target", "measured", ""), *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    lines = []
    for number, line in enumerate(cells):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if number:
            lines.append(f"    {rows[number - 1].detail}")
    return "\n".join(lines)


def markdown(rows: Sequence[Row], machine: Mapping[str, str], plan: Plan) -> str:
    """The table, how it was measured, and the machine."""
    return table(rows, machine, _length(plan))


def table(rows: Sequence[Row], machine: Mapping[str, str], how: str) -> str:
    """The table, ``how`` it was measured, and the machine."""
    lines = ["| measure | target | measured | | |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(_cells(row))} | {row.detail} |" for row in rows]
    lines += ["", f"{how} On: {', '.join(f'{name} {value}' for name, value in machine.items())}."]
    return "\n".join(lines) + "\n"


def write(directory: Path, rows: Sequence[Row], machine: Mapping[str, str], plan: Plan) -> None:
    """``latest.json`` and ``latest.md`` in ``directory``."""
    directory.mkdir(parents=True, exist_ok=True)
    document = {
        "at": datetime.now(UTC).replace(microsecond=0),
        "quick": plan.quick,
        "pairs": plan.pairs,
        "seconds": plan.seconds,
        "machine": dict(machine),
        "rows": [
            {**asdict(row), "numbers": {key: list(values) for key, values in row.numbers.items()}} for row in rows
        ],
    }
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    (directory / "latest.json").write_bytes(orjson.dumps(document, option=options))
    (directory / "latest.md").write_text(markdown(rows, machine, plan), "utf-8")


def _cells(row: Row) -> tuple[str, str, str, str]:
    digits = 3 if row.value < 1 else 2 if row.value < 10 else 1
    return row.measure, row.target, f"{row.value:.{digits}f} {row.unit}", "met" if row.met else "MISSED"


def _length(plan: Plan) -> str:
    quick = "A quick run, too short to judge by: " if plan.quick else ""
    return f"{quick}{plan.pairs} rounds of {plan.seconds:g} seconds."
