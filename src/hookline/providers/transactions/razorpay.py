"""Razorpay: one event in each call, amounts in minor units (https://razorpay.com/docs/webhooks/all)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at, not_said, unless_pending
from hookline.providers.transactions.reading import epoch, holds, minor_money, referred, referred_if_said, staged, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["EXCEPTIONS", "MAPPER"]

_PAGES: Final = "https://razorpay.com/docs/webhooks/"
_NAMED: Final = frozenset({"JPY", "BHD", "KWD", "OMR"})

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType(
    {code: None for code, digits in EXPONENTS.items() if digits != EXPONENTS["INR"] and code not in _NAMED}
)
"""Razorpay documents four currencies without two digits, JPY, KWD, BHD and OMR, and counts those as ISO 4217 does.

How it counts the others is not documented (https://razorpay.com/docs/api/best-practices/, "What's New").
"""


def _id(thing: str) -> Callable[[Json], str]:
    return referred("payload", thing, "entity", "id")


def _payment_of(thing: str) -> Callable[[Json], str | None]:
    return referred_if_said("payload", thing, "entity", "payment_id")


def _money(thing: str, amount: str = "amount") -> Callable[[Json], Money | None]:
    return minor_money("payload", thing, "entity", amount=amount, exceptions=EXCEPTIONS)


def _was_captured(item: Json) -> bool:
    """If a payment was never captured, the money is returned automatically (https://razorpay.com/docs/webhooks/refunds)."""
    return find(item, "payload", "payment", "entity", "captured") is True


def _has_status(thing: str, status: str) -> Callable[[Json], bool]:
    """The type's name says it; a status that contradicts it must not be ignored."""
    return holds("payload", thing, "entity", "status", among=(None, status))


def _was_processed(item: Json) -> bool:
    return _was_captured(item) and _has_status("refund", "processed")(item)


_PHASES: Final = frozenset({"fraud", "retrieval"})
"""The phases before a chargeback, in which a bank inquires (https://razorpay.com/docs/payments/disputes, "Phases")."""

_STATUSES: Final = {"won": Stage.WON, "lost": Stage.LOST, "open": Stage.OPENED, "under_review": Stage.OPENED}


def _dispute_stage(item: Json) -> Stage | None:
    found = find(item, "payload", "dispute", "entity")
    stage = _STATUSES.get(str(find(found, "status")))
    return Stage.INQUIRY if str(find(found, "phase")) in _PHASES and stage in {None, Stage.OPENED} else stage


def _deducted(item: Json) -> Money | None:
    """``amount_deducted`` is what Razorpay has deducted so far; it deducts immediately, or when the dispute is lost."""
    found = find(item, "payload", "dispute", "entity")
    if find(found, "amount_deducted") is None:
        return None if _dispute_stage(item) is Stage.OPENED else _money("dispute")(item)
    return _money("dispute", "amount_deducted")(item)


_PAYMENT: Final = MappedType(
    kind=Kind.PAYMENT,
    source=_PAGES + "payments",
    reference=_id("payment"),
    payment=_id("payment"),
    money=_money("payment"),
    happened=_has_status("payment", "captured"),
)

_REFUND: Final = MappedType(
    kind=Kind.REFUND,
    source=_PAGES + "refunds",
    reference=_id("refund"),
    payment=_payment_of("refund"),
    money=_money("refund"),
    happened=_was_processed,
)

_DISPUTE: Final = MappedType(
    kind=Kind.DISPUTE,
    source=_PAGES + "disputes",
    reference=_id("dispute"),
    payment=_payment_of("dispute"),
    money=_deducted,
    claimed=_money("dispute"),
    stage=_dispute_stage,
)

_SETTLEMENT: Final = MappedType(
    kind=Kind.PAYOUT,
    source=_PAGES + "settlements",
    reference=_id("settlement"),
    money=not_said,  # the event has an amount without its currency
    happened=_has_status("settlement", "processed"),
)

_PAYOUT_STAGES: Final = {
    "queued": Stage.PENDING,
    "pending": Stage.PENDING,
    "processing": Stage.PENDING,
    "processed": Stage.SUCCEEDED,
    "rejected": Stage.FAILED,
    "cancelled": Stage.FAILED,
    "reversed": Stage.FAILED,
    "failed": Stage.FAILED,
}
"""https://razorpay.com/docs/x/payouts/states-life-cycle."""

_payout_stage: Final = staged(_PAYOUT_STAGES, "payload", "payout", "entity", "status")

_PAYOUT: Final = MappedType(
    kind=Kind.PAYOUT,
    source=_PAGES + "payouts",
    reference=_id("payout"),
    money=unless_pending(_payout_stage, _money("payout")),
    stage=_payout_stage,
)

_PAYOUTS: Final = ("failed", "initiated", "pending", "processed", "queued", "rejected", "reversed", "updated")

MAPPER = Mapper(
    original_type=lambda item: text(item, "event"),
    occurred_at=lambda item: epoch(item, "created_at"),
    types={
        "payment.captured": _PAYMENT,
        "refund.processed": _REFUND,
        "refund.failed": replace(_REFUND, stage=at(Stage.FAILED), happened=_was_captured),
        "payment.dispute.created": _DISPUTE,
        "payment.dispute.under_review": _DISPUTE,
        "payment.dispute.action_required": _DISPUTE,
        "payment.dispute.won": _DISPUTE,
        "payment.dispute.lost": _DISPUTE,
        "payment.dispute.closed": _DISPUTE,
        "settlement.processed": _SETTLEMENT,
        **{f"payout.{name}": _PAYOUT for name in _PAYOUTS},
    },
)
