"""Mollie: next-generation events, with the whole object or only its id; and the objects of its API. Amounts are decimal text.

https://docs.mollie.com/reference/webhooks-new.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at, not_said, unless_pending
from hookline.providers.transactions.reading import (
    UndocumentedError,
    currency,
    moment,
    reference,
    referred,
    referred_if_said,
    staged,
    text,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.event import Json
    from hookline.domain.transaction import Transaction
    from hookline.providers.transactions.mapper import Money

__all__ = ["MAPPER", "complete", "movements"]

_DOCS: Final = "https://docs.mollie.com/reference/"

_STATUSES: Final = {
    "payment": {
        "open": Stage.PENDING,
        "pending": Stage.PENDING,
        "authorized": Stage.PENDING,
        "paid": Stage.SUCCEEDED,
        "failed": Stage.FAILED,
        "canceled": Stage.FAILED,
        "expired": Stage.FAILED,
    },
    "refund": {
        "queued": Stage.PENDING,
        "pending": Stage.PENDING,
        "processing": Stage.PENDING,
        "refunded": Stage.SUCCEEDED,
        "failed": Stage.FAILED,
        "canceled": Stage.FAILED,
    },
    "payout": {
        "requested": Stage.PENDING,
        "initiated": Stage.PENDING,
        "processing-at-bank": Stage.PENDING,
        "completed": Stage.SUCCEEDED,
        "failed": Stage.FAILED,
        "canceled": Stage.FAILED,
    },
}
"""The statuses of Mollie's objects (https://docs.mollie.com/reference/get-payment, get-refund, get-payout)."""

_HAPPENED: Final = ("paidAt", "canceledAt", "expiredAt", "failedAt", "authorizedAt")


def _name(item: Json) -> str:
    if find(item, "resource") != "event":
        raise UndocumentedError
    return text(item, "type")


def _object(item: Json) -> Json:
    """The object that the event is about, if the event contains it."""
    return find(item, "_embedded", "entity")


def _is_whole(item: Json) -> bool:
    return _object(item) is not None


def _amount(of: Callable[[Json], Json], field: str = "amount") -> Callable[[Json], Money]:
    def found(item: Json) -> Money:
        inner = find(of(item), field)
        return written(text(inner, "value"), currency(inner, "currency"))

    return found


def _taken(item: Json) -> Money:
    """The captured amount, if the payment is captured manually, else the amount of the payment."""
    entity = _object(item)
    return _amount(_object, "amount" if find(entity, "amountCaptured") is None else "amountCaptured")(item)


def _has_status(status: str) -> Callable[[Json], bool]:
    return lambda item: find(_object(item), "status") == status


_own_amount: Final = _amount(_object)
_id: Final = referred("_embedded", "entity", "id")
_payment_of: Final = referred_if_said("_embedded", "entity", "paymentId")


def _mapped(
    name: str,
    kind: Kind,
    stage: Stage,
    money: Callable[[Json], Money | None] = _own_amount,
    *,
    happened: Callable[[Json], bool] = _is_whole,
) -> MappedType:
    """A type whose event contains the whole object; if it contains only the id, the amount must be fetched from the API."""
    page = f"{_DOCS}{name.partition('.')[0]}s-api-webhooks"
    is_payment = kind is Kind.PAYMENT
    short = MappedType(
        kind=kind,
        source=page,
        reference=referred("entityId"),
        payment=referred("entityId") if is_payment else not_said,
        money=not_said,
        stage=at(stage),
        happened=lambda item: not _is_whole(item),
        is_id_only=True,
    )
    return MappedType(
        kind=kind,
        source=page,
        reference=_id,
        payment=_id if is_payment else _payment_of,
        money=not_said if stage is Stage.PENDING else money,
        claimed=money if kind is Kind.DISPUTE else not_said,
        stage=at(stage),
        happened=happened,
        otherwise=short,
    )


MAPPER = Mapper(
    original_type=_name,
    occurred_at=lambda item: moment(item, "createdAt"),
    types={
        "payment.paid": _mapped("payment.paid", Kind.PAYMENT, Stage.SUCCEEDED, _taken, happened=_has_status("paid")),
        "refund.refunded": _mapped("refund.refunded", Kind.REFUND, Stage.SUCCEEDED, happened=_has_status("refunded")),
        "refund.failed": _mapped("refund.failed", Kind.REFUND, Stage.FAILED),
        "chargeback.received": _mapped("chargeback.received", Kind.DISPUTE, Stage.OPENED),
        "chargeback.reversed": _mapped("chargeback.reversed", Kind.DISPUTE, Stage.WON),
        "payout.initiated": _mapped("payout.initiated", Kind.PAYOUT, Stage.PENDING),
        "payout.processing-at-bank": _mapped("payout.processing-at-bank", Kind.PAYOUT, Stage.PENDING),
        "payout.completed": _mapped("payout.completed", Kind.PAYOUT, Stage.SUCCEEDED),
        "payout.failed": _mapped("payout.failed", Kind.PAYOUT, Stage.FAILED),
        "payout.canceled": _mapped("payout.canceled", Kind.PAYOUT, Stage.FAILED),
    },
)


def _status(resource: str) -> Callable[[Json], Stage]:
    return staged(_STATUSES[resource], "status")


def _itself(item: Json) -> Json:
    return item


def _captured(item: Json) -> Money:
    return _amount(_itself, "amount" if find(item, "amountCaptured") is None else "amountCaptured")(item)


def _part(kind: Kind, name: str, field: str, stage: Stage) -> MappedType:
    """The sum of all refunds or chargebacks of a payment: the payment reports nothing else about them."""
    money = _amount(_itself, field)
    return MappedType(
        kind=kind,
        source=_DOCS + "get-payment",
        reference=lambda item: f"{reference(item, 'id')}:{name}",
        payment=referred("id"),
        money=money,
        claimed=money if kind is Kind.DISPUTE else not_said,
        stage=at(stage),
        happened=lambda item: find(item, field) is not None,
    )


_PAYMENT: Final = MappedType(
    kind=Kind.PAYMENT,
    source=_DOCS + "get-payment",
    reference=referred("id"),
    payment=referred("id"),
    money=unless_pending(_status("payment"), _captured),
    stage=_status("payment"),
)

_OBJECTS: Final[dict[str, tuple[MappedType, ...]]] = {
    "payment": (
        _PAYMENT,
        _part(Kind.REFUND, "refunds", "amountRefunded", Stage.SUCCEEDED),
        _part(Kind.DISPUTE, "chargebacks", "amountChargedBack", Stage.OPENED),
    ),
    "refund": (
        replace(
            _PAYMENT,
            kind=Kind.REFUND,
            source=_DOCS + "get-refund",
            payment=referred_if_said("paymentId"),
            money=unless_pending(_status("refund"), _amount(_itself)),
            stage=_status("refund"),
        ),
    ),
    "chargeback": (
        replace(
            _PAYMENT,
            kind=Kind.DISPUTE,
            source=_DOCS + "get-chargeback",
            payment=referred_if_said("paymentId"),
            money=_amount(_itself),
            claimed=_amount(_itself),
            stage=lambda item: Stage.OPENED if find(item, "reversedAt") is None else Stage.WON,
        ),
    ),
    "payout": (
        replace(
            _PAYMENT,
            kind=Kind.PAYOUT,
            source=_DOCS + "get-payout",
            payment=not_said,
            money=unless_pending(_status("payout"), _amount(_itself)),
            stage=_status("payout"),
        ),
    ),
}
"""The movements that each object of the API reports, the latest last."""


def movements(document: Json) -> tuple[Transaction, ...]:
    """Every movement that an object of Mollie's API reports: a payment also has the sums of its refunds and of its chargebacks.

    A movement has no time if the object does not say when it happened. Never raises.
    """
    try:
        kinds = _OBJECTS.get(text(document, "resource"), ())
        happened = next((at_ for name in _HAPPENED if (at_ := _said(document, name)) is not None), None)
        found = [
            mapped.transaction(
                document,
                occurred_at=happened if mapped.kind is Kind.PAYMENT else None,
                original_type=text(document, "resource"),
            )
            for mapped in kinds
        ]
    except UndocumentedError:
        return ()
    return tuple(transaction for transaction in found if transaction is not None)


def complete(document: Json) -> Transaction | None:
    """The latest movement that an object of Mollie's API reports, None where it reports none. Never raises."""
    found = movements(document)
    return found[-1] if found else None


def _said(document: Json, name: str) -> str | None:
    return None if find(document, name) is None else moment(document, name)
