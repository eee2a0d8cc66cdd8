"""Sanity: ``sanity-webhook-signature: t=…,v1=…``, base64url over the time in milliseconds and the body (https://www.sanity.io/docs/http-reference/webhooks)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="sanity",
    title="Sanity",
    signed_with="the webhook's secret",
    scheme=KeyedHash(
        header="sanity-webhook-signature",
        encoding="base64url",
        signature_field="v1",
        timestamp_field="t",
        timestamp_unit="milliseconds",
        template="{timestamp}.{body}",
        shortest_secret=1,
    ),
    find_id="header:idempotency-key || content-hash",
    evidence=Evidence.VECTOR,
    documentation="https://www.sanity.io/docs/http-reference/webhooks",
    sample=Sample(body='{"_id": "resume", "_type": "post", "title": "Resume"}', headers={"idempotency-key": "{id}"}),
)
