"""Checkout.com: one event in each call, amounts in minor units (https://www.checkout.com/docs/developer-resources/webhooks)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, always, at, not_said
from hookline.providers.transactions.reading import minor_money, moment, referred, referred_if_said, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["EXCEPTIONS", "MAPPER"]

_PAGES: Final = "https://www.checkout.com/docs/developer-resources/webhooks/webhook-event-types"
_WITHOUT: Final = frozenset(
    ["BIF", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VUV", "VND", "XAF", "XOF", "XPF"]
)
_WITH_THREE: Final = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])

EXCEPTIONS: Final[Mapping[str, int | None]] = {
    code: None
    for code, digits in EXPONENTS.items()
    if code not in _WITHOUT and code not in _WITH_THREE and digits != EXPONENTS["USD"]
}
"""Currencies that are in none of the two lists of https://www.checkout.com/docs/resources/calculating-the-amount and do not have two
digits.

The lists agree with ISO 4217. Checkout.com's pages from different years contradict each other about CLP and CLF.
"""

_amount: Final = minor_money("data", exceptions=EXCEPTIONS)


def _amount_if_said(item: Json) -> Money | None:
    """The events that end a dispute do not always contain its amount."""
    return None if find(item, "data", "amount") is None else _amount(item)


_payment: Final = referred("data", "id")
_action: Final = referred("data", "action_id")


def _time(item: Json) -> str:
    return moment(item, "created_on" if find(item, "created_on") is not None else "timestamp")


def _mapped(
    name: str,
    kind: Kind,
    named_by: Callable[[Json], str],
    stage: Stage = Stage.SUCCEEDED,
    *,
    payment: Callable[[Json], str | None] = not_said,
    money: Callable[[Json], Money | None] = _amount,
    claimed: Callable[[Json], Money | None] = not_said,
) -> tuple[str, MappedType]:
    return name, MappedType(
        kind=kind,
        source=f"{_PAGES}/{name}",
        reference=named_by,
        payment=payment,
        money=money,
        claimed=claimed,
        stage=at(stage),
        happened=always,
    )


_DISPUTES: Final = {
    "dispute_received": Stage.OPENED,
    "dispute_evidence_required": Stage.OPENED,
    "dispute_evidence_submitted": Stage.OPENED,
    "dispute_expired": Stage.OPENED,
    "dispute_accepted": Stage.LOST,
    "dispute_lost": Stage.LOST,
    "dispute_arbitration_lost": Stage.LOST,
    "dispute_won": Stage.WON,
    "dispute_arbitration_won": Stage.WON,
    "dispute_canceled": Stage.WON,
    "dispute_resolved": Stage.WON,
}
"""The stage of a dispute after each type of event. Resolved means that the payment had been refunded before, so the refund moved the
money.
"""

_WITHOUT_MONEY: Final = frozenset({"dispute_received", "dispute_evidence_submitted", "dispute_expired"})
"""Checkout.com does not document that these move money; ``dispute_evidence_required`` says that the amount was debited."""

MAPPER = Mapper(
    original_type=lambda item: text(item, "type"),
    occurred_at=_time,
    types=dict(
        [
            _mapped("payment_captured", Kind.PAYMENT, _action, payment=_payment),
            _mapped("payment_refunded", Kind.REFUND, _action, payment=_payment),
            _mapped("payment_paid", Kind.PAYOUT, _payment),
            _mapped("payment_returned", Kind.PAYOUT, _payment, Stage.FAILED),
            *(
                _mapped(
                    name,
                    Kind.DISPUTE,
                    _payment,
                    stage,
                    payment=referred_if_said("data", "payment_id"),
                    money=not_said if name in _WITHOUT_MONEY else _amount_if_said,
                    claimed=_amount_if_said,
                )
                for name, stage in _DISPUTES.items()
            ),
        ]
    ),
)
