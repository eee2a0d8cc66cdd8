"""Loops: Standard Webhooks (https://loops.so/docs/webhooks)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "loops",
        title="Loops",
        documentation="https://loops.so/docs/webhooks",
        sample=Sample(
            body='{"eventName": "email.delivered", "eventTime": 1734425918, "webhookSchemaVersion": "1.0.0", "contactIdentity": {"id": "cm4t1suns001uw6atri87v54s", "email": "test@example.com"}}'
        ),
    ),
    find_type="eventName",
    find_time="eventTime",
)
