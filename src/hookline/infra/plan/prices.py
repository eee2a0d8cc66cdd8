"""Reads the sheet of prices: one file with its date, its region, and the origin of each price."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from hookline.infra.error_codes import DeploymentError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Price", "PriceSheet", "read_prices"]

_ABOUT = ("as_of", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of a unit. ``tiers`` are pairs of an upper limit of units a month and the price of each unit up to it."""

    unit: str
    tiers: Sequence[tuple[float, float]]
    basis: str
    source: str

    def of(self, quantity: float) -> float:
        """The dollars for this number of units in one month."""
        amount, below = 0.0, 0.0
        for end, price in self.tiers:
            amount += max(0.0, min(quantity, end) - below) * price
            below = end
        return amount


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSheet:
    """All prices of one region, read on one day."""

    as_of: str
    region: str
    prices: Mapping[str, Price]

    def __getitem__(self, name: str) -> Price:
        return self.prices[name]


def read_prices(path: Path | None = None) -> PriceSheet:
    """The sheet that is part of hookline, or the one at ``path``. Raises DeploymentError ``prices_invalid``."""
    own = _parsed(files("hookline.infra").joinpath("prices.toml").read_text("utf-8"))
    if path is None:
        return own
    try:
        sheet = _parsed(path.read_text("utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DeploymentError(
            "prices_invalid", f"{path} is not a sheet of prices: {str(error) or type(error).__name__}"
        ) from None
    if missing := own.prices.keys() - sheet.prices.keys():
        raise DeploymentError("prices_invalid", f"{path} lacks {', '.join(sorted(missing))}")
    return sheet


def _parsed(text: str) -> PriceSheet:
    written = tomllib.loads(text)
    prices = {name: _price(entry) for name, entry in written.items() if name not in _ABOUT}
    return PriceSheet(as_of=str(written["as_of"]), region=str(written["region"]), prices=prices)


def _price(entry: Mapping[str, object]) -> Price:
    tiers = entry["tiers"] if "tiers" in entry else [[math.inf, entry["price"]]]
    if not isinstance(tiers, list):
        raise TypeError("tiers must be a list")
    return Price(
        unit=str(entry["unit"]),
        tiers=tuple((float(end), float(price)) for end, price in tiers),
        basis=str(entry.get("basis", "")),
        source=str(entry.get("source", "")),
    )
