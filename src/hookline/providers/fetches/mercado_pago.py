"""Mercado Pago's payments and chargebacks, of which a notification contains only the id.

https://www.mercadopago.com.br/developers/en/reference/payments/_payments_id/get.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hookline.providers.bodies import find
from hookline.providers.fetches.sender_api import SenderApi
from hookline.providers.transactions.mercado_pago import movements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hookline.domain.event import Json
    from hookline.domain.request import Request
    from hookline.domain.transaction import Transaction

__all__ = ["API"]

_ID: Final = re.compile(r"[1-9][0-9]{0,19}")
_FOLDERS: Final = {"payment": "payments", "topic_chargebacks_wh": "chargebacks"}
_MADE: Final = "payment.created"


def _wanted(request: Request, document: Json) -> str | None:  # noqa: ARG001 -- required by Extractor
    """The payment or chargeback; notifications of other topics concern neither."""
    topic, id_ = find(document, "type"), _id_text(find(document, "data", "id"))
    folder = _FOLDERS.get(topic) if isinstance(topic, str) else None
    return None if folder is None or not _ID.fullmatch(id_) else f"{folder}/{id_}"


def _id_text(value: Json) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _movements(answer: Json, known: Mapping[str, str]) -> Sequence[Transaction]:
    """The event that a payment was made concerns the payment itself, whatever was refunded until now."""
    found = movements(answer)
    return found[:1] if known.get("originaltype") == _MADE else found


API = SenderApi(
    find=_wanted,
    root="/v1/",
    is_about=lambda answer, wanted: _id_text(find(answer, "id")) == wanted.rpartition("/")[2],
    movements=_movements,
    headers=MappingProxyType({}),
    documentation="https://www.mercadopago.com.br/developers/en/reference/payments/_payments_id/get",
)
