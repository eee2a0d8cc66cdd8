"""``hookline plan``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar  # Any: the options are the assumptions of a load

import click

from hookline.cli.missing import NamesAllMissing
from hookline.cli.options import example, project_option
from hookline.cli.output import shows
from hookline.cli.values import FILE, FiniteRange, read_by
from hookline.config import load as load_config
from hookline.config.units import size
from hookline.infra.packaging import ARCHITECTURES
from hookline.infra.plan import Load, read_prices
from hookline.infra.plan.report import planned_load, planned_shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hookline.pipeline.shown import Shown

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
    "--size", callback=read_by(_bytes), required=True, metavar="SIZE", help="A body as received, such as 2kb."
)
@project_option
@_assumed(
    "--compression", "compression", FiniteRange(0.01, 1), "Size of a stored body, as a share of the received one."
)
@_assumed("--fan-out", "fan_out", FiniteRange(0, 1000), "Queues that an event goes to, on average.")
@click.option(
    "--fifo",
    type=FiniteRange(0, 1),
    help="The share of events that go to a FIFO queue, 0 to 1. [default: the share of FIFO queues in hookline.toml]",
)
@_assumed("--validator-ms", "validator_ms", FiniteRange(1, 30_000), "How long the validator takes.")
@_assumed("--router-ms", "router_ms", FiniteRange(1, 60_000), "How long the router takes.")
@_assumed(
    "--memory", "validator_memory", click.IntRange(128, 10_240), "Memory of the validator and of the router, in MB."
)
@_assumed("--arch", "architecture", click.Choice(ARCHITECTURES), "The functions' processor.")
@_assumed("--throttle-rate", "throttle_rate", click.IntRange(1, 1_000_000), "Requests a second that the stack accepts.")
@click.option(
    "--traced",
    type=FiniteRange(0, 1),
    help="The share of requests that X-Ray records. [default: X-Ray's default rule: one a second, and 5% of the others]",
)
@_assumed("--snapshots", "snapshots", click.IntRange(0, 1000), "Versions of the validator that SnapStart keeps.")
@click.option("--waf", is_flag=True, help="Include the firewall.")
@click.option("--prices", type=FILE, help="A file with other prices. [default: hookline's own, of us-east-1]")
@shows
def plan(*, config_path: Path, prices: Path | None, **options: Any) -> Shown:
    """Calculate what a load on AWS needs and costs: concurrency, write units, the limit that is reached first, and every item of the bill.

    It makes no call to AWS. Free allowances, discounts and the consumers' own functions are not included.
    """
    config, sheet = load_config(config_path), read_prices(prices)
    return planned_shown(config, planned_load(config, **options), sheet)
