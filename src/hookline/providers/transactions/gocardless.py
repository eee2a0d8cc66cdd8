"""GoCardless: a list of events in each call, each about a resource by its id alone, without an amount.

https://developer.gocardless.com/api-reference/#core-endpoints-events; the original type is ``{resource_type}.{action}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind
from hookline.providers.transactions.mapper import MappedType, Mapper, untold
from hookline.providers.transactions.reading import moment, only, reference, text

if TYPE_CHECKING:
    from hookline.domain.event import Json

__all__ = ["MAPPER"]

_EVENTS: Final = "https://developer.gocardless.com/api-reference/#event-types"


def _payment(item: Json) -> str:
    return reference(item, "links", "payment")


def _refund(item: Json) -> str:
    return reference(item, "links", "refund")


_ROWS: Final = (
    ("payments.confirmed", Kind.PAYMENT, _payment),
    ("refunds.paid", Kind.REFUND, _refund),
    ("payments.charged_back", Kind.DISPUTE, _payment),
    ("payments.chargeback_cancelled", Kind.DISPUTE, _payment),
    ("payments.chargeback_settled", Kind.DISPUTE, _payment),
)

MAPPER = Mapper(
    item=lambda document: only(document, "events"),
    original_type=lambda item: f"{text(item, 'resource_type')}.{text(item, 'action')}",
    occurred_at=lambda item: moment(item, "created_at"),
    types={
        name: MappedType(kind=kind, source=_EVENTS, reference=reference_of, money=untold)
        for name, kind, reference_of in _ROWS
    },
    not_mapped={
        "payments.created": "nothing has been taken yet; `payments.confirmed` follows",
        "payments.submitted": "nothing has been taken yet; `payments.confirmed` follows",
        "payments.paid_out": "the merchant's own money on its way to its bank",
        "payments.failed": "nothing was taken",
        "payments.cancelled": "nothing was taken",
        "payments.late_failure_settled": "a payment that was taken back by the bank; no source calls that a dispute",
        "refunds.created": "no money has gone back yet; `refunds.paid` follows",
        "refunds.refund_settled": "a refund taken out of the merchant's payout; `refunds.paid` tells of the refund",
        "refunds.failed": "a refund that did not arrive; no source calls that a payment",
        "refunds.funds_returned": "a refund that came back; no source calls that a payment",
        "payouts.paid": "the merchant's own money on its way to its bank",
    },
)
