"""Braintree: a notification is XML, in base64, in a field of a form. Amounts are decimal text.

https://developer.paypal.com/braintree/docs/guides/webhooks/parse; the shapes are those of ``webhook_testing_gateway.py`` of Braintree's own
library. The notification is read as a document: an element with others in it becomes an object, a list where it says so, else text.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from hookline.domain.form import FormError, fields_of
from hookline.domain.transaction import Kind, Stage
from hookline.providers.bodies import find
from hookline.providers.transactions.mapper import MappedType, Mapper, at
from hookline.providers.transactions.reading import (
    UndocumentedError,
    currency,
    holds,
    moment,
    referred,
    referred_if_said,
    text,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from hookline.domain.event import Json
    from hookline.providers.transactions.mapper import Money

__all__ = ["MAPPER"]

_DOCS: Final = "https://developer.paypal.com/braintree/docs/reference/general/webhooks/"
_MOST_FIELDS: Final = 20
_DEEPEST: Final = 12
"""The most levels of a notification; Braintree's have half as many."""


def _read(body: bytes, document: Json) -> Json:
    """The notification in ``bt_payload``, whose signature was found to fit."""
    if document is not None:
        return document
    try:
        payloads = [value for name, value in fields_of(body, most=_MOST_FIELDS) if name == b"bt_payload"]
        xml = base64.b64decode(payloads[0])
    except (FormError, IndexError, binascii.Error):
        raise UndocumentedError from None
    if b"<!" in xml:  # Braintree's XML never contains a declaration such as <!DOCTYPE or <!ENTITY
        raise UndocumentedError
    try:
        root = ET.fromstring(xml)  # noqa: S314 -- signed by Braintree, and without declarations
    except (ET.ParseError, ValueError):
        raise UndocumentedError from None
    return _value(root, _DEEPEST)


def _value(element: ET.Element, levels: int) -> Json:
    if not levels:
        raise UndocumentedError
    if element.get("type") == "array":
        return [_value(inner, levels - 1) for inner in element]
    if len(element) == 0:
        return None if element.get("nil") == "true" else (element.text or "").strip()
    return {inner.tag: _value(inner, levels - 1) for inner in element}


def _money(*path: str, code: tuple[str, ...] = ("currency-iso-code",)) -> Callable[[Json], Money | None]:
    """None if the notification has no currency, as in some of the library's examples."""

    def found(item: Json) -> Money | None:
        inner = find(item, *path)
        return None if find(inner, *code) is None else written(text(inner, "amount"), currency(inner, *code))

    return found


def _is(kind: str, *path: str) -> Callable[[Json], bool]:
    return holds("subject", *path, "type", among=(kind,))


_TRANSACTION: Final = MappedType(
    kind=Kind.PAYMENT,
    source=_DOCS + "transaction",
    reference=referred("subject", "transaction", "id"),
    payment=referred("subject", "transaction", "id"),
    money=_money("subject", "transaction"),
    happened=_is("sale", "transaction"),
)

_CREDIT: Final = replace(
    _TRANSACTION,
    kind=Kind.REFUND,
    payment=referred_if_said("subject", "transaction", "refunded-transaction-id"),
    happened=_is("credit", "transaction"),
)


def _first(item: Json) -> Json:
    """A subscription's transactions; the newest comes first."""
    transactions = find(item, "subject", "subscription", "transactions")
    if not isinstance(transactions, list) or not transactions:
        raise UndocumentedError
    newest: Json = transactions[0]
    return newest


_TAKEN: Final = ("submitted_for_settlement", "settling", "settled")

_CHARGED: Final = MappedType(
    kind=Kind.PAYMENT,
    source=_DOCS + "subscription",
    reference=lambda item: referred("id")(_first(item)),
    payment=lambda item: referred("id")(_first(item)),
    money=lambda item: _money()(_first(item)),
    happened=lambda item: find(_first(item), "status") in _TAKEN,
)

_DISPUTE: Final = MappedType(
    kind=Kind.DISPUTE,
    source=_DOCS + "dispute",
    reference=referred("subject", "dispute", "id"),
    payment=referred_if_said("subject", "dispute", "transaction", "id"),
    money=_money("subject", "dispute"),
    claimed=_money("subject", "dispute"),
    happened=holds("subject", "dispute", "kind", among=("chargeback", "pre_arbitration")),
)

_DISPUTES: Final = {
    "dispute_opened": Stage.OPENED,
    "dispute_disputed": Stage.OPENED,
    "dispute_under_review": Stage.OPENED,
    "dispute_expired": Stage.OPENED,
    "dispute_accepted": Stage.LOST,
    "dispute_auto_accepted": Stage.LOST,
    "dispute_lost": Stage.LOST,
    "dispute_won": Stage.WON,
}


def _dispute(stage: Stage) -> MappedType:
    """A retrieval is an inquiry of the bank, before any money moves."""
    retrieval = replace(
        _DISPUTE, stage=at(Stage.INQUIRY), happened=holds("subject", "dispute", "kind", among=("retrieval",))
    )
    return replace(_DISPUTE, stage=at(stage), otherwise=retrieval)


_DISBURSEMENT: Final = MappedType(
    kind=Kind.PAYOUT,
    source=_DOCS + "disbursement",
    reference=referred("subject", "disbursement", "id"),
    money=_money("subject", "disbursement", code=("merchant-account", "currency-iso-code")),
    happened=holds("subject", "disbursement", "success", among=("true",)),
)

MAPPER = Mapper(
    reads=_read,
    original_type=lambda item: text(item, "kind"),
    occurred_at=lambda item: moment(item, "timestamp"),
    types={
        "transaction_settled": replace(_TRANSACTION, otherwise=_CREDIT),
        "transaction_settlement_declined": replace(
            _TRANSACTION, stage=at(Stage.FAILED), otherwise=replace(_CREDIT, stage=at(Stage.FAILED))
        ),
        "subscription_charged_successfully": _CHARGED,
        "refund_failed": replace(
            _CREDIT, stage=at(Stage.FAILED), happened=holds("subject", "transaction", "type", among=(None, "credit"))
        ),
        **{name: _dispute(stage) for name, stage in _DISPUTES.items()},
        "disbursement": _DISBURSEMENT,
        "disbursement_exception": replace(
            _DISBURSEMENT,
            stage=at(Stage.FAILED),
            happened=holds("subject", "disbursement", "success", among=("false",)),
        ),
    },
)
