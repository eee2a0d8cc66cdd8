"""Shopify: ``X-Shopify-Hmac-Sha256``, base64 over the body (https://shopify.dev/docs/apps/build/webhooks/subscribe/https)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="shopify",
    title="Shopify",
    signed_with="the app's client secret",
    scheme=KeyedHash(header="X-Shopify-Hmac-Sha256", encoding="base64"),
    find_id="header:X-Shopify-Webhook-Id || content-hash",
    find_type="header:X-Shopify-Topic",
    headers=("X-Shopify-Shop-Domain", "X-Shopify-API-Version"),
    find_time="header:X-Shopify-Triggered-At",
    keeps_id=True,
    max_body=5 * 1024 * 1024,  # several times the largest that was reported
    max_body_source="https://community.shopify.com/c/Shopify-APIs-SDKs/Webhook-requests-exceed-max-size/m-p/144434",
    answer=SuccessAnswer(),
    deadline=5,
    retries="8 times in 4 hours, then the subscription may be deleted",
    notes="Id, type and time stand in headers, which are not signed. Shopify documents no largest body, but its staff say that some are over 1 MB: the default leaves room for those. Write `max_body` where products or orders are larger still.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    sample=Sample(
        body='{"id": 820982911946154508, "email": "jon@example.com", "created_at": "2021-12-31T19:00:00-05:00", "currency": "USD", "financial_status": "paid", "total_price": "403.00"}',
        headers={
            "X-Shopify-Webhook-Id": "{id}",
            "X-Shopify-Topic": "orders/create",
            "X-Shopify-Shop-Domain": "example.myshopify.com",
            "X-Shopify-API-Version": "2024-10",
        },
    ),
)
