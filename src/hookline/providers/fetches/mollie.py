"""Mollie's payments, of which a call may contain only the id. https://docs.mollie.com/reference/get-payment."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.providers.bodies import find
from hookline.providers.fetches.sender_api import SenderApi
from hookline.providers.transactions.mollie import movements

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.domain.request import Request

__all__ = ["API", "wanted_payment"]

_ID: Final = re.compile(r"tr_[A-Za-z0-9]{1,64}")


def wanted_payment(id_: object) -> str | None:
    """What to request for a payment with this id; None for the id of anything else."""
    return f"payments/{id_}" if isinstance(id_, str) and _ID.fullmatch(id_) else None


def _wanted(request: Request, document: Json) -> str | None:  # noqa: ARG001 -- required by Extractor
    """The payment of an event that does not contain it."""
    name = find(document, "type")
    is_short = find(document, "resource") == "event" and find(document, "_embedded", "entity") is None
    return wanted_payment(find(document, "entityId")) if is_short and str(name).startswith("payment.") else None


API = SenderApi(
    find=_wanted,
    root="/v2/",
    is_about=lambda answer, wanted: (
        find(answer, "resource") == "payment" and wanted_payment(find(answer, "id")) == wanted
    ),
    movements=lambda answer, known: movements(answer),  # noqa: ARG005 -- the answer has everything
    headers=MappingProxyType({}),
    documentation="https://docs.mollie.com/reference/get-payment",
)
