"""Lemon Squeezy: one object in each call, amounts in cents (https://docs.lemonsqueezy.com/help/webhooks/event-types)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper
from hookline.providers.transactions.reading import minor_money, moment, numbered, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["EXCEPTIONS", "MAPPER"]

_EVENTS: Final = "https://docs.lemonsqueezy.com/help/webhooks/event-types"

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType(
    {code: None for code, digits in EXPONENTS.items() if digits != EXPONENTS["USD"]}
)
"""Lemon Squeezy counts in cents (https://docs.lemonsqueezy.com/api/orders/the-order-object); for currencies without cents it is not
documented.
"""


def _money(amount: str) -> Callable[[Json], Money | None]:
    return minor_money("data", "attributes", amount=amount, exceptions=EXCEPTIONS)


def _reference(item: Json) -> str:
    """Orders and invoices of subscriptions have separate numbers."""
    return f"{text(item, 'data', 'type')}/{numbered('data', 'id')(item)}"


def _status(*statuses: str) -> Callable[[Json], bool]:
    return lambda item: find(item, "data", "attributes", "status") in statuses


def _is_renewal(item: Json) -> bool:
    """The first invoice of a subscription is paid by its order, which has a separate event."""
    reason = find(item, "data", "attributes", "billing_reason")
    return _status("paid", "partial_refund", "refunded")(item) and isinstance(reason, str) and reason != "initial"


def _is_refunded(item: Json) -> bool:
    return _status("partial_refund", "refunded")(item) and find(item, "data", "attributes", "refunded_amount") != 0


def _refunded(item: Json) -> Money | None:
    """The sum of all refunds so far; older versions do not have it."""
    if find(item, "data", "attributes", "refunded_amount") is None:
        return None
    return _money("refunded_amount")(item)


def _payment(happened: Callable[[Json], bool]) -> MappedType:
    return MappedType(
        kind=Kind.PAYMENT,
        source=_EVENTS,
        reference=_reference,
        payment=_reference,
        money=_money("total"),
        happened=happened,
    )


_REFUNDS: Final = MappedType(
    kind=Kind.REFUND,
    source=_EVENTS,
    reference=lambda item: f"{_reference(item)}:refunds",
    payment=_reference,
    money=_refunded,
    happened=_is_refunded,
)

MAPPER = Mapper(
    original_type=lambda item: text(item, "meta", "event_name"),
    occurred_at=lambda item: moment(item, "data", "attributes", "updated_at"),
    types={
        "order_created": _payment(_status("paid", "partial_refund", "refunded")),
        "order_refunded": _REFUNDS,
        "subscription_payment_success": _payment(_is_renewal),
        "subscription_payment_refunded": _REFUNDS,
    },
)
