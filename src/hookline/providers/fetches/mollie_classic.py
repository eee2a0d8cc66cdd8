"""Mollie's payments, of which a classic webhook contains only the id, in a form. https://docs.mollie.com/reference/webhooks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hookline.providers.bespoke.mollie_classic import payment_id
from hookline.providers.fetches import mollie

if TYPE_CHECKING:
    from hookline.domain.event import Json
    from hookline.domain.request import Request

__all__ = ["API"]


def _wanted(request: Request, document: Json) -> str | None:  # noqa: ARG001 -- required by Extractor
    """The payment, which every accepted call names."""
    return mollie.wanted_payment(payment_id(request.body))


API = replace(mollie.API, find=_wanted)
