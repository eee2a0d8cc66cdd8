"""Lemon Squeezy: ``X-Signature``, hex over the body (https://docs.lemonsqueezy.com/help/webhooks/signing-requests)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="lemon-squeezy",
    title="Lemon Squeezy",
    signed_with="the webhook's signing secret, as it was chosen (6 to 40 characters; hookline asks for 8)",
    scheme=KeyedHash(header="X-Signature"),
    find_id="content-hash",
    find_type="meta.event_name",
    answer=SuccessAnswer(),
    retries="up to 3 more times: after about 5, 25 and 125 seconds",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://docs.lemonsqueezy.com/help/webhooks/signing-requests",
    sample=Sample(
        body='{"meta": {"event_name": "order_created", "custom_data": {"customer_id": 25}}, "data": {"type": "orders", "id": "1", "attributes": {"store_id": 1, "identifier": "104e18a2-d755-4d4b-80c4-a6c1dcbe1c10", "currency": "USD", "total": 1199, "status": "paid"}}}',
        headers={"X-Event-Name": "order_created"},
    ),
)
