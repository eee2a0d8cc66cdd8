"""Adyen's standard webhooks: a list of items in each call, amounts in minor units, ``success`` as text.

https://docs.adyen.com/development-resources/webhooks, and the OpenAPI document behind the links
(https://github.com/Adyen/adyen-openapi, json/Webhooks-v1.json).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at, not_said
from hookline.providers.transactions.reading import (
    currency,
    holds,
    minor,
    moment,
    money,
    only,
    referred,
    referred_if_said,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["EXCEPTIONS", "MAPPER"]

_EXPLORER: Final = "https://docs.adyen.com/api-explorer/Webhooks/1/post/"

EXCEPTIONS: Final[Mapping[str, int | None]] = {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}
"""Currencies for which Adyen's minor units differ from ISO 4217 (https://docs.adyen.com/development-resources/currency-codes: "differs
from standard").
"""


def _money(item: Json) -> Money | None:
    return money(minor(item, "amount", "value"), currency(item, "amount", "currency"), EXCEPTIONS)


_was_successful: Final = holds("success", among=("true",))


def _was_refund(item: Json) -> bool:
    """``modification.action`` says which of the two it was."""
    return _was_successful(item) and find(item, "additionalData", "modification.action") == "refund"


def _is_cancelled(item: Json) -> bool:
    return _was_successful(item) and find(item, "additionalData", "modification.action") == "cancel"


_psp_reference: Final = referred("pspReference")
_original: Final = referred("originalReference")
_original_if_said: Final = referred_if_said("originalReference")


def _payment_of(item: Json) -> str:
    """An expiry concerns the payment itself, whose reference is its own one if there is no original."""
    return _original_if_said(item) or _psp_reference(item)


def _dispute_status(item: Json) -> Stage | None:
    """https://docs.adyen.com/risk-management/disputes-api/dispute-notifications, ``disputeStatus``; the others are stages of both."""
    return {"Won": Stage.WON, "Lost": Stage.LOST}.get(str(find(item, "additionalData", "disputeStatus")))


def _modification(name: str, kind: Kind, stage: Stage = Stage.SUCCEEDED, *, takes_back: bool = False) -> MappedType:
    """A capture, a refund, or the result of one: its own ``pspReference``, and the payment's as ``originalReference``."""
    return MappedType(
        kind=kind,
        source=_EXPLORER + name,
        reference=_psp_reference,
        payment=_original_if_said,
        money=_money,
        stage=at(stage),
        happened=_was_successful,
        takes_back=takes_back,
    )


def _of_payment(name: str, stage: Stage, named_by: Callable[[Json], str]) -> MappedType:
    """The authorised payment itself, or a later amount of it."""
    return MappedType(
        kind=Kind.PAYMENT,
        source=_EXPLORER + name,
        reference=named_by,
        payment=named_by,
        money=_money,
        stage=at(stage),
        happened=_was_successful,
    )


def _dispute(name: str, stage: Callable[[Json], Stage | None], money_of: Callable[[Json], Money | None]) -> MappedType:
    return replace(_modification(name, Kind.DISPUTE), stage=stage, money=money_of, claimed=_money)


_CANCEL_OR_REFUND: Final = replace(_modification("CANCEL_OR_REFUND", Kind.REFUND), happened=_was_refund)
_CANCELLED: Final = replace(_of_payment("CANCEL_OR_REFUND", Stage.FAILED, _original), happened=_is_cancelled)

_PAYOUT: Final = replace(_modification("PAYOUT_THIRDPARTY", Kind.PAYOUT), payment=not_said)


def _payout_taken_back(name: str) -> MappedType:
    """The result of a payout, whose reference is the event's ``originalReference``."""
    return replace(_PAYOUT, source=_EXPLORER + name, reference=_original, stage=at(Stage.FAILED))


_DISPUTES: Final[tuple[tuple[str, Callable[[Json], Stage | None], Callable[[Json], Money | None]], ...]] = (
    ("REQUEST_FOR_INFORMATION", at(Stage.INQUIRY), _money),
    ("NOTIFICATION_OF_CHARGEBACK", at(Stage.OPENED), not_said),
    ("INFORMATION_SUPPLIED", _dispute_status, not_said),
    ("ISSUER_COMMENTS", _dispute_status, not_said),
    ("CHARGEBACK", at(Stage.OPENED), _money),
    ("CHARGEBACK_REVERSED", at(Stage.WON), _money),
    ("SECOND_CHARGEBACK", at(Stage.LOST), _money),
    ("DISPUTE_DEFENSE_PERIOD_ENDED", _dispute_status, not_said),
    ("ISSUER_RESPONSE_TIMEFRAME_EXPIRED", at(Stage.WON), _money),
    ("PREARBITRATION_WON", at(Stage.WON), _money),
    ("PREARBITRATION_LOST", at(Stage.LOST), _money),
    ("SCHEME_ARBITRATION_WON", at(Stage.WON), _money),
    ("SCHEME_ARBITRATION_LOST", at(Stage.LOST), _money),
)
"""Each dispute has its outcome so far, and an amount where Adyen says that the money was deducted or returned."""

MAPPER = Mapper(
    item=lambda document: find(only(document, "notificationItems"), "NotificationRequestItem"),
    original_type=lambda item: text(item, "eventCode"),
    occurred_at=lambda item: moment(item, "eventDate"),
    types={
        "REFUND": _modification("REFUND", Kind.REFUND),
        "REFUND_WITH_DATA": _modification("REFUND_WITH_DATA", Kind.REFUND),
        "REFUND_FAILED": _modification("REFUND_FAILED", Kind.REFUND, Stage.FAILED),
        "REFUNDED_REVERSED": _modification("REFUNDED_REVERSED", Kind.REFUND, Stage.FAILED),
        "PAYOUT_THIRDPARTY": _PAYOUT,
        **{name: _payout_taken_back(name) for name in ("PAIDOUT_REVERSED", "PAYOUT_DECLINE", "PAYOUT_EXPIRE")},
        **{name: _dispute(name, stage, money_of) for name, stage, money_of in _DISPUTES},
    },
    choices={
        "payments": {
            "authorisation": {
                "AUTHORISATION": _of_payment("AUTHORISATION", Stage.SUCCEEDED, _psp_reference),
                "AUTHORISATION_ADJUSTMENT": _of_payment("AUTHORISATION_ADJUSTMENT", Stage.SUCCEEDED, _original),
                "CANCELLATION": _of_payment("CANCELLATION", Stage.FAILED, _original),
                "TECHNICAL_CANCEL": _of_payment("TECHNICAL_CANCEL", Stage.FAILED, _original),
                "EXPIRE": replace(
                    _of_payment("EXPIRE", Stage.FAILED, _payment_of),
                    reference=lambda item: f"{_payment_of(item)}:expired",
                    takes_back=True,
                ),
                "CAPTURE_FAILED": _modification("CAPTURE_FAILED", Kind.PAYMENT, Stage.FAILED, takes_back=True),
                "CANCEL_OR_REFUND": replace(_CANCEL_OR_REFUND, otherwise=_CANCELLED),
            },
            "capture": {
                "CAPTURE": _modification("CAPTURE", Kind.PAYMENT),
                "CAPTURE_FAILED": _modification("CAPTURE_FAILED", Kind.PAYMENT, Stage.FAILED),
                "CANCEL_OR_REFUND": _CANCEL_OR_REFUND,
            },
        }
    },
)
