"""Recurly's JSON webhooks: an event has only the id of the changed object.

https://docs.recurly.com/recurly-subscriptions/docs/payment-notifications. The original type is ``{object_type}.{event_type}``.
"""

from __future__ import annotations

from typing import Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.transactions.mapper import MappedType, Mapper, at, not_said
from hookline.providers.transactions.reading import moment, referred, text

__all__ = ["MAPPER"]

_PAGE: Final = "https://docs.recurly.com/recurly-subscriptions/docs/payment-notifications"

_id: Final = referred("id")

_ROWS: Final = (
    ("payment.succeeded", Kind.PAYMENT, Stage.SUCCEEDED),
    ("payment.voided", Kind.PAYMENT, Stage.FAILED),
    ("payment.refunded", Kind.REFUND, Stage.SUCCEEDED),
)

MAPPER = Mapper(
    original_type=lambda item: f"{text(item, 'object_type')}.{text(item, 'event_type')}",
    occurred_at=lambda item: moment(item, "event_time"),
    types={
        name: MappedType(
            kind=kind,
            source=_PAGE,
            reference=_id,
            payment=_id if kind is Kind.PAYMENT else not_said,
            money=not_said,
            stage=at(stage),
            is_id_only=True,
        )
        for name, kind, stage in _ROWS
    },
)
