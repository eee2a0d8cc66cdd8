"""Paystack: one event in each call, amounts in the subunit of the currency (https://paystack.com/docs/payments/webhooks/)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at
from hookline.providers.transactions.reading import (
    UndocumentedError,
    currency,
    holds,
    minor,
    minor_digits,
    minor_money,
    moment,
    money,
    numbered,
    referred,
    referred_if_said,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["EXCEPTIONS", "MAPPER"]

_EVENTS: Final = "https://paystack.com/docs/payments/webhooks/#supported-events"

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType(
    {code: None for code, digits in EXPONENTS.items() if digits != EXPONENTS["NGN"]}
)
"""Paystack's currencies with a subunit have two digits; how it counts those without one, such as XOF, is not documented for its events."""


def _refunded(item: Json) -> Money | None:
    """The amount of a refund is a number or text."""
    data = find(item, "data")
    units = minor_digits(data, "amount") if isinstance(find(data, "amount"), str) else minor(data, "amount")
    return money(units, currency(data, "currency"), EXCEPTIONS)


_charged: Final = minor_money("data", exceptions=EXCEPTIONS)
_refund_amount: Final = minor_money("data", amount="refund_amount", exceptions=EXCEPTIONS)


def _disputed(item: Json) -> Money | None:
    """The amount that the customer claims; a dispute that has just begun may not contain it."""
    return None if find(item, "data", "refund_amount") is None else _refund_amount(item)


_RESOLUTIONS: Final = {"merchant-accepted": Stage.LOST, "auto-accepted": Stage.LOST, "declined": Stage.WON}


def _dispute_stage(item: Json) -> Stage:
    """https://paystack.com/docs/payments/disputes/: nothing moves before a dispute is accepted."""
    if find(item, "data", "status") != "resolved":
        return Stage.OPENED
    found = _RESOLUTIONS.get(text(item, "data", "resolution"))
    if found is None:
        raise UndocumentedError
    return found


def _paid_back(item: Json) -> Money | None:
    return None if _dispute_stage(item) is Stage.OPENED else _disputed(item)


def _time(item: Json) -> str | None:
    """The time of a movement; Paystack sends none for refunds."""
    for name in ("paid_at", "updated_at", "created_at"):
        if find(item, "data", name) is not None:
            return moment(item, "data", name)
    return None


_PAYMENT: Final = MappedType(
    kind=Kind.PAYMENT,
    source=_EVENTS,
    reference=referred("data", "reference"),
    payment=referred("data", "reference"),
    money=_charged,
    happened=holds("data", "status", among=("success",)),
)

_REFUND: Final = MappedType(
    kind=Kind.REFUND,
    source=_EVENTS,
    reference=referred("data", "refund_reference"),
    payment=referred_if_said("data", "transaction_reference"),
    money=_refunded,
    happened=holds("data", "status", among=("processed",)),
)

_DISPUTE: Final = MappedType(
    kind=Kind.DISPUTE,
    source=_EVENTS,
    reference=numbered("data", "id"),
    payment=referred_if_said("data", "transaction", "reference"),
    money=_paid_back,
    claimed=_disputed,
    stage=_dispute_stage,
)

_TRANSFER: Final = MappedType(
    kind=Kind.PAYOUT,
    source=_EVENTS,
    reference=referred("data", "transfer_code"),
    money=_charged,
)

MAPPER = Mapper(
    original_type=lambda item: text(item, "event"),
    occurred_at=_time,
    types={
        "charge.success": _PAYMENT,
        "refund.processed": _REFUND,
        "refund.failed": replace(_REFUND, stage=at(Stage.FAILED), happened=holds("data", "status", among=("failed",))),
        "charge.dispute.create": _DISPUTE,
        "charge.dispute.remind": _DISPUTE,
        "charge.dispute.resolve": _DISPUTE,
        "transfer.success": _TRANSFER,
        "transfer.failed": replace(_TRANSFER, stage=at(Stage.FAILED)),
        "transfer.reversed": replace(_TRANSFER, stage=at(Stage.FAILED)),
    },
)
