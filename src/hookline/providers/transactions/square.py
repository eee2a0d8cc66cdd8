"""Square: one event in each call, amounts in minor units (https://developer.squareup.com/reference/square/webhooks)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind
from hookline.providers.transactions.mapper import MappedType, Mapper, always
from hookline.providers.transactions.reading import currency, find, minor, moment, money, reference, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json

__all__ = ["EXCEPTIONS", "MAPPER"]

_EVENTS: Final = "https://developer.squareup.com/reference/square/webhooks/"

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType({})
"""None: "the smallest denomination of the currency" (https://developer.squareup.com/docs/build-basics/working-with-monetary-amounts)."""


def _id(thing: str) -> Callable[[Json], str]:
    return lambda item: reference(item, "data", "object", thing, "id")


def _dispute_id(item: Json) -> str:
    """Beside the dispute, whose own field has had two names (``dispute_id``, then ``id``)."""
    return reference(item, "data", "id")


def _money(thing: str, field: str) -> Callable[[Json], tuple[str, str] | None]:
    def money_of(item: Json) -> tuple[str, str] | None:
        found = find(item, "data", "object", thing, field)
        return money(minor(found, "amount"), currency(found, "currency"), EXCEPTIONS)

    return money_of


def _is_completed(thing: str) -> Callable[[Json], bool]:
    return lambda item: find(item, "data", "object", thing, "status") == "COMPLETED"


_PAYMENT: Final = (Kind.PAYMENT, _id("payment"), _money("payment", "total_money"), _is_completed("payment"))
_REFUND: Final = (Kind.REFUND, _id("refund"), _money("refund", "amount_money"), _is_completed("refund"))
_DISPUTE: Final = (Kind.DISPUTE, _dispute_id, _money("dispute", "amount_money"), always)

_ROWS: Final = {
    "payment.created": _PAYMENT,
    "payment.updated": _PAYMENT,
    "refund.created": _REFUND,
    "refund.updated": _REFUND,
    "dispute.created": _DISPUTE,
    "dispute.state.updated": _DISPUTE,
}

MAPPER = Mapper(
    item=lambda document: document,
    original_type=lambda item: text(item, "type"),
    occurred_at=lambda item: moment(item, "created_at"),
    types={
        name: MappedType(kind=kind, source=_EVENTS + name, reference=reference_of, money=money_of, happened=happened)
        for name, (kind, reference_of, money_of, happened) in _ROWS.items()
    },
    not_mapped={
        "dispute.state.changed": "the older name of `dispute.state.updated`, sent beside it",
        "dispute.evidence.added": "about the evidence; the dispute's state has its own events",
        "dispute.evidence.removed": "about the evidence; the dispute's state has its own events",
        "invoice.payment_made": "tells of a payment that has its own events",
        "order.updated": "tells of payments that have their own events",
        "payout.sent": "the merchant's own money on its way to its bank",
    },
)
