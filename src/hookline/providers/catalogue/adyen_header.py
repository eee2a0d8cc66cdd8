"""Adyen's platform webhooks: ``HmacSignature``, base64 over the body, the key in hex (https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="adyen-header",
    title="Adyen (platform webhooks)",
    signed_with="the webhook's HMAC key in hex",
    scheme=KeyedHash(header="HmacSignature", encoding="base64", secret_encoding="hex"),
    find_id="content-hash",
    find_type="type",
    find_time="timestamp || createdAt",
    deadline=10,
    evidence=Evidence.VECTOR,
    documentation="https://docs.adyen.com/development-resources/webhooks/verify-hmac-signatures/",
    sample=Sample(
        body='{"data": {"balancePlatform": "YOUR_BALANCE_PLATFORM", "accountHolder": {"id": "AH32272223222B5CTDQPM6W2H", "status": "active"}}, "environment": "test", "timestamp": "2024-12-15T15:42:03+01:00", "type": "balancePlatform.accountHolder.created"}',
        headers={"Protocol": "HmacSHA256"},
    ),
)
