"""GoCardless: a list of events in each call; each names a resource by its id and contains no amount.

https://developer.gocardless.com/api-reference/#core-endpoints-events; the original type is ``{resource_type}.{action}``.
"""

from __future__ import annotations

from typing import Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.transactions.mapper import MappedType, Mapper, at, not_said
from hookline.providers.transactions.reading import moment, only, optional, reference, referred, referred_if_said, text

__all__ = ["MAPPER"]

_EVENTS: Final = "https://developer.gocardless.com/api-reference/#event-types"


_NAMED_BY: Final = {
    Kind.PAYMENT: referred("links", "payment"),
    Kind.REFUND: referred("links", "refund"),
    Kind.DISPUTE: referred("links", "payment"),
    Kind.PAYOUT: lambda item: optional(item, "links", "payout") or reference(item, "links", "outbound_payment"),
    Kind.FEE: referred("links", "payment"),
}

_ROWS: Final = (
    ("payments.confirmed", Kind.PAYMENT, Stage.SUCCEEDED),
    ("payments.failed", Kind.PAYMENT, Stage.FAILED),
    ("payments.late_failure_settled", Kind.PAYMENT, Stage.FAILED),
    ("refunds.paid", Kind.REFUND, Stage.SUCCEEDED),
    ("refunds.failed", Kind.REFUND, Stage.FAILED),
    ("refunds.funds_returned", Kind.REFUND, Stage.FAILED),
    ("payments.charged_back", Kind.DISPUTE, Stage.OPENED),
    ("payments.chargeback_cancelled", Kind.DISPUTE, Stage.WON),
    ("payments.chargeback_settled", Kind.DISPUTE, Stage.LOST),
    ("payments.surcharge_fee_debited", Kind.FEE, Stage.SUCCEEDED),
    ("payouts.paid", Kind.PAYOUT, Stage.SUCCEEDED),
    ("outbound_payments.executed", Kind.PAYOUT, Stage.SUCCEEDED),
    ("outbound_payments.failed", Kind.PAYOUT, Stage.FAILED),
)

MAPPER = Mapper(
    item=lambda document: only(document, "events"),
    original_type=lambda item: f"{text(item, 'resource_type')}.{text(item, 'action')}",
    occurred_at=lambda item: moment(item, "created_at"),
    types={
        name: MappedType(
            kind=kind,
            source=_EVENTS,
            reference=_NAMED_BY[kind],
            payment=referred_if_said("links", "payment"),
            money=not_said,
            stage=at(stage),
        )
        for name, kind, stage in _ROWS
    },
)
