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
    max_body=32 * 1024 * 1024,  # a document of 32 MB, in SI units, with room for what a projection adds
    max_body_source="https://www.sanity.io/docs/content-lake/technical-limits",
    notes="A projection that sends before() and after() together can be twice as large as one document: write a larger `max_body` for it.",
    evidence=Evidence.VECTOR,
    documentation="https://www.sanity.io/docs/http-reference/webhooks",
    sample=Sample(body='{"_id": "resume", "_type": "post", "title": "Resume"}', headers={"idempotency-key": "{id}"}),
)
