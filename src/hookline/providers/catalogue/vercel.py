"""Vercel: ``x-vercel-signature``, HMAC-SHA1 in hex over the body (https://vercel.com/docs/webhooks/webhooks-api)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="vercel",
    title="Vercel",
    signed_with="the webhook's or the integration's secret",
    scheme=KeyedHash(header="x-vercel-signature", algorithm="sha1"),
    find_id="id",
    find_type="type",
    find_time="createdAt",
    notes="SHA-1 is the only form that Vercel has.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://vercel.com/docs/webhooks/webhooks-api",
    sample=Sample(
        body='{"type": "deployment.created", "id": "evt_1234567890", "createdAt": 1700000000000, "region": "sfo1", "payload": {"deployment": {"id": "dpl_123", "name": "example"}, "project": {"id": "prj_123"}}}'
    ),
)
