"""Razorpay: one event in each call, amounts in minor units (https://razorpay.com/docs/webhooks/all)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind
from hookline.providers.transactions.mapper import MappedType, Mapper, always
from hookline.providers.transactions.reading import currency, epoch, find, minor, money, reference, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json

__all__ = ["EXCEPTIONS", "MAPPER"]

_PAGES: Final = "https://razorpay.com/docs/webhooks/"
_NAMED: Final = frozenset({"JPY", "BHD", "KWD", "OMR"})

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType(
    {code: None for code, digits in EXPONENTS.items() if digits != EXPONENTS["INR"] and code not in _NAMED}
)
"""Of the currencies without two digits Razorpay names four, JPY, KWD, BHD and OMR, and counts those as ISO 4217 does.

How it counts the others it does not say (https://razorpay.com/docs/api/best-practices/, "What's New").
"""


def _id(thing: str) -> Callable[[Json], str]:
    return lambda item: reference(item, "payload", thing, "entity", "id")


def _money(thing: str) -> Callable[[Json], tuple[str, str] | None]:
    def money_of(item: Json) -> tuple[str, str] | None:
        found = find(item, "payload", thing, "entity")
        return money(minor(found, "amount"), currency(found, "currency"), EXCEPTIONS)

    return money_of


def _was_captured(item: Json) -> bool:
    """Of a payment that was never taken, the money is given back by itself (https://razorpay.com/docs/webhooks/refunds)."""
    return find(item, "payload", "payment", "entity", "captured") is True


_PAYMENT: Final = (Kind.PAYMENT, "payments", _id("payment"), _money("payment"), always)
_REFUND: Final = (Kind.REFUND, "refunds", _id("refund"), _money("refund"), _was_captured)
_DISPUTE: Final = (Kind.DISPUTE, "disputes", _id("dispute"), _money("dispute"), always)

_ROWS: Final = {
    "payment.captured": _PAYMENT,
    "refund.processed": _REFUND,
    "payment.dispute.created": _DISPUTE,
    "payment.dispute.under_review": _DISPUTE,
    "payment.dispute.action_required": _DISPUTE,
    "payment.dispute.won": _DISPUTE,
    "payment.dispute.lost": _DISPUTE,
    "payment.dispute.closed": _DISPUTE,
}

MAPPER = Mapper(
    item=lambda document: document,
    original_type=lambda item: text(item, "event"),
    occurred_at=lambda item: epoch(item, "created_at"),
    types={
        name: MappedType(kind=kind, source=_PAGES + page, reference=reference_of, money=money_of, happened=happened)
        for name, (kind, page, reference_of, money_of, happened) in _ROWS.items()
    },
    not_mapped={
        "payment.authorized": "nothing has been taken yet; `payment.captured` follows",
        "payment.failed": "nothing was taken",
        "order.paid": "tells of a payment that `payment.captured` tells",
        "invoice.paid": "tells of a payment that `payment.captured` tells",
        "payment_link.paid": "tells of a payment that `payment.captured` tells",
        "refund.created": "no money has gone back yet; `refund.processed` follows",
        "refund.speed_changed": "about how a refund travels",
        "refund.failed": "nothing went back",
    },
)
