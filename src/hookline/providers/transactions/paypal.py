"""PayPal: one event in each call, amounts as decimal text (https://developer.paypal.com/api/rest/webhooks/event-names/)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind
from hookline.providers.transactions.mapper import MappedType, Mapper
from hookline.providers.transactions.reading import currency, moment, reference, text, written

if TYPE_CHECKING:
    from hookline.domain.event import Json

__all__ = ["MAPPER"]

_NAMES: Final = "https://developer.paypal.com/api/rest/webhooks/event-names/"


def _id(item: Json) -> str:
    return reference(item, "resource", "id")


def _dispute_id(item: Json) -> str:
    return reference(item, "resource", "dispute_id")


def _amount(item: Json) -> tuple[str, str]:
    """Payments version 2 (https://developer.paypal.com/docs/api/payments/v2/, "money": digits, with or without a point among them)."""
    return written(text(item, "resource", "amount", "value"), currency(item, "resource", "amount", "currency_code"))


def _total(item: Json) -> tuple[str, str]:
    """Payments version 1 (https://developer.paypal.com/docs/api/payments/v1/, "amount")."""
    return written(text(item, "resource", "amount", "total"), currency(item, "resource", "amount", "currency"))


def _refunded_total(item: Json) -> tuple[str, str]:
    """As ``_total``; older refunds have a minus in front, newer ones have none (PayPal's samples of the type have both)."""
    total = text(item, "resource", "amount", "total").removeprefix("-")
    return written(total, currency(item, "resource", "amount", "currency"))


def _disputed(item: Json) -> tuple[str, str]:
    """https://developer.paypal.com/docs/api/customer-disputes/v1/, "dispute_amount"."""
    amount = text(item, "resource", "dispute_amount", "value")
    return written(amount, currency(item, "resource", "dispute_amount", "currency_code"))


_ROWS: Final = (
    ("PAYMENT.CAPTURE.COMPLETED", Kind.PAYMENT, "#payments-v2", _id, _amount),
    ("PAYMENT.SALE.COMPLETED", Kind.PAYMENT, "#sales", _id, _total),
    ("PAYMENT.CAPTURE.REFUNDED", Kind.REFUND, "#payments-v2", _id, _amount),
    ("PAYMENT.SALE.REFUNDED", Kind.REFUND, "#sales", _id, _refunded_total),
    ("CUSTOMER.DISPUTE.CREATED", Kind.DISPUTE, "#disputes", _dispute_id, _disputed),
    ("CUSTOMER.DISPUTE.UPDATED", Kind.DISPUTE, "#disputes", _dispute_id, _disputed),
    ("CUSTOMER.DISPUTE.RESOLVED", Kind.DISPUTE, "#disputes", _dispute_id, _disputed),
)

MAPPER = Mapper(
    item=lambda document: document,
    original_type=lambda item: text(item, "event_type"),
    occurred_at=lambda item: moment(item, "create_time"),
    types={
        name: MappedType(kind=kind, source=_NAMES + place, reference=reference_of, money=money_of)
        for name, kind, place, reference_of, money_of in _ROWS
    },
    not_mapped={
        "PAYMENT.AUTHORIZATION.CREATED": "nothing was taken",
        "PAYMENT.AUTHORIZATION.VOIDED": "nothing was taken",
        "PAYMENT.CAPTURE.PENDING": "nothing has been taken yet; `PAYMENT.CAPTURE.COMPLETED` follows",
        "PAYMENT.CAPTURE.DENIED": "nothing was taken",
        "PAYMENT.CAPTURE.DECLINED": "nothing was taken",
        "PAYMENT.CAPTURE.REVERSED": "PayPal takes money back, for a refund or for a dispute: the documentation does not say which",
        "PAYMENT.SALE.PENDING": "nothing has been taken yet; `PAYMENT.SALE.COMPLETED` follows",
        "PAYMENT.SALE.DENIED": "nothing was taken",
        "PAYMENT.SALE.REVERSED": "PayPal takes money back, for a refund or for a dispute: the documentation does not say which",
        "CHECKOUT.ORDER.APPROVED": "nothing was taken",
        "CHECKOUT.ORDER.COMPLETED": "tells of captures that have their own events",
    },
)
