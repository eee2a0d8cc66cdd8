"""Resend: Standard Webhooks in the spelling of Svix (https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "resend",
        title="Resend",
        documentation="https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests",
        sample=Sample(
            body='{"type": "email.delivered", "created_at": "2024-11-22T23:41:12.126Z", "data": {"email_id": "56761188-7520-42d8-8898-ff6fc54ce618", "to": ["delivered@resend.dev"]}}'
        ),
        svix=True,
    ),
    find_time="created_at",
)
