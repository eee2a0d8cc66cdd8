"""Stripe: one event object in each call, amounts in minor units (https://docs.stripe.com/api/events/types)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind
from hookline.providers.transactions.mapper import MappedType, Mapper, always
from hookline.providers.transactions.reading import UndocumentedError, epoch, find, minor, money, reference, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json

__all__ = ["EXCEPTIONS", "MAPPER"]

_TYPES: Final = "https://docs.stripe.com/api/events/types#event_types-"

EXCEPTIONS: Final[Mapping[str, int | None]] = {
    "ISK": 2,  # "backward compatibility requires you to represent it as a two-decimal value"
    "MGA": 0,  # in the list of zero-decimal currencies
    "UGX": None,  # in that list, and under the special cases told to be a two-decimal value
    "CLF": None,
    "IQD": None,
    "LYD": None,
    "UYI": None,
    "UYW": None,  # these five are in none of Stripe's lists, where all other currencies have two digits
}
"""Where Stripe counts otherwise than ISO 4217 (https://docs.stripe.com/currencies#zero-decimal, #three-decimal, #special-cases)."""


def _object(item: Json) -> str:
    return reference(item, "data", "object", "id")


def _currency(item: Json) -> str:
    """Lower case in Stripe's events."""
    code = text(item, "data", "object", "currency")
    if not (code.isascii() and code.upper() in EXPONENTS):
        raise UndocumentedError
    return code.upper()


def _amount(field: str) -> Callable[[Json], tuple[str, str] | None]:
    return lambda item: money(minor(item, "data", "object", field), _currency(item), EXCEPTIONS)


def _refunded_now(item: Json) -> tuple[str, str] | None:
    """``amount_refunded`` counts all refunds of the charge, so that this one is what it has grown by."""
    if find(item, "data", "previous_attributes", "amount_refunded") is None:
        return None
    before = minor(item, "data", "previous_attributes", "amount_refunded")
    grown = minor(item, "data", "object", "amount_refunded") - before
    if grown < 0:
        raise UndocumentedError
    return money(grown, _currency(item), EXCEPTIONS)


def _is_captured(item: Json) -> bool:
    """Not captured, a charge is an authorisation: the money is reserved, not taken."""
    return find(item, "data", "object", "captured") is True


def _has_succeeded(item: Json) -> bool:
    return find(item, "data", "object", "status") == "succeeded"


def _succeeds_now(item: Json) -> bool:
    """An update of other fields tells of the same refund again."""
    return _has_succeeded(item) and find(item, "data", "previous_attributes", "status") is not None


_ROWS: Final = (
    ("charge.succeeded", Kind.PAYMENT, _amount("amount"), _is_captured),
    ("charge.captured", Kind.PAYMENT, _amount("amount_captured"), always),
    ("payment_intent.succeeded", Kind.PAYMENT, _amount("amount_received"), always),
    ("charge.refunded", Kind.REFUND, _refunded_now, always),
    ("refund.created", Kind.REFUND, _amount("amount"), _has_succeeded),
    ("refund.updated", Kind.REFUND, _amount("amount"), _succeeds_now),
    ("charge.dispute.created", Kind.DISPUTE, _amount("amount"), always),
    ("charge.dispute.updated", Kind.DISPUTE, _amount("amount"), always),
    ("charge.dispute.funds_withdrawn", Kind.DISPUTE, _amount("amount"), always),
    ("charge.dispute.funds_reinstated", Kind.DISPUTE, _amount("amount"), always),
    ("charge.dispute.closed", Kind.DISPUTE, _amount("amount"), always),
)

MAPPER = Mapper(
    item=lambda document: document,
    original_type=lambda item: text(item, "type"),
    occurred_at=lambda item: epoch(item, "created"),
    types={
        name: MappedType(kind=kind, source=_TYPES + name, reference=_object, money=money_of, happened=happened)
        for name, kind, money_of, happened in _ROWS
    },
    not_mapped={
        "charge.pending": "nothing has been taken yet; `charge.succeeded` follows",
        "charge.failed": "nothing was taken",
        "charge.expired": "nothing was taken",
        "charge.updated": "tells of a charge again after a change of other fields",
        "charge.refund.updated": "the older name of `refund.updated`, for some payment methods",
        "refund.failed": "a refund that came back; no source calls that a payment",
        "payment_intent.payment_failed": "nothing was taken",
        "checkout.session.completed": "tells of a payment that `payment_intent.succeeded` and `charge.succeeded` tell",
        "invoice.paid": "tells of a payment that `charge.succeeded` tells, or of none where nothing was due",
        "radar.early_fraud_warning.created": "a warning; no money is claimed back",
        "payout.paid": "the merchant's own money on its way to its bank",
    },
)
