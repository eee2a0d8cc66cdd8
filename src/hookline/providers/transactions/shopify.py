"""Shopify: the body is a transaction of an order, or a dispute of Shopify Payments; the topic is in a header, which is not signed.

https://shopify.dev/docs/api/webhooks, and the resources at https://shopify.dev/docs/api/admin-rest. Amounts are decimal text. The body's
own fields decide what it is, because somebody who overhears a call could send it again under another topic.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at
from hookline.providers.transactions.reading import (
    UndocumentedError,
    currency,
    holds,
    moment,
    numbered,
    staged,
    text,
    written,
)

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["MAPPER"]

_TRANSACTION: Final = "https://shopify.dev/docs/api/admin-rest/latest/resources/transaction"
_DISPUTE_PAGE: Final = "https://shopify.dev/docs/api/admin-rest/latest/resources/dispute"
_ID: Final = "gid://shopify/OrderTransaction/"


def _name(item: Json) -> str:
    """The resource and its kind, in Shopify's words."""
    if text(item, "admin_graphql_api_id").startswith(_ID):
        return f"order_transaction.{text(item, 'kind')}"
    raise UndocumentedError


def _original_type(item: Json) -> str:
    """A dispute has times that no other body has, and no global id."""
    if find(item, "initiated_at") is not None and find(item, "admin_graphql_api_id") is None:
        return f"dispute.{text(item, 'type')}"
    return _name(item)


def _occurred_at(item: Json) -> str | None:
    """When it was processed; for updates of a dispute, only the header of the call has the time."""
    return None if find(item, "initiated_at") is not None else moment(item, "created_at")


def _amount(item: Json) -> Money | None:
    """None if Shopify omits the currency, as in the example of its own page."""
    if find(item, "currency") is None:
        return None
    return written(text(item, "amount"), currency(item, "currency"))


def _disputed(item: Json) -> Money:
    return written(text(item, "amount"), currency(item, "currency"))


_id: Final = numbered("id")


def _order(item: Json) -> str | None:
    return None if find(item, "order_id") is None else numbered("order_id")(item)


_DISPUTE_STAGES: Final = {
    "needs_response": Stage.OPENED,
    "under_review": Stage.OPENED,
    "charge_refunded": Stage.WON,
    "accepted": Stage.LOST,
    "won": Stage.WON,
    "lost": Stage.LOST,
}
"""``status`` of a dispute. If the charge was refunded, the refund moved the money."""

_PAYMENT: Final = MappedType(
    kind=Kind.PAYMENT,
    source=_TRANSACTION,
    reference=_id,
    payment=_order,
    money=_amount,
    happened=holds("status", among=("success",)),
)

_REFUND: Final = replace(
    _PAYMENT,
    kind=Kind.REFUND,
    otherwise=replace(
        _PAYMENT, kind=Kind.REFUND, stage=at(Stage.FAILED), happened=holds("status", among=("failure", "error"))
    ),
)

_CHARGEBACK: Final = MappedType(
    kind=Kind.DISPUTE,
    source=_DISPUTE_PAGE,
    reference=_id,
    payment=_order,
    money=_disputed,
    claimed=_disputed,
    stage=staged(_DISPUTE_STAGES, "status"),
)

MAPPER = Mapper(
    original_type=_original_type,
    occurred_at=_occurred_at,
    types={
        "order_transaction.sale": _PAYMENT,
        "order_transaction.capture": _PAYMENT,
        "order_transaction.refund": _REFUND,
        "dispute.chargeback": _CHARGEBACK,
        "dispute.inquiry": replace(_CHARGEBACK, stage=at(Stage.INQUIRY)),
    },
)
