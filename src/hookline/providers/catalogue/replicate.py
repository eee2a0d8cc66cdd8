"""Replicate: Standard Webhooks (https://replicate.com/docs/topics/webhooks/verify-webhook)."""

from __future__ import annotations

from dataclasses import replace

from hookline.providers.provider import Sample
from hookline.providers.standard_webhooks import member

__all__ = ["PROVIDER"]

PROVIDER = replace(
    member(
        "replicate",
        title="Replicate",
        documentation="https://replicate.com/docs/topics/webhooks/verify-webhook",
        sample=Sample(
            body='{"id": "ufawqhfynnddngldkgtslldrkq", "version": "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa", "created_at": "2022-04-26T22:13:06.224088Z", "status": "succeeded", "output": null}'
        ),
    ),
    find_type="status || 'webhook'",
    find_time="created_at",
)
