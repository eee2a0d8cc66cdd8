"""Senders whose API has details that are missing in their events: what to request, and how to read the answer. Imported when configured."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hookline.providers.fetches.sender_api import SenderApi

__all__ = ["APIS", "api_of"]

APIS: Final = frozenset({"gocardless", "mercado-pago", "mollie", "mollie-classic"})
"""The schemes that have ``fetch``; each has a module of its name, with underscores for hyphens."""


def api_of(scheme: str) -> SenderApi | None:
    """The API of the sender, None if it has no API that completes a record."""
    if scheme not in APIS:
        return None
    api: SenderApi = import_module(f"{__name__}.{scheme.replace('-', '_')}").API
    return api
