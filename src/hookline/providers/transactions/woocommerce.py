"""WooCommerce: the body is the order; the topic is in a header, which is not signed. Amounts are decimal text.

https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper
from hookline.providers.transactions.reading import UndocumentedError, currency, numbered, text, universal, written

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["MAPPER"]

_ORDER: Final = "https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties"
_STATUSES: Final = "https://woocommerce.com/document/managing-orders/order-statuses/"


def _original_type(item: Json) -> str:
    """The order's status; only an order has a key in this form."""
    if not text(item, "order_key").startswith("wc_"):
        raise UndocumentedError
    return f"order.{text(item, 'status')}"


def _is_paid(item: Json) -> bool:
    return find(item, "date_paid_gmt") is not None


def _refunds(item: Json) -> list[Json]:
    refunds = find(item, "refunds")
    if not isinstance(refunds, list):
        raise UndocumentedError
    return refunds


def _is_refunded(item: Json) -> bool:
    return _is_paid(item) and bool(_refunds(item))


def _total(item: Json) -> Money:
    return written(text(item, "total"), currency(item, "currency"))


def _refunded(item: Json) -> Money:
    """The sum of all refunds so far: each has a total with a minus in front."""
    code = currency(item, "currency")
    parts = [written(text(refund, "total").removeprefix("-"), code)[0] for refund in _refunds(item)]
    return written(f"{sum(map(Decimal, parts)):f}", code)


_id: Final = numbered("id")

_PAYMENT: Final = MappedType(
    kind=Kind.PAYMENT, source=_STATUSES, reference=_id, payment=_id, money=_total, happened=_is_paid
)

_REFUNDS: Final = MappedType(
    kind=Kind.REFUND,
    source=_ORDER,
    reference=lambda item: f"{_id(item)}:refunds",
    payment=_id,
    money=_refunded,
    happened=_is_refunded,
)

MAPPER = Mapper(
    original_type=_original_type,
    occurred_at=lambda item: universal(item, "date_modified_gmt"),
    types={
        "order.processing": replace(_REFUNDS, otherwise=_PAYMENT),
        "order.completed": replace(_REFUNDS, otherwise=_PAYMENT),
        "order.refunded": _REFUNDS,
    },
)
