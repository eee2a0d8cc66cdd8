"""The tables of docs/reference/metrics.md, from the table in the code. ``python -m metrics_page`` writes them again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.ports.metric_table import METRICS

if TYPE_CHECKING:
    from hookline.ports.metric_table import MetricRow

__all__ = ["PAGE", "rewritten", "tables"]

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "metrics.md"
BEGIN = "<!-- the table in src/hookline/ports/metric_table.py, written by `make metrics` -->"
END = "<!-- end of the table -->"


def tables() -> str:
    """All rows, in the order of the code."""
    head = "| `/metrics` | CloudWatch | kind | labels | what it counts |\n|---|---|---|---|---|\n"
    return head + "".join(_row(row) for row in METRICS)


def rewritten(text: str) -> str:
    """The page with the current tables."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{rest.split(END)[1]}"


def _row(row: MetricRow) -> str:
    labels = ", ".join(f"`{label}`" for label in row.labels)
    name = f"`{row.name}`" if row.embedded else ""
    return f"| {name} | {_cloudwatch(row)} | {row.kind.value} | {labels} | {row.meaning} |\n"


def _cloudwatch(row: MetricRow) -> str:
    if row.metric is not None:
        return f"`{row.metric.value}` ({row.metric.unit}; {row.written_by})"
    namespace, _, name = row.service.partition(" ")
    return f"{namespace} `{name}`" if name else ""


if __name__ == "__main__":
    found = PAGE.read_text()
    assert re.search(re.escape(BEGIN), found)
    PAGE.write_text(rewritten(found))
