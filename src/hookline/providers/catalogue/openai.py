"""OpenAI: Standard Webhooks (https://platform.openai.com/docs/guides/webhooks)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Evidence, Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "openai",
        title="OpenAI",
        documentation="https://platform.openai.com/docs/guides/webhooks",
        sample=Sample(
            body='{"id": "evt_685343a1381c819085d44c354e1b330e", "object": "event", "created_at": 1750287018, "type": "response.completed", "data": {"id": "resp_685343a0610c8190a1d5c1d2a7b5d0f0"}}'
        ),
    ),
    find_time="created_at",
    evidence=Evidence.VECTOR,
    retries="for up to 72 hours with growing pauses",
)
