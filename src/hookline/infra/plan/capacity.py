"""How much has to run at once, and how much is written a second."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.infra.plan.event import Footprint
    from hookline.infra.plan.load import Load

__all__ = ["Need", "needs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that is needed all the time."""

    name: str
    amount: float
    unit: str
    why: str


def needs(load: Load, event: Footprint) -> Sequence[Need]:
    """Concurrency by function (rate times duration), and write units a second by where they are spent."""
    return (
        _running("validator", load.rate, load.validator_ms),
        _running("router", load.rate, load.router_ms),
        Need(name="recoverer", amount=1, unit="at once", why="once a minute, when nothing goes wrong"),
        _writing("table", load.rate, event.table_units, f"put {event.put_units}, mark {event.mark_units}"),
        _writing("outbox index", load.rate, event.index_units, "in 1, out 1"),
        _writing("index by time", load.rate, event.arrival_units, "in 1"),
    )


def _running(name: str, rate: float, milliseconds: float) -> Need:
    amount = ceil(round(rate * milliseconds / 1000, 6))
    return Need(name=name, amount=amount, unit="at once", why=f"{rate:g}/s of {milliseconds:g} ms each")


def _writing(name: str, rate: float, units: float, why: str) -> Need:
    return Need(name=name, amount=rate * units, unit="write units/s", why=f"{units:g} an event: {why}")
