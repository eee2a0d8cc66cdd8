"""Stripe: one event object in each call, amounts in minor units (https://docs.stripe.com/api/events/types)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.domain.money import EXPONENTS
from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, always, not_said, unless_pending
from hookline.providers.transactions.reading import (
    UndocumentedError,
    epoch,
    is_negative,
    minor,
    money,
    negated,
    optional,
    reference,
    staged,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["EXCEPTIONS", "MAPPER"]

_TYPES: Final = "https://docs.stripe.com/api/events/types#event_types-"

EXCEPTIONS: Final[Mapping[str, int | None]] = {
    "ISK": 2,  # "backward compatibility requires you to represent it as a two-decimal value"
    "MGA": 0,  # in the list of zero-decimal currencies
    "UGX": None,  # Stripe contradicts itself: the list says zero decimals, the special cases say two
    "CLF": None,
    "IQD": None,
    "LYD": None,
    "UYI": None,
    "UYW": None,  # these five are in none of Stripe's lists, where all other currencies have two digits
}
"""Currencies that Stripe counts otherwise than ISO 4217 (https://docs.stripe.com/currencies#zero-decimal, #three-decimal,
#special-cases).
"""


def _object(item: Json) -> Json:
    return find(item, "data", "object")


def _id(item: Json) -> str:
    return reference(_object(item), "id")


def _payment(item: Json) -> str:
    """The payment intent; a charge that was made without one is itself the payment."""
    own = _id(item)
    return optional(_object(item), "payment_intent") or own


def _payment_beside(item: Json) -> str | None:
    """See ``_payment``, for a refund or a dispute."""
    return optional(_object(item), "payment_intent") or optional(_object(item), "charge")


def _currency(item: Json) -> str:
    """The currency, which is in lower case in Stripe's events."""
    code = text(_object(item), "currency")
    if not (code.isascii() and code.upper() in EXPONENTS):
        raise UndocumentedError
    return code.upper()


def _amount(field: str) -> Callable[[Json], Money | None]:
    return lambda item: money(minor(_object(item), field), _currency(item), EXCEPTIONS)


def _captured_amount(item: Json) -> int:
    """The captured amount of the charge. Stripe's versions before 2020-08-27 have no ``amount_captured``."""
    charge = _object(item)
    return minor(charge, "amount" if find(charge, "amount_captured") is None else "amount_captured")


def _is_captured(item: Json) -> bool:
    """A charge that is not captured is an authorisation: the money is reserved, not taken."""
    return find(_object(item), "captured") is True


def _captures_more(item: Json) -> bool:
    """One of several captures of a charge; most updates are about other fields."""
    return _is_captured(item) and find(item, "data", "previous_attributes", "amount_captured") is not None


def _given_back(item: Json, counted: int) -> int:
    """How much of ``counted``, a value of ``amount_refunded``, was refunded from captured money.

    Money that is not captured is released, and ``amount_refunded`` counts that as well (https://docs.stripe.com/api/charges/capture: "Any
    additional amount will be automatically refunded").
    """
    released = minor(_object(item), "amount") - _captured_amount(item)
    return counted - released if counted >= released else counted


def _refunded(item: Json) -> int:
    """The running total of refunded money."""
    return _given_back(item, minor(_object(item), "amount_refunded"))


def _refunded_before(item: Json) -> int | None:
    """The running total before this event, None where the event does not contain it."""
    if find(item, "data", "previous_attributes", "amount_refunded") is None:
        return None
    return _given_back(item, minor(item, "data", "previous_attributes", "amount_refunded"))


def _refunded_now(item: Json) -> Money | None:
    """``amount_refunded`` counts all refunds of the charge, so this refund is the growth of that total.

    None if only the rest of an authorisation was released.
    """
    before = _refunded_before(item)
    if before is None:
        return None
    grown = _refunded(item) - before
    if grown < 0:
        raise UndocumentedError
    return money(grown, _currency(item), EXCEPTIONS)


def _is_refund(item: Json) -> bool:
    """Whether captured money was returned; the void of an authorisation and the release of its rest have the same type."""
    if not _is_captured(item):
        return False
    before = _refunded_before(item)
    return before is None or _refunded(item) > before


def _refund_of_charge(item: Json) -> str:
    """The event does not name its refund: the charge and the running total identify it (``ch_1:800``)."""
    total = _refunded(item)
    if total == 0:
        raise UndocumentedError
    return f"{_id(item)}:{total}"


_REFUND_STAGES: Final = {
    "pending": Stage.PENDING,
    "requires_action": Stage.PENDING,
    "succeeded": Stage.SUCCEEDED,
    "failed": Stage.FAILED,
    "canceled": Stage.FAILED,
}
"""https://docs.stripe.com/api/refunds/object#refund_object-status."""


_refund_stage: Final = staged(_REFUND_STAGES, "data", "object", "status")


def _has_failed(item: Json) -> bool:
    return _refund_stage(item) is Stage.FAILED


def _moved(item: Json) -> bool:
    """A release of an authorisation is a refund without a ``balance_transaction``: it had no impact on the balance."""
    refund = _object(item)
    is_release = isinstance(refund, dict) and refund.get("balance_transaction", "") is None
    return not (is_release and _refund_stage(item) is Stage.SUCCEEDED)


def _refund_amount(item: Json) -> Money | None:
    """Nothing is certain about a refund that is pending."""
    return None if _refund_stage(item) is Stage.PENDING else _amount("amount")(item)


_DISPUTE_STAGES: Final = {
    "needs_response": Stage.OPENED,
    "under_review": Stage.OPENED,
    "won": Stage.WON,
    "prevented": Stage.WON,
    "lost": Stage.LOST,
    "charge_refunded": Stage.WON,
    "warning_needs_response": Stage.INQUIRY,
    "warning_under_review": Stage.INQUIRY,
    "warning_closed": Stage.INQUIRY,
}
"""https://docs.stripe.com/api/disputes/object#dispute_object-status. If the charge was refunded, the refund moved the money."""


_dispute_stage: Final = staged(_DISPUTE_STAGES, "data", "object", "status")


def _net_withdrawn(item: Json) -> Money | None:
    """The withdrawn amount that remains after all balance transactions, None if there are none or if they are in another currency."""
    entries = find(_object(item), "balance_transactions")
    if not isinstance(entries, list) or not entries:
        return None
    total = 0
    for entry in entries:
        amount = find(entry, "amount")
        if type(amount) is not int or find(entry, "currency") != find(_object(item), "currency"):
            return None
        total -= amount
    return money(max(0, total), _currency(item), EXCEPTIONS)


def _withdrawn(item: Json) -> Money | None:
    """Stripe withdraws the amount in dispute when it opens the dispute."""
    return _net_withdrawn(item) or _amount("amount")(item)


def _left_withdrawn(item: Json) -> Money | None:
    """The amount after money was reinstated: a lost dispute of a partly refunded payment gives back a part."""
    if _dispute_stage(item) is Stage.LOST:
        return _net_withdrawn(item)
    return _net_withdrawn(item) or money(0, _currency(item), EXCEPTIONS)


def _payment_type(
    name: str, money_of: Callable[[Json], Money | None], happened: Callable[[Json], bool] = always
) -> MappedType:
    return MappedType(
        kind=Kind.PAYMENT,
        source=_TYPES + name,
        reference=_payment,
        payment=_payment,
        money=money_of,
        happened=happened,
    )


def _charge_refunded(money_of: Callable[[Json], Money | None], happened: Callable[[Json], bool]) -> MappedType:
    return MappedType(
        kind=Kind.REFUND,
        source=_TYPES + "charge.refunded",
        reference=_refund_of_charge,
        payment=_payment,
        money=money_of,
        happened=happened,
    )


def _refund(name: str, money_of: Callable[[Json], Money | None]) -> MappedType:
    return MappedType(
        kind=Kind.REFUND,
        source=_TYPES + name,
        reference=_id,
        payment=_payment_beside,
        money=money_of,
        stage=_refund_stage,
        happened=_moved,
    )


def _refund_status(name: str) -> MappedType:
    """A record with only the status, because the charge's own event has the amount; a failed one reverses what was counted there."""
    return replace(
        _refund(name, _amount("amount")), happened=_has_failed, takes_back=True, otherwise=_refund(name, not_said)
    )


def _dispute(name: str, money_of: Callable[[Json], Money | None] = _withdrawn) -> MappedType:
    return MappedType(
        kind=Kind.DISPUTE,
        source=_TYPES + name,
        reference=_id,
        payment=_payment_beside,
        money=money_of,
        claimed=_amount("amount"),
        stage=_dispute_stage,
    )


_PAYOUT_STAGES: Final = {
    "pending": Stage.PENDING,
    "in_transit": Stage.PENDING,
    "paid": Stage.SUCCEEDED,
    "failed": Stage.FAILED,
    "canceled": Stage.FAILED,
}
"""https://docs.stripe.com/api/payouts/object#payout_object-status. A paid payout may still fail, within five business days."""


_payout_stage: Final = staged(_PAYOUT_STAGES, "data", "object", "status")


def _payout(name: str) -> MappedType:
    """The reversal of a payout is a payout with a negative amount."""
    out = MappedType(
        kind=Kind.PAYOUT,
        source=_TYPES + name,
        reference=_id,
        money=unless_pending(_payout_stage, _amount("amount")),
        stage=_payout_stage,
    )
    return replace(
        out,
        money=unless_pending(
            _payout_stage, lambda item: money(negated(_object(item), "amount"), _currency(item), EXCEPTIONS)
        ),
        happened=is_negative("data", "object", "amount"),
        takes_back=True,
        otherwise=out,
    )


_FEE: Final = MappedType(
    kind=Kind.FEE,
    source=_TYPES + "application_fee.created",
    reference=_id,
    money=_amount("amount"),
)
"""The fee that a platform gets from a payment on a connected account; the event names its charge, not the payment intent."""

_FEE_GIVEN_BACK: Final = replace(
    _FEE,
    source=_TYPES + "application_fee.refunded",
    reference=lambda item: f"{_id(item)}:refunded",
    money=_amount("amount_refunded"),
    takes_back=True,
)

_PAYOUTS: Final = ("payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.canceled")
_REFUNDS: Final = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")

MAPPER = Mapper(
    original_type=lambda item: text(item, "type"),
    occurred_at=lambda item: epoch(item, "created"),
    types={
        "charge.succeeded": _payment_type("charge.succeeded", _amount("amount"), _is_captured),
        "charge.captured": _payment_type("charge.captured", _amount("amount_captured"), _is_captured),
        "charge.updated": _payment_type("charge.updated", _amount("amount_captured"), _captures_more),
        "payment_intent.succeeded": _payment_type("payment_intent.succeeded", _amount("amount_received")),
        "charge.dispute.created": _dispute("charge.dispute.created"),
        "charge.dispute.updated": _dispute("charge.dispute.updated"),
        "charge.dispute.funds_withdrawn": _dispute("charge.dispute.funds_withdrawn"),
        "charge.dispute.funds_reinstated": _dispute("charge.dispute.funds_reinstated", _left_withdrawn),
        "charge.dispute.closed": _dispute("charge.dispute.closed"),
        **{name: _payout(name) for name in _PAYOUTS},
        "application_fee.created": _FEE,
        "application_fee.refunded": _FEE_GIVEN_BACK,
    },
    choices={
        "refunds": {
            "charge": {
                "charge.refunded": _charge_refunded(_refunded_now, _is_captured),
                **{name: _refund_status(name) for name in _REFUNDS},
            },
            "refund": {
                "charge.refunded": _charge_refunded(not_said, _is_refund),
                **{name: _refund(name, _refund_amount) for name in _REFUNDS},
            },
        }
    },
)
