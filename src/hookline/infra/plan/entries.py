"""Compares the REST API with the two other ways to invoke Lambda: costs, and lost features. docs/adr/0026 has the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from hookline.infra.plan.event import ACCESS_LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hookline.infra.plan.costs import Cost
    from hookline.infra.plan.load import Load
    from hookline.infra.plan.prices import PriceSheet

__all__ = ["FEATURES", "NAMES", "Entry", "Feature", "entries"]

NAMES = ("REST API", "HTTP API", "function URL")
"""The ways to invoke Lambda, first the one that is deployed."""

_METERED = 512 * 1024
_HEADERS = 1024
"""Bytes of a request without its body, about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A feature that hookline uses. ``has`` says for each of ``NAMES`` whether it has the feature: ``yes``, or what it has instead."""

    what: str
    has: tuple[str, str, str]
    source: str


_REST_OR_HTTP = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html"
_PAYLOAD = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"
_URLS = "https://docs.aws.amazon.com/lambda/latest/dg"

FEATURES: tuple[Feature, ...] = (
    Feature(
        what="its own answers (404, 413, 429, 503) are problem+json, with Retry-After",
        has=("yes", "no", "no"),
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html",
    ),
    Feature(what="a model checks bodies before a function runs", has=("yes", "no", "no"), source=_REST_OR_HTTP),
    Feature(
        what="a firewall (hookline:waf) can protect it", has=("yes", "no", "behind CloudFront"), source=_REST_OR_HTTP
    ),
    Feature(
        what="limits of the stage and of a source (throttleRate, rate_limit)",
        has=("yes", "yes", "no: ten requests a second for each reserved execution"),
        source=f"{_URLS}/urls-configuration.html",
    ),
    Feature(
        what="only the sources' paths and methods run a function",
        has=("yes", "yes", "no"),
        source=f"{_URLS}/urls-invocation.html",
    ),
    Feature(
        what="the function's policy names the one API that calls",
        has=("yes", "yes", "no: everyone"),
        source=f"{_URLS}/urls-auth.html",
    ),
    Feature(what="an access log", has=("yes", "yes", "no"), source=f"{_URLS}/urls-monitoring.html"),
    Feature(what="a log of its own faults", has=("yes", "no", "no"), source=_REST_OR_HTTP),
    Feature(what="traces begin at it (X-Ray)", has=("yes", "no", "no"), source=_REST_OR_HTTP),
    Feature(what="repeated headers stay apart", has=("yes", "in format 1.0", "no: joined"), source=_PAYLOAD),
    Feature(what="the query arrives as it was sent", has=("no: as fields", "in format 2.0", "yes"), source=_PAYLOAD),
)
"""The differences between the ways, the most important first, each with its source at AWS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One way to invoke Lambda: dollars for a whole month, and the features that it does not have."""

    name: str
    per_month: float
    per_million: float
    saves: float
    loses: tuple[str, ...]


def entries(load: Load, variable: Sequence[Cost], fixed: Sequence[Cost], prices: PriceSheet) -> tuple[Entry, ...]:
    """The costs of the same month by each way; ``variable`` and ``fixed`` are the costs with the REST API."""
    millions = load.millions_a_month
    standing, growing = (sum(cost.amount for cost in costs) for costs in (fixed, variable))
    firewall, its_requests = (_of(costs, "WAF") for costs in (fixed, variable))
    requests = _of(variable, "API Gateway: requests")
    metered = millions * ceil((load.size + _HEADERS) / _METERED)
    spent = {
        "REST API": (standing, growing),
        "HTTP API": (
            standing - firewall,
            growing - its_requests - requests + prices["http_api_requests"].of(metered),
        ),
        "function URL": (
            standing - firewall,
            growing - its_requests - requests - _access_log(variable, millions, prices),
        ),
    }
    return tuple(
        Entry(
            name=name,
            per_month=sum(spent[name]),
            per_million=spent[name][1] / millions,
            saves=standing + growing - sum(spent[name]),
            loses=tuple(one.what for one in FEATURES if one.has[0] == "yes" and one.has[number] != "yes"),
        )
        for number, name in enumerate(NAMES)
    )


def _of(costs: Sequence[Cost], name: str) -> float:
    return sum(cost.amount for cost in costs if cost.name.startswith(name))


def _access_log(variable: Sequence[Cost], millions: float, prices: PriceSheet) -> float:
    """The cost of each request's line in the access log."""
    (ingestion,) = (cost for cost in variable if cost.name == "Logs: ingestion")
    gigabytes = millions * 1e6 * ACCESS_LINE / 1024**3
    return ingestion.amount - prices["log_ingestion"].of(ingestion.quantity - gigabytes)
