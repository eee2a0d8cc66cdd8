"""Mercado Pago: a call has only the id of the changed object; the objects of the API say what happened, with amounts as numbers.

https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at, not_said
from hookline.providers.transactions.reading import (
    UndocumentedError,
    currency,
    moment,
    number,
    numbered,
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

_PAYMENTS: Final = "https://www.mercadopago.com.br/developers/en/docs/your-integrations/notifications/webhooks"
_CHARGEBACKS: Final = "https://www.mercadopago.com.br/developers/en/docs/checkout-pro/chargebacks/notifications"
_GET_PAYMENT: Final = "https://www.mercadopago.com.br/developers/en/reference/payments/_payments_id/get"
_GET_CHARGEBACK: Final = "https://www.mercadopago.com.br/developers/en/reference/chargebacks/_chargebacks_id/get"
_CHARGEBACK: Final = "topic_chargebacks_wh"

_STATUSES: Final = {
    "pending": Stage.PENDING,
    "authorized": Stage.PENDING,
    "in_process": Stage.PENDING,
    "approved": Stage.SUCCEEDED,
    "in_mediation": Stage.SUCCEEDED,
    "refunded": Stage.SUCCEEDED,
    "charged_back": Stage.SUCCEEDED,
    "rejected": Stage.FAILED,
    "cancelled": Stage.FAILED,
}
"""``status`` of a payment: refunds and chargebacks return money that had come in, and are separate movements."""


def _name(item: Json) -> str:
    """The action; the events of chargebacks have a list of actions, so their type is the topic."""
    topic = text(item, "type")
    return topic if topic == _CHARGEBACK else text(item, "action")


_id: Final = numbered("data", "id")


def _disputed(item: Json) -> str | None:
    return None if find(item, "data", "payment_id") is None else numbered("data", "payment_id")(item)


def _is_payment(item: Json) -> bool:
    return find(item, "type") == "payment"


def _payment(name: str) -> tuple[str, MappedType]:
    return name, MappedType(
        kind=Kind.PAYMENT,
        source=_PAYMENTS,
        reference=_id,
        payment=_id,
        money=not_said,
        stage=not_said,
        happened=_is_payment,
        is_id_only=True,
    )


MAPPER = Mapper(
    original_type=_name,
    occurred_at=lambda item: moment(item, "date_created"),
    types={
        **dict(map(_payment, ("payment.created", "payment.updated"))),
        _CHARGEBACK: MappedType(
            kind=Kind.DISPUTE,
            source=_CHARGEBACKS,
            reference=_id,
            payment=_disputed,
            money=not_said,
            stage=not_said,
            is_id_only=True,
        ),
    },
)


def _amount(field: str, code: str = "currency_id") -> Callable[[Json], Money]:
    return lambda item: written(number(item, field), currency(item, code))


_stage: Final = staged(_STATUSES, "status")


def _taken(item: Json) -> Money | None:
    return None if _stage(item) is Stage.PENDING else _amount("transaction_amount")(item)


def _is_refunded(item: Json) -> bool:
    return find(item, "transaction_amount_refunded") not in (None, 0)


def _coverage(item: Json) -> Stage:
    """If it is covered, Mercado Pago pays the chargeback and the merchant keeps the money; while it is undecided, the value is null."""
    covered = find(item, "coverage_applied")
    if covered is not None and not isinstance(covered, bool):
        raise UndocumentedError
    return Stage.OPENED if covered is None else Stage.WON if covered else Stage.LOST


def _only_payment(item: Json) -> str | None:
    payments = find(item, "payments")
    return str(payments[0]) if isinstance(payments, list) and len(payments) == 1 and type(payments[0]) is int else None


_OBJECTS: Final[dict[str, tuple[MappedType, ...]]] = {
    "payment": (
        MappedType(
            kind=Kind.PAYMENT,
            source=_GET_PAYMENT,
            reference=numbered("id"),
            payment=numbered("id"),
            money=_taken,
            stage=_stage,
        ),
        MappedType(
            kind=Kind.REFUND,
            source=_GET_PAYMENT,
            reference=lambda item: f"{numbered('id')(item)}:refunds",
            payment=numbered("id"),
            money=_amount("transaction_amount_refunded"),
            stage=at(Stage.SUCCEEDED),
            happened=_is_refunded,
        ),
    ),
    "chargeback": (
        MappedType(
            kind=Kind.DISPUTE,
            source=_GET_CHARGEBACK,
            reference=numbered("id"),
            payment=_only_payment,
            money=_amount("amount", "currency"),
            claimed=_amount("amount", "currency"),
            stage=_coverage,
        ),
    ),
}
"""The movements that each object of the API reports, the latest last."""


def movements(document: Json) -> tuple[Transaction, ...]:
    """Every movement that a payment (``/v1/payments/{id}``) or a chargeback (``/v1/chargebacks/{id}``) reports. Never raises.

    ``document`` is the answer as ``reading.exact`` parses it, because the amounts are numbers. A payment also reports the sum of its
    refunds.
    """
    resource = "chargeback" if isinstance(document, dict) and "coverage_applied" in document else "payment"
    try:
        happened = None if find(document, "date_last_updated") is None else moment(document, "date_last_updated")
        found = [
            mapped.transaction(document, occurred_at=happened, original_type=resource) for mapped in _OBJECTS[resource]
        ]
    except UndocumentedError:
        return ()
    return tuple(transaction for transaction in found if transaction is not None)


def complete(document: Json) -> Transaction | None:
    """The latest movement that an object of Mercado Pago's API reports, None where it reports none. Never raises."""
    found = movements(document)
    return found[-1] if found else None
