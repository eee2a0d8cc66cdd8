"""Chargebee: one event in each call, amounts in minor units (https://apidocs.chargebee.com/docs/api/events)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at
from hookline.providers.transactions.reading import (
    epoch,
    minor_money,
    referred,
    referred_if_said,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json

__all__ = ["EXCEPTIONS", "MAPPER"]

_EVENTS: Final = "https://apidocs.chargebee.com/docs/api/events#"

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType(
    {code: None for code, digits in EXPONENTS.items() if digits not in (0, 2)}
)
"""Chargebee counts in cents, and in whole units where a currency has none; for other currencies it does not document it."""

_TAKEN_BACK: Final = ("voided", "late_failure")


def _is(kind: str, *statuses: str) -> Callable[[Json], bool]:
    """The transaction of the event has this type and this status."""

    def happened(item: Json) -> bool:
        transaction = find(item, "content", "transaction")
        return find(transaction, "type") == kind and find(transaction, "status") in statuses

    return happened


def _id(item: Json) -> str:
    return referred("content", "transaction", "id")(item)


def _mapped(name: str) -> MappedType:
    """A payment or a refund, by the type of the transaction; a debit that the bank reverses later was a payment."""
    paid = MappedType(
        kind=Kind.PAYMENT,
        source=_EVENTS + name,
        reference=_id,
        payment=_id,
        money=minor_money("content", "transaction", code="currency_code", exceptions=EXCEPTIONS),
        happened=_is("payment", "success"),
    )
    refunded = replace(
        paid,
        kind=Kind.REFUND,
        payment=referred_if_said("content", "transaction", "refunded_txn_id"),
        happened=_is("refund", "success"),
    )
    failed = replace(paid, stage=at(Stage.FAILED), happened=_is("payment", *_TAKEN_BACK))
    refund_failed = replace(refunded, stage=at(Stage.FAILED), happened=_is("refund", "failure", *_TAKEN_BACK))
    return replace(paid, otherwise=replace(refunded, otherwise=replace(failed, otherwise=refund_failed)))


MAPPER = Mapper(
    original_type=lambda item: text(item, "event_type"),
    occurred_at=lambda item: epoch(item, "occurred_at"),
    types={
        name: _mapped(name)
        for name in (
            "payment_succeeded",
            "payment_refunded",
            "payment_failed",
            "refund_initiated",
            "transaction_created",
            "transaction_updated",
        )
    },
)
