"""Writes a plan as the rows of tables, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookline.infra.plan.entries import FEATURES, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hookline.infra.plan import Plan
    from hookline.infra.plan.costs import Cost
    from hookline.infra.plan.quotas import Quota

__all__ = ["cost_rows", "entry_rows", "feature_rows", "load_rows", "need_rows", "plan_tables", "quota_rows"]


def load_rows(plan: Plan) -> list[tuple[str, str]]:
    """Sentences about the load, the storage of an event, and the limit that is reached first."""
    load, event = plan.load, plan.event
    where = f"{event.in_bucket:,} bytes in the bucket, " if event.in_bucket else ""
    first_quota = next(quota for quota in plan.quotas if quota.kind == "quota")
    return [
        ("load", f"{load.rate:g} events/s of {load.size:,} bytes, {load.millions_a_month:,.1f} million a month"),
        ("stored", f"{where}{event.item:,} bytes in the table, for {load.retention_days:g} days once delivered"),
        ("first limit", _reached(plan.quotas[0])),
        ("first quota", _reached(first_quota)),
        ("new account", _new_account(plan)),
    ]


def plan_tables(plan: Plan) -> Iterator[tuple[tuple[str, ...], Iterable[tuple[str, ...]]]]:
    """The tables of needs, limits and costs, and of the costs by other ways to invoke Lambda: columns and rows."""
    yield ("needed", "", "", "why"), need_rows(plan)
    yield ("limit", "", "reached at", "", "what then"), quota_rows(plan)
    yield ("cost", "a million events", "a month", "of"), cost_rows(plan)
    yield ("way in", "a million events", "a month", "saves"), entry_rows(plan)
    yield ("features that hookline uses", *NAMES), feature_rows()


def need_rows(plan: Plan) -> list[tuple[str, ...]]:
    """The needs: name, amount, unit, reason."""
    return [(need.name, f"{need.amount:,.6g}", need.unit, need.why) for need in plan.needs]


def quota_rows(plan: Plan) -> list[tuple[str, ...]]:
    """The limits: name, value, the rate at which each is reached, how much of it the load uses, and how to raise it."""
    rate = plan.load.rate
    return [
        (
            quota.name,
            f"{quota.limit:,.0f} {quota.unit}",
            f"{quota.binds_at:,.0f}/s",
            "OVER" if rate > quota.binds_at else f"{rate / quota.binds_at:.0%} used",
            quota.what_then,
        )
        for quota in plan.quotas
    ]


def cost_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """The costs: item, dollars for a million events, dollars a month, quantity."""
    millions = plan.load.millions_a_month
    for cost in plan.variable:
        yield cost.name, f"{cost.amount / millions:,.3f}", f"{cost.amount:,.2f}", _quantity(cost)
    yield "all events", f"{plan.per_million:,.2f}", f"{plan.per_million * millions:,.2f}", ""
    for cost in plan.fixed:
        yield cost.name, "", f"{cost.amount:,.2f}", _quantity(cost)
    yield "all in", "", f"{plan.per_month:,.2f}", ""
    if plan.flood:
        yield "keeping rejected requests, at most", "", f"{plan.flood_at_most:,.2f}", "a flood all month; in no sum"


def entry_rows(plan: Plan) -> list[tuple[str, ...]]:
    """The ways to invoke Lambda: name, dollars for a million events, dollars for a month, and the savings against the REST API."""
    return [
        (
            f"{entry.name} (deployed)" if not entry.loses else entry.name,
            f"{entry.per_million:,.2f}",
            f"{entry.per_month:,.2f}",
            f"{entry.saves:,.2f}" if entry.loses else "",
        )
        for entry in plan.entries
    ]


def feature_rows() -> list[tuple[str, ...]]:
    """The differences between the ways to invoke Lambda."""
    return [(feature.what, *feature.has) for feature in FEATURES]


def _reached(quota: Quota) -> str:
    return f"{quota.name}, at {quota.binds_at:,.0f} events/s"


def _new_account(plan: Plan) -> str:
    quota = plan.new_account
    over = "too small: " if plan.load.rate > quota.binds_at else ""
    return (
        f"{over}carries {quota.binds_at:,.0f} events/s, with {quota.limit:g} executions in parallel; {quota.what_then}"
    )


def _quantity(cost: Cost) -> str:
    return f"{cost.quantity:,.4g} {cost.unit}" if cost.quantity < 1e6 else f"{cost.quantity:,.0f} {cost.unit}"  # noqa: PLR2004 -- where %g turns to exponents
