"""Stytch: Standard Webhooks in the spelling of Svix (https://stytch.com/docs/guides/implementation/webhooks)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "stytch",
        title="Stytch",
        documentation="https://stytch.com/docs/guides/implementation/webhooks",
        sample=Sample(
            body='{"project_id": "project-live-1", "event_id": "event-live-1", "action": "CREATE", "object_type": "user", "source": "DIRECT", "id": "user-live-1", "timestamp": "2024-03-05T18:11:53Z"}'
        ),
        svix=True,
    ),
    find_type="action || 'webhook'",
)
