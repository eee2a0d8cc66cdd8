"""Makes and shows the plan of a project."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any  # Any: the assumptions are fields of a Load

from hookline.infra.aws_warnings import aws_warnings
from hookline.infra.plan import load_on, plan
from hookline.infra.plan.tables import load_rows, plan_tables
from hookline.pipeline.shown import Fields, Shown, complaint_lines, separated

if TYPE_CHECKING:
    from hookline.config import Config
    from hookline.infra.plan import Load, PriceSheet

__all__ = ["planned_load", "planned_shown"]


def planned_load(
    config: Config, *, rate: float, size: int, fifo: float | None, validator_memory: int, **assumed: Any
) -> Load:
    """The load of the project at this rate, with these assumptions in place of the defaults.

    ``fifo`` None is the share that the project has. The router has as much memory as the validator.
    """
    project = load_on(config, rate=rate, size=size)
    fifo = project.fifo if fifo is None else fifo
    return replace(project, fifo=fifo, validator_memory=validator_memory, router_memory=validator_memory, **assumed)


def planned_shown(config: Config, load: Load, sheet: PriceSheet) -> Shown:
    """The needs and costs of the load at these prices, and the warnings about AWS."""
    result, found = plan(load, sheet), aws_warnings(config)
    prices = {"region": sheet.region, "as_of": sheet.as_of}
    document = result.as_document() | {"prices": prices, "on_aws": [asdict(one) for one in found]}
    said = f"\nPrices of {sheet.region} as of {sheet.as_of}, in dollars, without free allowances."
    tables = separated(plan_tables(result))
    return Shown(
        document=document, parts=[Fields(pairs=load_rows(result)), "", *tables, said, *complaint_lines("on AWS", found)]
    )
