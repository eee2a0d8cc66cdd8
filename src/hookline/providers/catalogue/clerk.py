"""Clerk: Standard Webhooks in the spelling of Svix (https://clerk.com/docs/webhooks/overview)."""

from __future__ import annotations

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = member(
    "clerk",
    title="Clerk",
    documentation="https://clerk.com/docs/webhooks/overview",
    sample=Sample(
        body='{"data": {"id": "user_29w83sxmDNGwOuEthce5gg56FcC", "object": "user"}, "object": "event", "type": "user.created", "timestamp": 1654012591835}'
    ),
    svix=True,
)
