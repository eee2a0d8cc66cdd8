"""Paddle Billing: one event in each call, amounts as text in minor units (https://developer.paddle.com/webhooks/overview).

An adjustment may be a refund, a chargeback or a credit: the original type of one is ``{event_type}.{action}``.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at, unless_pending
from hookline.providers.transactions.reading import (
    currency,
    holds,
    minor_digits,
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

_WEBHOOKS: Final = "https://developer.paddle.com/webhooks/"
_ADJUSTMENT: Final = "adjustment."

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType({})
"""No exceptions: "the lowest denomination for the currency" (https://developer.paddle.com/api-reference/about/data-types)."""


def _original_type(item: Json) -> str:
    name = text(item, "event_type")
    return f"{name}.{text(item, 'data', 'action')}" if name.startswith(_ADJUSTMENT) else name


def _charged(item: Json) -> Money | None:
    """The amount that was due after credits: ``grand_total``."""
    totals = find(item, "data", "details", "totals")
    return money(minor_digits(totals, "grand_total"), currency(totals, "currency_code"), EXCEPTIONS)


def _adjusted(item: Json) -> Money | None:
    totals = find(item, "data", "totals")
    return money(minor_digits(totals, "total"), currency(totals, "currency_code"), EXCEPTIONS)


def _has_status(*statuses: str) -> Callable[[Json], bool]:
    """Most refunds begin as ``pending_approval``; Paddle may reject them."""
    return holds("data", "status", among=statuses)


_id: Final = referred("data", "id")

_PAYMENT: Final = MappedType(
    kind=Kind.PAYMENT,
    source=_WEBHOOKS + "transactions/transaction-completed",
    reference=_id,
    payment=_id,
    money=_charged,
    happened=_has_status("completed"),
)

_REFUND: Final = MappedType(
    kind=Kind.REFUND,
    source=_WEBHOOKS + "adjustments/adjustment-created",
    reference=_id,
    payment=referred_if_said("data", "transaction_id"),
    money=_adjusted,
    happened=_has_status("approved"),
)

_LATER: Final = replace(_REFUND, source=_WEBHOOKS + "adjustments/adjustment-updated")

_TAKEN_BACK: Final = replace(_LATER, stage=at(Stage.FAILED), happened=_has_status("rejected", "reversed"))

_CHARGEBACK: Final = replace(_REFUND, kind=Kind.DISPUTE, claimed=_adjusted, stage=at(Stage.OPENED))


def _paid_out(item: Json) -> Money | None:
    payout = find(item, "data")
    return money(minor_digits(payout, "amount"), currency(payout, "currency_code"), EXCEPTIONS)


_PAYOUT_STAGE: Final = staged({"unpaid": Stage.PENDING, "paid": Stage.SUCCEEDED}, "data", "status")

_PAYOUT: Final = MappedType(
    kind=Kind.PAYOUT,
    source=_WEBHOOKS + "payouts/payout-created",
    reference=_id,
    money=unless_pending(_PAYOUT_STAGE, _paid_out),
    stage=_PAYOUT_STAGE,
)

MAPPER = Mapper(
    original_type=_original_type,
    occurred_at=lambda item: moment(item, "occurred_at"),
    types={
        "transaction.completed": _PAYMENT,
        "adjustment.created.refund": _REFUND,
        "adjustment.updated.refund": replace(_LATER, otherwise=_TAKEN_BACK),
        "adjustment.created.chargeback": _CHARGEBACK,
        "adjustment.created.chargeback_reverse": replace(_CHARGEBACK, stage=at(Stage.WON), takes_back=True),
        "payout.created": _PAYOUT,
        "payout.paid": replace(_PAYOUT, source=_WEBHOOKS + "payouts/payout-paid"),
    },
)
