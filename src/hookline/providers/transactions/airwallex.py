"""Airwallex: one event in each call, amounts as numbers in the currency's unit.

https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.domain.moment import is_moment
from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at, not_said
from hookline.providers.transactions.reading import (
    UndocumentedError,
    currency,
    exact,
    holds,
    number,
    referred,
    referred_if_said,
    text,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["MAPPER"]

_PAYMENTS: Final = "https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events/online-payments"
_TRANSFERS: Final = "https://www.airwallex.com/docs/developer-tools/webhooks/listen-for-webhook-events/transfers"
_DISPUTES_PAGE: Final = "https://www.airwallex.com/docs/payments__disputes__dispute-flow"
_OFFSET: Final = re.compile(r"([+-]\d\d)(\d\d)\Z")


def _read(body: bytes, document: Json) -> Json:
    return None if document is None else exact(body)


def _time(item: Json) -> str:
    """RFC 3339 text; Airwallex omits the colon in the offset."""
    value = _OFFSET.sub(r"\1:\2", text(item, "created_at"))
    if not is_moment(value):
        raise UndocumentedError
    return value


def _money(*path: str, amount: str = "amount", code: str = "currency") -> Callable[[Json], Money]:
    return lambda item: written(number(find(item, *path), amount), currency(find(item, *path), code))


_amount: Final = _money("data", "object")

_PAYMENT: Final = MappedType(
    kind=Kind.PAYMENT,
    source=_PAYMENTS,
    reference=referred("data", "object", "id"),
    payment=referred("data", "object", "id"),
    money=_money("data", "object", amount="captured_amount"),
    happened=holds("data", "object", "status", among=("SUCCEEDED",)),
)

_REFUND: Final = MappedType(
    kind=Kind.REFUND,
    source=_PAYMENTS,
    reference=referred("data", "object", "id"),
    payment=referred_if_said("data", "object", "payment_intent_id"),
    money=_amount,
)

_DISPUTE: Final = replace(_REFUND, kind=Kind.DISPUTE, source=_DISPUTES_PAGE, claimed=_amount)
_QUESTION, _BEFORE = "RFI", "PRE_CHARGEBACK"
"""``stage`` of a dispute: an inquiry of the bank takes no money, and a stage before a chargeback takes it only when it is accepted."""

_DISPUTES: Final = {
    "requires_response": Stage.OPENED,
    "challenged": Stage.OPENED,
    "pending_closure": Stage.OPENED,
    "pending_decision": Stage.OPENED,
    "expired": Stage.OPENED,
    "accepted": Stage.LOST,
    "lost": Stage.LOST,
    "won": Stage.WON,
    "reversed": Stage.WON,
}


def _dispute(stage: Stage) -> MappedType:
    """The dispute with its outcome so far, unless its stage takes no money."""
    stages = (_QUESTION,) if stage is Stage.LOST else (_QUESTION, _BEFORE)
    question = replace(_DISPUTE, stage=at(Stage.INQUIRY), happened=holds("data", "object", "stage", among=stages))
    return replace(question, otherwise=replace(_DISPUTE, stage=at(stage)))


_TRANSFER: Final = MappedType(
    kind=Kind.PAYOUT,
    source=_TRANSFERS,
    reference=referred("data", "id"),
    money=_money("data", amount="transfer_amount", code="transfer_currency"),
)

_PENDING: Final = replace(_TRANSFER, stage=at(Stage.PENDING), money=not_said)
_UNPAID: Final = replace(_TRANSFER, stage=at(Stage.FAILED))

MAPPER = Mapper(
    reads=_read,
    original_type=lambda item: text(item, "name"),
    occurred_at=_time,
    types={
        "payment_intent.succeeded": _PAYMENT,
        "refund.accepted": replace(_REFUND, stage=at(Stage.PENDING), money=not_said),
        "refund.settled": _REFUND,
        "refund.failed": replace(_REFUND, stage=at(Stage.FAILED)),
        **{f"payment_dispute.{name}": _dispute(stage) for name, stage in _DISPUTES.items()},
        "payout.transfer.processing": _PENDING,
        "payout.transfer.sent": _PENDING,
        "payout.transfer.paid": _TRANSFER,
        "payout.transfer.failed": _UNPAID,
        "payout.transfer.cancelled": _UNPAID,
    },
)
