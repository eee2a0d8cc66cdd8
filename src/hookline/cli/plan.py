"""``hookline plan``."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar  # Any: what an option takes is its own affair

import click

from hookline.cli.missing import NamesAllMissing
from hookline.cli.options import example, json_option, project_option
from hookline.cli.output import print_aws_warnings, print_fields, print_json, print_tables
from hookline.cli.values import FiniteRange, read_by
from hookline.config import load as load_config
from hookline.config.units import size
from hookline.infra.aws_warnings import aws_warnings
from hookline.infra.packaging import ARCHITECTURES
from hookline.infra.plan import Load, load_on, read_prices
from hookline.infra.plan import plan as planned
from hookline.infra.plan.tables import load_rows, plan_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.infra.plan import Plan, PriceSheet

__all__ = ["plan"]

_MOST_BYTES = 10 * 1024 * 1024
F = TypeVar("F", bound="Callable[..., object]")
_DEFAULT = Load(rate=1, size=1)


def _bytes(value: str) -> int:
    return size(1, _MOST_BYTES)(int(value) if value.isdecimal() else value)


def _assumed(option: str, field: str, kind: click.ParamType[Any], what: str) -> Callable[[F], F]:
    """An option for ``field`` of Load, with its default."""
    return click.option(option, field, type=kind, default=getattr(_DEFAULT, field), show_default=True, help=what)


@click.command(
    cls=NamesAllMissing,
    epilog=example("hookline plan --rate 1000 --size 2kb", "hookline plan --rate 50 --size 900b --fan-out 2 --json"),
)
@click.option("--rate", type=FiniteRange(0.001, 1e6), required=True, help="Events a second, around the clock.")
@click.option(
    "--size", "bytes_", callback=read_by(_bytes), required=True, metavar="SIZE", help="A body as received, such as 2kb."
)
@project_option
@_assumed("--compression", "compression", FiniteRange(0.01, 1), "What is left of a body when it is stored.")
@_assumed("--fan-out", "fan_out", FiniteRange(0, 1000), "Queues that an event goes to, on average.")
@click.option(
    "--fifo",
    "fifo",
    type=FiniteRange(0, 1),
    help="The share of events that go to a FIFO queue. [default: FIFO queues among the queues of hookline.toml]",
)
@_assumed("--validator-ms", "validator_ms", FiniteRange(1, 30_000), "How long the validator takes.")
@_assumed("--router-ms", "router_ms", FiniteRange(1, 60_000), "How long the router takes.")
@_assumed("--memory", "validator_memory", click.IntRange(128, 10_240), "Of the validator and the router, in MB.")
@_assumed("--arch", "architecture", click.Choice(ARCHITECTURES), "Their processor.")
@_assumed("--throttle-rate", "throttle_rate", click.IntRange(1, 1_000_000), "Requests a second that the stack lets in.")
@click.option(
    "--traced",
    type=FiniteRange(0, 1),
    help="The share of requests that X-Ray records. [default: by its default rule one a second, and 5% of the others]",
)
@_assumed("--snapshots", "snapshots", click.IntRange(0, 1000), "Versions of the validator that SnapStart keeps.")
@click.option("--waf", is_flag=True, help="With the firewall.")
@click.option(
    "--prices",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Another sheet of prices. [default: hookline's own, of us-east-1]",
)
@json_option
def plan(
    *,
    rate: float,
    bytes_: int,
    config_path: Path,
    fifo: float | None,
    validator_memory: int,
    prices: Path | None,
    as_json: bool,
    **assumed: Any,
) -> None:
    """Say what a load on AWS needs and costs: concurrency, write units, the limit that comes first, and every item of the bill.

    Nothing is asked of AWS. Free allowances and discounts are left out, and so are the consumers' own functions.
    """
    config, sheet = load_config(config_path), read_prices(prices)
    project = load_on(config, rate=rate, size=bytes_)
    load = replace(
        project,
        fifo=project.fifo if fifo is None else fifo,
        validator_memory=validator_memory,
        router_memory=validator_memory,
        **assumed,
    )
    result, found = planned(load, sheet), aws_warnings(config)
    if as_json:
        of_prices = {"region": sheet.region, "as_of": sheet.as_of}
        print_json(result.as_document() | {"prices": of_prices, "on_aws": [asdict(one) for one in found]})
    else:
        _print(result, sheet)
        print_aws_warnings(found)


def _print(result: Plan, sheet: PriceSheet) -> None:
    print_fields(load_rows(result))
    click.echo()
    print_tables(plan_tables(result))
    click.echo(f"\nPrices of {sheet.region} as of {sheet.as_of}, in dollars, without free allowances.")
