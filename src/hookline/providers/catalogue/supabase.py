"""Supabase Auth hooks: Standard Webhooks (https://supabase.com/docs/guides/auth/auth-hooks)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "supabase",
        title="Supabase Auth hooks",
        documentation="https://supabase.com/docs/guides/auth/auth-hooks",
        sample=Sample(
            body='{"user": {"id": "8484b834-f29e-4af2-bf42-80644d154f76", "email": "user@example.com"}, "sms": {"otp": "561166"}}'
        ),
    ),
    find_type="type || 'webhook'",
    signed_with="the secret of the hook, whole: v1,whsec_…",
    notes="A hook that has to answer with a decision is not a webhook: hookline answers that it was received.",
)
