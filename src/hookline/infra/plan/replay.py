"""Computes the costs of a replay on AWS."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from hookline.infra.plan.event import footprint
from hookline.infra.plan.load import Load

if TYPE_CHECKING:
    from hookline.infra.plan.prices import PriceSheet

__all__ = ["replay_cost"]

_READ = 4096
"""Bytes of an item that one read unit reads."""
_READERS = 3
"""How often an event is read: by the plan, the replay and the router, which also read its companion."""
_MILLION = 1e6


def replay_cost(events: int, messages: int, size: int, prices: PriceSheet) -> float:
    """The dollars for the replay of events with bodies of ``size`` bytes in total, with consumers' receives."""
    if not events:
        return 0.0
    load = Load(rate=1, size=max(1, size // events), fan_out=messages / events)
    event = footprint(load)
    units = {
        "table_reads": _READERS * (ceil(event.item / _READ) + 1),
        "table_writes": 2 * event.mark_units + event.index_units,
        "function_requests": 1 / 100,
        f"function_time_{load.architecture}": load.router_ms * load.router_memory / 1024 / 1000 * _MILLION,
        "queue_requests": event.sent_requests + event.consumed_requests,
    }
    if event.in_bucket:
        units |= {"bucket_reads": _READERS + messages / events, "bucket_writes": 2}
    return sum(prices[name].of(events * quantity / _MILLION) for name, quantity in units.items())
