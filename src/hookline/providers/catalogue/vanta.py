"""Vanta: Standard Webhooks in the spelling of Svix (https://developer.vanta.com/docs/webhooks)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Evidence, Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "vanta",
        title="Vanta",
        documentation="https://developer.vanta.com/docs/webhooks",
        sample=Sample(body='{"type": "test.failed", "timestamp": "2026-01-02T03:04:05Z", "data": {}}'),
        svix=True,
    ),
    find_type="type || 'webhook'",
    evidence=Evidence.UNSURE,
)
