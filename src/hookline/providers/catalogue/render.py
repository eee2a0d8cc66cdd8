"""Render: Standard Webhooks (https://render.com/docs/webhooks)."""

from __future__ import annotations

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = member(
    "render",
    title="Render",
    documentation="https://render.com/docs/webhooks",
    sample=Sample(
        body='{"type": "deploy_ended", "timestamp": "2025-02-11T23:25:48.183Z", "data": {"id": "evt-cumdqnggj3ls73b8pjq0", "serviceId": "srv-cukouhrtq21c73e9scng", "status": "succeeded"}}'
    ),
)
