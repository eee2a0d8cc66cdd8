"""What senders' APIs report about the events that they have sent. All of it is pure, and imported on first use."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hookline.providers.reconcile.listing import SentEvents

__all__ = ["COMPARABLE", "NOT_COMPARABLE", "REPORTED", "sent_events"]

COMPARABLE: Final = ("adyen", "github", "paypal", "stripe")
"""The schemes whose senders list what they have sent."""

REPORTED: Final = MappingProxyType(
    {
        "adyen": "Adyen has no API that lists notifications. Download its payment accounting report as CSV, and "
        "name the file with --report: the authorisations in it are compared"
    }
)
"""The senders among them that have a report instead of an API, and how to get it."""

NOT_COMPARABLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "shopify": "Shopify has no API that lists deliveries. Ask its Admin API for objects that were created or "
        "updated in that time, such as orders by updated_at",
    }
)
"""Senders that operators may ask about but that list nothing comparable, and what to use instead."""


def sent_events(scheme: str, hook: str | None) -> SentEvents:
    """The list of what the sender of this scheme has sent; ``hook`` names the webhook if there are several. Raises ListingError."""
    found: SentEvents = import_module(f"{__name__}.{scheme}").of(hook)
    return found
