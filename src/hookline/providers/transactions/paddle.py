"""Paddle Billing: one event in each call, amounts as text in minor units (https://developer.paddle.com/webhooks/overview).

An adjustment may be a refund, a chargeback or a credit: the original type of one is ``{event_type}.{action}``.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind
from hookline.providers.transactions.mapper import MappedType, Mapper, always
from hookline.providers.transactions.reading import currency, find, minor_digits, moment, money, reference, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Json

__all__ = ["EXCEPTIONS", "MAPPER"]

_WEBHOOKS: Final = "https://developer.paddle.com/webhooks/"
_ADJUSTMENT: Final = "adjustment."

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType({})
"""None: "the lowest denomination for the currency" (https://developer.paddle.com/api-reference/about/data-types)."""


def _original_type(item: Json) -> str:
    name = text(item, "event_type")
    return f"{name}.{text(item, 'data', 'action')}" if name.startswith(_ADJUSTMENT) else name


def _charged(item: Json) -> tuple[str, str] | None:
    """What was due after credits: ``grand_total``."""
    totals = find(item, "data", "details", "totals")
    return money(minor_digits(totals, "grand_total"), currency(totals, "currency_code"), EXCEPTIONS)


def _adjusted(item: Json) -> tuple[str, str] | None:
    totals = find(item, "data", "totals")
    return money(minor_digits(totals, "total"), currency(totals, "currency_code"), EXCEPTIONS)


def _is_approved(item: Json) -> bool:
    """Most refunds begin as ``pending_approval``; Paddle may reject them."""
    return find(item, "data", "status") == "approved"


_ROWS: Final = (
    ("transaction.completed", Kind.PAYMENT, "transactions/transaction-completed", _charged, always),
    ("adjustment.created.refund", Kind.REFUND, "adjustments/adjustment-created", _adjusted, _is_approved),
    ("adjustment.updated.refund", Kind.REFUND, "adjustments/adjustment-updated", _adjusted, _is_approved),
    ("adjustment.created.chargeback", Kind.DISPUTE, "adjustments/adjustment-created", _adjusted, always),
    ("adjustment.created.chargeback_reverse", Kind.DISPUTE, "adjustments/adjustment-created", _adjusted, always),
)

MAPPER = Mapper(
    item=lambda document: document,
    original_type=_original_type,
    occurred_at=lambda item: moment(item, "occurred_at"),
    types={
        name: MappedType(
            kind=kind,
            source=_WEBHOOKS + page,
            reference=lambda item: reference(item, "data", "id"),
            money=money_of,
            happened=happened,
        )
        for name, kind, page, money_of, happened in _ROWS
    },
    not_mapped={
        "transaction.paid": "paid and not yet processed; `transaction.completed` follows",
        "transaction.billed": "nothing has been taken yet",
        "transaction.payment_failed": "nothing was taken",
        "adjustment.created.credit": "less is due, or the customer has a balance; no money moves",
        "adjustment.created.credit_reverse": "takes a credit back; no money moves",
        "adjustment.created.chargeback_warning": "a warning; no money is claimed back",
        "adjustment.created.chargeback_warning_reverse": "takes a warning back",
        "payout.paid": "the merchant's own money on its way to its bank",
    },
)
