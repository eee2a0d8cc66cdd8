"""What senders' APIs say of the events that they have sent. Pure, and imported when it is asked for."""

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
        "adyen": "Adyen has no API that lists notifications. Download its payment accounting report as CSV, and name the file with "
        "--report: what it says of authorisations is compared"
    }
)
"""Those among them that list it in a report and not by an API, and what to do for it."""

NOT_COMPARABLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "shopify": "Shopify has no API that lists deliveries. Ask its Admin API for what was created or updated since, such as orders "
        "by updated_at",
    }
)
"""Senders that people ask about and that list nothing comparable: what they have instead."""


def sent_events(scheme: str, hook: str | None) -> SentEvents:
    """The list of what the sender of this scheme has sent; ``hook`` names the webhook where there are several. Raises ListingError."""
    found: SentEvents = import_module(f"{__name__}.{scheme}").of(hook)
    return found
