"""PayPal: one event in each call, amounts as decimal text (https://developer.paypal.com/api/rest/webhooks/event-names/)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, always, at, not_said, unless_pending
from hookline.providers.transactions.reading import (
    UndocumentedError,
    currency,
    holds,
    moment,
    optional,
    reference,
    referred,
    referred_if_said,
    staged,
    text,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["MAPPER"]

_NAMES: Final = "https://developer.paypal.com/api/rest/webhooks/event-names/"


_CAPTURE: Final = re.compile(r"/payments/captures/([!-~]{1,200})\Z")


_id: Final = referred("resource", "id")


def _amount(item: Json) -> Money:
    """Payments version 2 (https://developer.paypal.com/docs/api/payments/v2/, "money": digits, with or without a point among them)."""
    return written(text(item, "resource", "amount", "value"), currency(item, "resource", "amount", "currency_code"))


def _total(item: Json) -> Money:
    """Payments version 1 (https://developer.paypal.com/docs/api/payments/v1/, "amount")."""
    return written(text(item, "resource", "amount", "total"), currency(item, "resource", "amount", "currency"))


def _refunded_total(item: Json) -> Money:
    """See ``_total``; older refunds have a minus in front, newer ones have none (PayPal's samples of the type have both)."""
    total = text(item, "resource", "amount", "total").removeprefix("-")
    return written(total, currency(item, "resource", "amount", "currency"))


def _disputed(item: Json) -> Money:
    """https://developer.paypal.com/docs/api/customer-disputes/v1/, "dispute_amount"."""
    amount = text(item, "resource", "dispute_amount", "value")
    return written(amount, currency(item, "resource", "dispute_amount", "currency_code"))


_OUTCOMES: Final[Mapping[str, Stage | None]] = {
    "RESOLVED_BUYER_FAVOUR": Stage.LOST,
    "ACCEPTED": Stage.LOST,
    "RESOLVED_SELLER_FAVOUR": Stage.WON,
    "RESOLVED_WITH_PAYOUT": Stage.WON,  # PayPal paid, not the merchant
    "CANCELED_BY_BUYER": Stage.WON,
    "DENIED": Stage.WON,
    "NONE": None,
}
"""https://developer.paypal.com/docs/api/customer-disputes/v1/, "outcome_code"."""


def _dispute_stage(item: Json) -> Stage | None:
    """An inquiry is between customer and merchant; PayPal or the bank decides at the later stages."""
    if find(item, "resource", "status") != "RESOLVED":
        return Stage.INQUIRY if find(item, "resource", "dispute_life_cycle_stage") == "INQUIRY" else Stage.OPENED
    outcome = text(item, "resource", "dispute_outcome", "outcome_code")
    if outcome not in _OUTCOMES:
        raise UndocumentedError
    return _OUTCOMES[outcome]


def _paid_back(item: Json) -> Money | None:
    """The amount that a lost dispute paid to the customer, else the amount it claims; None if it ended without an outcome."""
    stage = _dispute_stage(item)
    if stage is None:
        return None
    outcome = find(item, "resource", "dispute_outcome", "amount_refunded")
    if stage is not Stage.LOST or outcome is None:
        return _disputed(item)
    return written(text(outcome, "value"), currency(outcome, "currency_code"))


def _disputed_payment(item: Json) -> str | None:
    """The capture or sale in dispute, None if there are several."""
    disputed = find(item, "resource", "disputed_transactions")
    return optional(disputed[0], "seller_transaction_id") if isinstance(disputed, list) and len(disputed) == 1 else None


def _dispute_reference(item: Json) -> str:
    """The payment in dispute: PayPal reports the same money in ``PAYMENT.CAPTURE.REVERSED``, which does not name the dispute."""
    return _disputed_payment(item) or reference(item, "resource", "dispute_id")


def _capture_above(item: Json) -> str | None:
    """The capture that a refund belongs to, from its link "up"."""
    links = find(item, "resource", "links")
    hrefs = [str(find(link, "href")) for link in links if find(link, "rel") == "up"] if isinstance(links, list) else []
    found = _CAPTURE.search(hrefs[0]) if len(hrefs) == 1 else None
    return found and found[1]


def _reversed_capture(item: Json) -> str:
    capture = _capture_above(item)
    if capture is None:
        raise UndocumentedError
    return capture


def _is(field: str, *values: str) -> Callable[[Json], bool]:
    """The status must confirm the type's name: a refund, for example, may still be ``PENDING``."""
    return holds("resource", field, among=values)


def _payment(place: str, money_of: Callable[[Json], Money], happened: Callable[[Json], bool]) -> MappedType:
    return MappedType(
        kind=Kind.PAYMENT,
        source=_NAMES + place,
        reference=_id,
        payment=_id,
        money=money_of,
        happened=happened,
    )


_REFUND: Final = MappedType(
    kind=Kind.REFUND,
    source=_NAMES + "#payments-v2",
    reference=_id,
    payment=_capture_above,
    money=_amount,
    happened=_is("status", "COMPLETED"),
)

_PAYOUT_STAGES: Final = {
    "SUCCESS": Stage.SUCCEEDED,
    "PENDING": Stage.PENDING,
    "ONHOLD": Stage.PENDING,
    "UNCLAIMED": Stage.PENDING,
    "FAILED": Stage.FAILED,
    "DENIED": Stage.FAILED,
    "BLOCKED": Stage.FAILED,
    "RETURNED": Stage.FAILED,
    "REFUNDED": Stage.FAILED,
    "REVERSED": Stage.FAILED,
}
"""https://developer.paypal.com/docs/api/payments.payouts-batch/v1/, "transaction_status"."""

_payout_stage: Final = staged(_PAYOUT_STAGES, "resource", "transaction_status")


def _paid_out(item: Json) -> Money:
    """The amount that the receiver gets; PayPal's fee is separate."""
    amount = find(item, "resource", "payout_item", "amount")
    return written(text(amount, "value"), currency(amount, "currency"))


_PAYOUT: Final = MappedType(
    kind=Kind.PAYOUT,
    source=_NAMES + "#payouts",
    reference=referred("resource", "payout_item_id"),
    money=unless_pending(_payout_stage, _paid_out),
    stage=_payout_stage,
)

_PAYOUTS: Final = ("BLOCKED", "CANCELED", "DENIED", "FAILED", "HELD", "REFUNDED", "RETURNED", "SUCCEEDED", "UNCLAIMED")

_DISPUTE: Final = MappedType(
    kind=Kind.DISPUTE,
    source=_NAMES + "#disputes",
    reference=_dispute_reference,
    payment=_disputed_payment,
    money=_paid_back,
    claimed=_disputed,
    stage=_dispute_stage,
)

MAPPER = Mapper(
    original_type=lambda item: text(item, "event_type"),
    occurred_at=lambda item: moment(item, "create_time"),
    types={
        "PAYMENT.CAPTURE.COMPLETED": _payment(
            "#payments-v2", _amount, _is("status", "COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED")
        ),
        "PAYMENT.SALE.COMPLETED": _payment(
            "#sales", _total, _is("state", "completed", "partially_refunded", "refunded")
        ),
        "PAYMENT.CAPTURE.REFUNDED": _REFUND,
        "PAYMENT.REFUND.FAILED": replace(_REFUND, stage=at(Stage.FAILED), happened=always),
        "PAYMENT.SALE.REFUNDED": replace(
            _REFUND,
            source=_NAMES + "#sales",
            payment=referred_if_said("resource", "sale_id"),
            money=_refunded_total,
            happened=_is("state", "completed"),
        ),
        "PAYMENT.CAPTURE.REVERSED": replace(
            _DISPUTE,
            source=_NAMES + "#payments-v2",
            reference=_reversed_capture,
            payment=_capture_above,
            money=_amount,
            claimed=_amount,
            stage=not_said,
            happened=_is("status", "COMPLETED"),
        ),
        "CUSTOMER.DISPUTE.CREATED": _DISPUTE,
        "CUSTOMER.DISPUTE.UPDATED": _DISPUTE,
        "CUSTOMER.DISPUTE.RESOLVED": _DISPUTE,
        **{f"PAYMENT.PAYOUTS-ITEM.{name}": _PAYOUT for name in _PAYOUTS},
    },
)
