"""The numbers of docs/how-to/what-it-costs.md. ``python tests/infra/cost_page.py`` writes them again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hookline.infra.plan import Load, plan, read_prices
from hookline.infra.plan.entries import FEATURES, NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.infra.plan import Cost

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "what-it-costs.md"
BLOCK = re.compile(
    r"(?P<begin><!-- numbers: (?P<name>[a-z-]+) -->\n)(?P<table>.*?)(?P<end><!-- end of numbers -->)", re.DOTALL
)
KB = 1024
SCENARIOS = ((1, 1), (10, 2), (100, 2), (1000, 2), (100, 10), (10, 500))
"""Events a second and kilobytes each."""

_TYPICAL = Load(rate=100, size=2 * KB)
_PRICES = read_prices()


def blocks() -> Mapping[str, str]:
    """Each table of the page, by its name."""
    makers: Mapping[str, Callable[[], str]] = {
        "scenarios": _scenarios,
        "snapshots": _snapshots,
        "bill": _bill,
        "claims": _claims,
        "entries": _entries,
        "features": _features,
        "fifo": _fifo,
        "fixed": _fixed,
        "flood": _flood,
        "limits": _limits,
        "prices": _sheet,
        "traces": _traces,
    }
    return {name: make() for name, make in makers.items()}


def written(page: str) -> str:
    """The page with its numbers as they are now."""
    made = blocks()
    return BLOCK.sub(lambda found: f"{found['begin']}{made[found['name']]}{found['end']}", page)


def _scenarios() -> str:
    lines = [
        "| events a second | body | events a month | a million events | standing there | a month, all in |",
        "|---|---|---|---|---|---|",
    ]
    for rate, kilobytes in SCENARIOS:
        found = plan(Load(rate=rate, size=kilobytes * KB), _PRICES)
        standing = sum(cost.amount for cost in found.fixed)
        lines.append(
            f"| {rate:,} | {kilobytes} KB | {found.load.millions_a_month:,.1f} million | ${found.per_million:.2f} "
            f"| ${standing:.2f} | ${found.per_month:,.2f} |"
        )
    return _text(lines)


def _bill() -> str:
    found = plan(_TYPICAL, _PRICES)
    lines = ["| item | a million events |", "|---|---|"]
    lines += [f"| {cost.name} | ${cost.amount / _TYPICAL.millions_a_month:.3f} |" for cost in found.variable]
    return _text([*lines, f"| **together** | **${found.per_million:.2f}** |"])


def _entries() -> str:
    lines = [
        f"| events a second of 2 KB | {' | '.join(NAMES)} | saves, at most |",
        "|---|---|---|---|---|",
    ]
    for rate in (1, 10, 100, 1000):
        found = plan(replace(_TYPICAL, rate=rate), _PRICES)
        months = " | ".join(f"${entry.per_month:,.2f}" for entry in found.entries)
        lines.append(f"| {rate:,} | {months} | {max(entry.saves for entry in found.entries) / found.per_month:.0%} |")
    return _text(lines)


def _features() -> str:
    lines = [f"| what hookline uses | {' | '.join(NAMES)} |", "|---|---|---|---|"]
    return _text([*lines, *(f"| [{one.what}]({one.source}) | {' | '.join(one.has)} |" for one in FEATURES)])


def _claims() -> str:
    plain = plan(_TYPICAL, _PRICES).per_million
    kinds = (
        ("a time and the id (Stripe, Standard Webhooks)", 0, 0.0),
        ("a time, and not the id (Linear)", 1, 0.01),
        ("no time (Square, GitHub)", 1, 400.0),
    )
    lines = ["| the sender signs | claims | kept for | more for a million events |", "|---|---|---|---|"]
    for what, claims, days in kinds:
        load = Load(rate=100, size=2 * KB, claiming=float(bool(claims)), claims=claims, claim_days=days)
        kept = "" if not claims else "minutes" if days < 1 else f"{days:g} days"
        lines.append(f"| {what} | {claims} | {kept} | ${plan(load, _PRICES).per_million - plain:.2f} |")
    return _text(lines)


def _fifo() -> str:
    lines = ["| events that go to a FIFO queue | validator | router | a million events |", "|---|---|---|---|"]
    for share in (0.0, 0.5, 1.0):
        load = replace(_TYPICAL, fifo=share)
        lines.append(
            f"| {share:.0%} | {load.validator_busy_ms:g} ms | {load.router_busy_ms:g} ms | ${plan(load, _PRICES).per_million:.2f} |"
        )
    return _text(lines)


def _fixed() -> str:
    found = plan(_TYPICAL, _PRICES)
    lines = ["| item | a month | of |", "|---|---|---|"]
    return _text([*lines, *(f"| {cost.name} | ${cost.amount:.2f} | {_quantity(cost)} |" for cost in found.fixed)])


def _flood() -> str:
    found = plan(_TYPICAL, _PRICES)
    lines = ["| item | a month of flood | of |", "|---|---|---|"]
    lines += [f"| {cost.name} | ${cost.amount:.2f} | {_quantity(cost)} |" for cost in found.flood]
    return _text([*lines, f"| **at most** | **${found.flood_at_most:.2f}** | |"])


def _limits() -> str:
    found = plan(Load(rate=100, size=KB), _PRICES)
    lines = ["| limit | reached at | what then |", "|---|---|---|"]
    lines += [f"| {q.name}: {q.limit:,.0f} {q.unit} | {q.binds_at:,.0f}/s | {q.what_then} |" for q in found.quotas]
    return _text(lines)


def _traces() -> str:
    lines = ["| events a second | recorded | a million events | a month |", "|---|---|---|---|"]
    for rate in (0.1, 1, 10, 100, 1000):
        found = plan(replace(_TYPICAL, rate=rate), _PRICES)
        (cost,) = (cost for cost in found.variable if cost.name == "X-Ray: traces")
        each = cost.amount / found.load.millions_a_month
        lines.append(f"| {rate:g} | {found.load.traced_share:.1%} | ${each:.2f} | ${cost.amount:,.2f} |")
    return _text(lines)


def _snapshots() -> str:
    lines = [
        "| validator | a version, a month | restores at 100 events/s | a month with two versions |",
        "|---|---|---|---|",
    ]
    for memory in (256, 512, 1024):
        kept, restored = (
            next(cost for cost in plan(load, _PRICES).fixed if cost.name == name)
            for load in [replace(_TYPICAL, snapshots=1, validator_memory=memory)]
            for name in ("SnapStart: keeping snapshots", "SnapStart: restoring them")
        )
        together = 2 * kept.amount + restored.amount
        lines.append(f"| {memory} MB | ${kept.amount:.2f} | ${restored.amount:.2f} | ${together:.2f} |")
    return _text(lines)


def _sheet() -> str:
    return f"Prices of {_PRICES.region} as of {_PRICES.as_of}.\n"


def _quantity(cost: Cost) -> str:
    return f"{cost.quantity:,.4g} {cost.unit}"


def _text(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
