"""Square: one event in each call, amounts in minor units (https://developer.squareup.com/reference/square/webhooks)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at, unless_pending
from hookline.providers.transactions.reading import (
    holds,
    is_negative,
    minor,
    minor_money,
    moment,
    negated,
    referred,
    referred_if_said,
    staged,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["EXCEPTIONS", "MAPPER"]

_EVENTS: Final = "https://developer.squareup.com/reference/square/webhooks/"

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType({})
"""No exceptions: "the smallest denomination of the currency"
(https://developer.squareup.com/docs/build-basics/working-with-monetary-amounts).
"""


def _id(thing: str) -> Callable[[Json], str]:
    return referred("data", "object", thing, "id")


def _money(thing: str, field: str) -> Callable[[Json], Money | None]:
    return minor_money("data", "object", thing, field, exceptions=EXCEPTIONS)


def _has_status(thing: str, *statuses: str) -> Callable[[Json], bool]:
    return holds("data", "object", thing, "status", among=statuses)


_STATES: Final = {
    "INQUIRY_EVIDENCE_REQUIRED": Stage.INQUIRY,
    "INQUIRY_PROCESSING": Stage.INQUIRY,
    "INQUIRY_CLOSED": Stage.INQUIRY,
    "EVIDENCE_REQUIRED": Stage.OPENED,
    "PROCESSING": Stage.OPENED,
    "WON": Stage.WON,
    "LOST": Stage.LOST,
    "ACCEPTED": Stage.LOST,
}
"""https://developer.squareup.com/reference/square/enums/DisputeState. Square withholds the amount from the opening of the dispute on."""


def _payment(name: str) -> MappedType:
    return MappedType(
        kind=Kind.PAYMENT,
        source=_EVENTS + name,
        reference=_id("payment"),
        payment=_id("payment"),
        money=_money("payment", "total_money"),
        happened=_has_status("payment", "COMPLETED"),
    )


def _refund(name: str) -> MappedType:
    return MappedType(
        kind=Kind.REFUND,
        source=_EVENTS + name,
        reference=_id("refund"),
        payment=referred_if_said("data", "object", "refund", "payment_id"),
        money=_money("refund", "amount_money"),
        happened=_has_status("refund", "COMPLETED"),
    )


def _dispute(name: str) -> MappedType:
    return MappedType(
        kind=Kind.DISPUTE,
        source=_EVENTS + name,
        reference=referred("data", "id"),  # the dispute's own field has had two names (dispute_id, then id)
        payment=referred_if_said("data", "object", "dispute", "disputed_payment", "payment_id"),
        money=_money("dispute", "amount_money"),
        claimed=_money("dispute", "amount_money"),
        stage=staged(_STATES, "data", "object", "dispute", "state"),
    )


_PAYOUT_STAGES: Final = {"SENT": Stage.PENDING, "PAID": Stage.SUCCEEDED, "FAILED": Stage.FAILED}
"""https://developer.squareup.com/reference/square/enums/PayoutStatus."""

_payout_stage: Final = staged(_PAYOUT_STAGES, "data", "object", "payout", "status")


def _paid_out(units: Callable[..., int]) -> Callable[[Json], Money | None]:
    """Square's reference calls the currency of a payout ``currency``, and its examples ``currency_code``."""

    def found(item: Json) -> Money | None:
        path = ("data", "object", "payout", "amount_money")
        code = "currency" if find(item, *path, "currency") is not None else "currency_code"
        return minor_money(*path, exceptions=EXCEPTIONS, code=code, units=units)(item)

    return unless_pending(_payout_stage, found)


def _payout(name: str) -> MappedType:
    """A negative amount is money that Square withdraws from the seller's bank."""
    out = MappedType(
        kind=Kind.PAYOUT,
        source=_EVENTS + name,
        reference=_id("payout"),
        money=_paid_out(minor),
        stage=_payout_stage,
    )
    is_withdrawal = is_negative("data", "object", "payout", "amount_money", "amount")
    return replace(out, money=_paid_out(negated), happened=is_withdrawal, takes_back=True, otherwise=out)


_FAILED_LATER: Final = replace(
    _refund("refund.updated"), stage=at(Stage.FAILED), happened=_has_status("refund", "FAILED", "REJECTED")
)
"""An update may reverse what an earlier one reported; a refund that begins as failed never counted."""

MAPPER = Mapper(
    original_type=lambda item: text(item, "type"),
    occurred_at=lambda item: moment(item, "created_at"),
    types={
        "payment.created": _payment("payment.created"),
        "payment.updated": _payment("payment.updated"),
        "refund.created": _refund("refund.created"),
        "refund.updated": replace(_refund("refund.updated"), otherwise=_FAILED_LATER),
        "dispute.created": _dispute("dispute.created"),
        "dispute.state.updated": _dispute("dispute.state.updated"),
        **{name: _payout(name) for name in ("payout.sent", "payout.paid", "payout.failed")},
    },
)
