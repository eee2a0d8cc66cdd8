"""Modern Treasury: one event in each call, about an object, amounts in the smallest unit.

https://docs.moderntreasury.com/platform/reference/webhooks. The original type is ``{object}.{event}``.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at, not_said
from hookline.providers.transactions.reading import minor_money, moment, referred, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json

__all__ = ["EXCEPTIONS", "MAPPER"]

_ORDERS: Final = "https://docs.moderntreasury.com/platform/reference/payment-order-object"
_INCOMING: Final = "https://docs.moderntreasury.com/platform/reference/incoming-payment-detail-object"

EXCEPTIONS: Final[Mapping[str, int | None]] = MappingProxyType(
    {code: None for code in ("CLF", "UYI", "UYW") if code in EXPONENTS}
)
"""No other exceptions: "value in specified currency's smallest unit". Units of account have no coins."""

_id: Final = referred("data", "id")


def _is(direction: str, status: str) -> Callable[[Json], bool]:
    """``credit`` moves money to somebody else's account, ``debit`` moves it to the merchant's."""
    return lambda item: find(item, "data", "direction") == direction and find(item, "data", "status") == status


def _mapped(kind: Kind, direction: str, status: str, stage: Stage, source: str) -> MappedType:
    return MappedType(
        kind=kind,
        source=source,
        reference=_id,
        payment=_id if kind is Kind.PAYMENT else not_said,
        money=minor_money("data", exceptions=EXCEPTIONS),
        stage=at(stage),
        happened=_is(direction, status),
    )


def _order(status: str, stage: Stage) -> MappedType:
    """A payout, or a debit of a customer's account."""
    debit = _mapped(Kind.PAYMENT, "debit", status, stage, _ORDERS)
    return replace(_mapped(Kind.PAYOUT, "credit", status, stage, _ORDERS), otherwise=debit)


MAPPER = Mapper(
    original_type=lambda item: f"{text(item, 'data', 'object')}.{text(item, 'event')}",
    occurred_at=lambda item: moment(item, "data", "updated_at"),
    types={
        "payment_order.completed": _order("completed", Stage.SUCCEEDED),
        "payment_order.returned": _order("returned", Stage.FAILED),
        "payment_order.reversed": _order("reversed", Stage.FAILED),
        "payment_order.failed": _order("failed", Stage.FAILED),
        "incoming_payment_detail.completed": _mapped(Kind.PAYMENT, "credit", "completed", Stage.SUCCEEDED, _INCOMING),
        "incoming_payment_detail.returned": _mapped(Kind.PAYMENT, "credit", "returned", Stage.FAILED, _INCOMING),
    },
)
