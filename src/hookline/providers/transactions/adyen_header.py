"""Adyen's platform webhooks: transfers of a balance platform, amounts in minor units.

https://docs.adyen.com/api-explorer/transfer-webhooks/latest/overview, and the OpenAPI document behind it
(https://github.com/Adyen/adyen-openapi, json/BalancePlatformTransferNotification-v4.json).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.adyen import EXCEPTIONS
from hookline.providers.transactions.mapper import MappedType, Mapper, unless_pending
from hookline.providers.transactions.reading import (
    currency,
    minor,
    moment,
    money,
    referred,
    referred_if_said,
    staged,
    text,
)

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["EXCEPTIONS", "MAPPER"]

_EXPLORER: Final = "https://docs.adyen.com/api-explorer/transfer-webhooks/4/post/"

_FEES: Final = frozenset(
    {
        "AcquiringFees",
        "AdyenCommission",
        "AdyenFees",
        "AdyenMarkup",
        "Commission",
        "Interchange",
        "PaymentFee",
        "SchemeFee",
    }
)
"""``platformPaymentType``: what Adyen, the card schemes or the platform deduct from a payment."""

_STATUSES: Final = {
    "received": Stage.PENDING,
    "approvalPending": Stage.PENDING,
    "pendingApproval": Stage.PENDING,
    "pendingExecution": Stage.PENDING,
    "authorised": Stage.PENDING,
    "booked": Stage.SUCCEEDED,
    "refused": Stage.FAILED,
    "cancelled": Stage.FAILED,
    "error": Stage.FAILED,
    "expired": Stage.FAILED,
    "failed": Stage.FAILED,
    "returned": Stage.FAILED,
}
"""``status`` of a transfer to a bank: once booked, the money has left the balance account, and it may still be returned."""


def _amount(item: Json) -> Money | None:
    amount = find(item, "data", "amount")
    return money(minor(amount, "value"), currency(amount, "currency"), EXCEPTIONS)


def _is_to_a_bank(item: Json) -> bool:
    data = find(item, "data")
    return (find(data, "category"), find(data, "direction"), find(data, "type")) == ("bank", "outgoing", "bankTransfer")


def _is_fee(item: Json) -> bool:
    data = find(item, "data")
    return (
        find(data, "category") == "platformPayment"
        and find(data, "type") in ("payment", "capture")
        and find(data, "status") == "booked"
        and find(data, "categoryData", "platformPaymentType") in _FEES
    )


_stage: Final = staged(_STATUSES, "data", "status")


def _transfer(name: str) -> MappedType:
    return MappedType(
        kind=Kind.PAYOUT,
        source=_EXPLORER + name,
        reference=referred("data", "id"),
        money=unless_pending(_stage, _amount),
        stage=_stage,
        happened=_is_to_a_bank,
        otherwise=MappedType(
            kind=Kind.FEE,
            source=_EXPLORER + name,
            reference=referred("data", "id"),
            payment=referred_if_said("data", "categoryData", "pspPaymentReference"),
            money=_amount,
            happened=_is_fee,
        ),
    )


MAPPER = Mapper(
    original_type=lambda item: text(item, "type"),
    occurred_at=lambda item: moment(item, "timestamp"),
    types={name: _transfer(name) for name in ("balancePlatform.transfer.created", "balancePlatform.transfer.updated")},
)
