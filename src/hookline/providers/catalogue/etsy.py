"""Etsy: Standard Webhooks (https://developer.etsy.com/documentation/essentials/webhooks)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Evidence, Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "etsy",
        title="Etsy",
        documentation="https://developer.etsy.com/documentation/essentials/webhooks",
        sample=Sample(
            body='{"event_type": "order.paid", "resource_url": "https://api.etsy.com/v3/application/shops/1/receipts/2", "shop_id": 1}'
        ),
    ),
    find_type="event_type || 'webhook'",
    evidence=Evidence.UNSURE,
)
