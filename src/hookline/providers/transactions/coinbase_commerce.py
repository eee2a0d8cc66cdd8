"""Coinbase Commerce: one event in each call, amounts as decimal text (https://docs.cdp.coinbase.com/commerce/webhooks)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at, not_said
from hookline.providers.transactions.reading import UndocumentedError, currency, moment, referred, text, written

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["MAPPER"]

_EVENTS: Final = "https://docs.cdp.coinbase.com/commerce/webhooks-fields"


def _paid(item: Json) -> Money | None:
    """The value of the customer's payments in the currency of the price; a charge may be paid in parts, too little or too much.

    None if the event does not list them.
    """
    payments = find(item, "event", "data", "payments")
    if not isinstance(payments, list) or not payments:
        return None
    parts = [_worth(payment) for payment in payments]
    if len({code for _, code in parts}) != 1:
        raise UndocumentedError
    return written(f"{sum(Decimal(amount) for amount, _ in parts):f}", parts[0][1])


def _worth(payment: Json) -> Money:
    local = find(payment, "value", "local")
    return written(text(local, "amount"), currency(local, "currency"))


_CHARGE: Final = MappedType(
    kind=Kind.PAYMENT,
    source=_EVENTS,
    reference=referred("event", "data", "id"),
    payment=referred("event", "data", "id"),
    money=_paid,
)

MAPPER = Mapper(
    original_type=lambda item: text(item, "event", "type"),
    occurred_at=lambda item: moment(item, "event", "created_at"),
    types={
        "charge:pending": replace(_CHARGE, stage=at(Stage.PENDING), money=not_said),
        "charge:confirmed": _CHARGE,
        "charge:delayed": _CHARGE,
    },
)
