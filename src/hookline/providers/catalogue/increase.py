"""Increase: Standard Webhooks (https://increase.com/documentation/webhooks)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "increase",
        title="Increase",
        documentation="https://increase.com/documentation/webhooks",
        sample=Sample(
            body='{"id": "event_001dzz0r20rzr4zrhrr1364hy80", "associated_object_id": "account_in71c4amph0vgo2qllky", "associated_object_type": "account", "category": "account.created", "created_at": "2020-01-31T23:59:59Z", "type": "event"}'
        ),
    ),
    find_type="category",
    find_time="created_at",
)
