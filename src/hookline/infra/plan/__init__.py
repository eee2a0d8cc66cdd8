"""Computes the needs and costs of a deployment from rates, sizes and a sheet of prices, without calling AWS."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil
from typing import TYPE_CHECKING

from hookline.infra.plan.costs import Cost, fixed_costs, flood_costs, variable_costs
from hookline.infra.plan.entries import Entry, entries
from hookline.infra.plan.event import Footprint, footprint
from hookline.infra.plan.load import Load, load_on
from hookline.infra.plan.prices import PriceSheet, read_prices
from hookline.infra.plan.quotas import Quota, new_account, quotas
from hookline.infra.plan.replay import replay_cost

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Cost",
    "Entry",
    "Footprint",
    "Load",
    "Need",
    "Plan",
    "PriceSheet",
    "Quota",
    "load_on",
    "plan",
    "read_prices",
    "replay_cost",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """An amount of a resource that is needed all the time."""

    name: str
    amount: float
    unit: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The needs and costs of one load. Costs are per month; ``quotas`` are in the order in which they are reached.

    ``new_account`` is the quota that applies in a new account instead. ``entries`` compares the ways to invoke Lambda.
    ``flood`` is the highest cost of storing rejected requests; it is in no sum, because without a flood it is some cents.
    """

    load: Load
    event: Footprint
    needs: Sequence[Need]
    quotas: Sequence[Quota]
    new_account: Quota
    variable: Sequence[Cost]
    fixed: Sequence[Cost]
    flood: Sequence[Cost]
    entries: Sequence[Entry]

    @property
    def per_million(self) -> float:
        """Dollars for a million events, without the fixed costs of a month."""
        return sum(cost.amount for cost in self.variable) / self.load.millions_a_month

    @property
    def per_month(self) -> float:
        """Dollars for a month, with fixed costs."""
        return sum(cost.amount for cost in (*self.variable, *self.fixed))

    @property
    def flood_at_most(self) -> float:
        """Dollars that a flood of a month can add for storing rejected requests."""
        return sum(cost.amount for cost in self.flood)

    def as_document(self) -> dict[str, object]:
        """The whole plan as a JSON object."""
        return {
            "load": asdict(self.load) | {"traced": self.load.traced_share},
            "event": asdict(self.event),
            "needs": [asdict(need) for need in self.needs],
            "quotas": [quota.as_document() for quota in self.quotas],
            "new_account": self.new_account.as_document(),
            "variable": [asdict(cost) for cost in self.variable],
            "fixed": [asdict(cost) for cost in self.fixed],
            "flood": [asdict(cost) for cost in self.flood],
            "entries": [asdict(entry) for entry in self.entries],
            "millions_a_month": self.load.millions_a_month,
            "per_million": self.per_million,
            "per_month": self.per_month,
            "flood_at_most": self.flood_at_most,
        }


def plan(load: Load, prices: PriceSheet) -> Plan:
    """The plan for ``load``."""
    event = footprint(load)
    variable = [cost for cost in variable_costs(load, event, prices) if cost.amount]
    fixed = fixed_costs(load, prices)
    return Plan(
        load=load,
        event=event,
        needs=_needs(load, event),
        quotas=sorted(quotas(load, event), key=lambda quota: quota.binds_at),
        new_account=new_account(load),
        variable=variable,
        fixed=fixed,
        flood=flood_costs(load, prices),
        entries=entries(load, variable, fixed, prices),
    )


def _needs(load: Load, event: Footprint) -> Sequence[Need]:
    """Concurrency by function (rate times duration), and write units a second by where they are spent."""
    return (
        _running("validator", load.rate, load.validator_busy_ms),
        _running("router", load.rate, load.router_busy_ms),
        Need(name="recoverer", amount=1, unit="in parallel", why="once a minute, without faults"),
        _writing("table", load.rate, event.table_units, f"put {event.put_units}, mark {event.mark_units}"),
        _writing("outbox index", load.rate, event.index_units, "in 1, out 1"),
        _writing("index by time", load.rate, event.arrival_units, "in 1"),
    )


def _running(name: str, rate: float, milliseconds: float) -> Need:
    amount = ceil(round(rate * milliseconds / 1000, 6))
    return Need(name=name, amount=amount, unit="in parallel", why=f"{rate:g}/s of {milliseconds:g} ms each")


def _writing(name: str, rate: float, units: float, why: str) -> Need:
    return Need(name=name, amount=rate * units, unit="write units/s", why=f"{units:g} an event: {why}")
