"""Polar: one event in each call, amounts in cents, the currency in small letters (https://docs.polar.sh/integrate/webhooks/events)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, unless_pending
from hookline.providers.transactions.reading import (
    UndocumentedError,
    holds,
    minor,
    moment,
    money,
    referred,
    referred_if_said,
    staged,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["EXCEPTIONS", "MAPPER"]

_EVENTS: Final = "https://docs.polar.sh/integrate/webhooks/events"

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType(
    {code: None for code, digits in EXPONENTS.items() if digits != EXPONENTS["USD"]}
)
"""Polar counts in cents; how it counts currencies without cents is not documented."""


def _currency(item: Json) -> str:
    code = text(item, "data", "currency")
    if not (code.isascii() and code.upper() in EXPONENTS):
        raise UndocumentedError
    return code.upper()


def _sum(*names: str) -> Callable[[Json], Money | None]:
    """The amount is without its tax, which is a separate field."""
    return lambda item: money(sum(minor(item, "data", name) for name in names), _currency(item), EXCEPTIONS)


def _due(item: Json) -> Money | None:
    """The amount that was due after the customer's balance; older versions have only the total."""
    return _sum("total_amount" if find(item, "data", "due_amount") is None else "due_amount")(item)


_STATUSES: Final = {
    "pending": Stage.PENDING,
    "succeeded": Stage.SUCCEEDED,
    "failed": Stage.FAILED,
    "canceled": Stage.FAILED,
}

_stage: Final = staged(_STATUSES, "data", "status")
_id: Final = referred("data", "id")

_REFUND: Final = MappedType(
    kind=Kind.REFUND,
    source=_EVENTS,
    reference=_id,
    payment=referred_if_said("data", "order_id"),
    money=unless_pending(_stage, _sum("amount", "tax_amount")),
    stage=_stage,
)

MAPPER = Mapper(
    original_type=lambda item: text(item, "type"),
    occurred_at=lambda item: moment(item, "timestamp"),
    types={
        "order.paid": MappedType(
            kind=Kind.PAYMENT,
            source=_EVENTS,
            reference=_id,
            payment=_id,
            money=_due,
            happened=holds("data", "status", among=("paid", "partially_refunded", "refunded")),
        ),
        "refund.created": _REFUND,
        "refund.updated": _REFUND,
    },
)
