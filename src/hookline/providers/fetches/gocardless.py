"""The amounts of GoCardless's payments and refunds, which its events name but do not contain.

https://developer.gocardless.com/api-reference/#payments-get-a-single-payment.
"""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.domain.money import normalised
from hookline.domain.transaction import Kind, transaction_of
from hookline.providers.bodies import find
from hookline.providers.fetches.sender_api import SenderApi
from hookline.providers.transactions.gocardless import MAPPER
from hookline.providers.transactions.reading import UndocumentedError, minor_money, only

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.event import Json
    from hookline.domain.request import Request
    from hookline.domain.transaction import Transaction

__all__ = ["API"]

_ID: Final = re.compile(r"[A-Z]{2,3}[0-9A-Z]{1,40}")
_NAMES: Final = {"payments": "payment", "refunds": "refund"}
_KINDS: Final = frozenset({Kind.PAYMENT, Kind.REFUND, Kind.DISPUTE})
_VERSION: Final = "2015-07-06"


def _wanted(request: Request, document: Json) -> str | None:  # noqa: ARG001 -- required by Extractor
    """What to request for the one event of a call, if it has a mapping."""
    found = MAPPER(document)
    if found is None or found.kind not in _KINDS:
        return None
    folder = "refunds" if found.kind is Kind.REFUND else "payments"
    try:
        id_ = find(only(document, "events"), "links", _NAMES[folder])
    except UndocumentedError:
        return None
    return f"{folder}/{id_}" if isinstance(id_, str) and _ID.fullmatch(id_) else None


def _is_about(answer: Json, wanted: str) -> bool:
    folder, _, id_ = wanted.partition("/")
    return find(answer, folder, "id") == id_


def _movements(answer: Json, known: Mapping[str, str]) -> Sequence[Transaction]:
    """The event's own record, with the amount of the payment or refund. A payment in dispute is disputed with its full amount."""
    own = transaction_of(known)
    if own is None:
        return ()
    try:
        found = minor_money("refunds" if own.kind is Kind.REFUND else "payments", exceptions={})(answer)
    except UndocumentedError:
        return ()
    if found is None:
        return ()
    amount, currency = found
    counted = normalised("0", currency) if own.stage is not None and own.stage.moves_nothing else amount
    claimed = amount if own.kind is Kind.DISPUTE else None
    return (replace(own, amount=counted, currency=currency, claimed=claimed),)


API = SenderApi(
    find=_wanted,
    root="/",
    is_about=_is_about,
    movements=_movements,
    headers=MappingProxyType({"gocardless-version": _VERSION}),
    places=("live", "sandbox"),
    documentation="https://developer.gocardless.com/api-reference/#payments-get-a-single-payment",
)
