"""Polar: Standard Webhooks (https://docs.polar.sh/integrate/webhooks/delivery)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Evidence, Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "polar",
        title="Polar",
        documentation="https://docs.polar.sh/integrate/webhooks/delivery",
        sample=Sample(
            body='{"type": "order.paid", "timestamp": "2025-02-11T23:25:48.183Z", "data": {"id": "ord_1", "status": "paid", "total_amount": 1000, "currency": "usd"}}'
        ),
        is_plain=True,
    ),
    evidence=Evidence.UNSURE,
    notes="Polar's own SDK takes the secret as text for the key, not its base64.",
)
