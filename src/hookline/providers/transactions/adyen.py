"""Adyen's standard webhooks: a list of items in each call, amounts in minor units, ``success`` as text.

https://docs.adyen.com/development-resources/webhooks, and the OpenAPI document behind the links
(https://github.com/Adyen/adyen-openapi, json/Webhooks-v1.json).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hookline.domain.transaction import Kind
from hookline.providers.transactions.mapper import MappedType, Mapper
from hookline.providers.transactions.reading import currency, find, minor, moment, money, only, reference, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.domain.event import Json

__all__ = ["EXCEPTIONS", "MAPPER"]

_EXPLORER: Final = "https://docs.adyen.com/api-explorer/Webhooks/1/post/"

EXCEPTIONS: Final[Mapping[str, int | None]] = {"CLP": 2, "CVE": 0, "IDR": 0, "ISK": 2}
"""Where Adyen counts otherwise than ISO 4217 (https://docs.adyen.com/development-resources/currency-codes: "differs from standard")."""


def _money(item: Json) -> tuple[str, str] | None:
    return money(minor(item, "amount", "value"), currency(item, "amount", "currency"), EXCEPTIONS)


def _was_successful(item: Json) -> bool:
    return find(item, "success") == "true"


def _was_refund(item: Json) -> bool:
    """``modification.action`` says which of the two it was."""
    return _was_successful(item) and find(item, "additionalData", "modification.action") == "refund"


_KINDS: Final[Mapping[str, Kind]] = {
    "AUTHORISATION": Kind.PAYMENT,
    "REFUND": Kind.REFUND,
    "REFUND_WITH_DATA": Kind.REFUND,
    "CANCEL_OR_REFUND": Kind.REFUND,
    "REQUEST_FOR_INFORMATION": Kind.DISPUTE,
    "NOTIFICATION_OF_CHARGEBACK": Kind.DISPUTE,
    "INFORMATION_SUPPLIED": Kind.DISPUTE,
    "ISSUER_COMMENTS": Kind.DISPUTE,
    "CHARGEBACK": Kind.DISPUTE,
    "CHARGEBACK_REVERSED": Kind.DISPUTE,
    "SECOND_CHARGEBACK": Kind.DISPUTE,
    "DISPUTE_DEFENSE_PERIOD_ENDED": Kind.DISPUTE,
    "ISSUER_RESPONSE_TIMEFRAME_EXPIRED": Kind.DISPUTE,
    "PREARBITRATION_WON": Kind.DISPUTE,
    "PREARBITRATION_LOST": Kind.DISPUTE,
}

MAPPER = Mapper(
    item=lambda document: find(only(document, "notificationItems"), "NotificationRequestItem"),
    original_type=lambda item: text(item, "eventCode"),
    occurred_at=lambda item: moment(item, "eventDate"),
    types={
        name: MappedType(
            kind=kind,
            source=_EXPLORER + name,
            reference=lambda item: reference(item, "pspReference"),
            money=_money,
            happened=_was_refund if name == "CANCEL_OR_REFUND" else _was_successful,
        )
        for name, kind in _KINDS.items()
    },
    not_mapped={
        "CAPTURE": "collects a payment that `AUTHORISATION` has told",
        "CAPTURE_FAILED": "nothing was taken",
        "AUTHORISATION_ADJUSTMENT": "changes the amount of a payment that `AUTHORISATION` has told",
        "CANCELLATION": "nothing was taken",
        "TECHNICAL_CANCEL": "nothing was taken",
        "EXPIRE": "nothing was taken",
        "REFUND_FAILED": "a refund that failed; no source calls that a payment",
        "REFUNDED_REVERSED": "a refund that came back; no source calls that a payment",
        "POSTPONED_REFUND": "no refund yet; `REFUND` follows",
        "VOID_PENDING_REFUND": "takes back a refund that has not happened",
        "ORDER_CLOSED": "sums up payments that have their own events",
        "NOTIFICATION_OF_FRAUD": "a warning; no money is claimed back",
        "PREARBITRATION_OPEN": "documented without an example",
        "PREARBITRATION_ACCEPTED": "documented without an example",
        "PREARBITRATION_DECLINED": "documented without an example",
        "PREARBITRATION_ISSUER_WITHDRAWN": "documented without an example",
        "SCHEME_ARBITRATION": "documented without an example",
        "SCHEME_ARBITRATION_WON": "documented without an example",
        "SCHEME_ARBITRATION_LOST": "documented without an example",
        "PAYOUT_THIRDPARTY": "money to others, for no payment",
    },
)
