"""Meta: ``X-Hub-Signature-256: sha256=…``, hex over the body (https://developers.facebook.com/docs/graph-api/webhooks/getting-started)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.verify_token import VerifyToken
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="meta",
    title="Meta (Facebook, Instagram, WhatsApp)",
    signed_with="the app's secret",
    scheme=KeyedHash(header="X-Hub-Signature-256", prefix="sha256="),
    find_id="content-hash",
    find_type="object",
    max_body=3 * 1024 * 1024,
    max_body_source="https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks",
    answer=SuccessAnswer(),
    retries="at once, then less and less often for 36 hours (WhatsApp: up to 7 days)",
    notes="One call carries up to 1000 changes, stored and queued as one.",
    handshakes=(VerifyToken(),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    sample=Sample(
        body='{"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [{"value": {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}, "messages": [{"from": "16505551234", "id": "wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=", "timestamp": "1749416383", "type": "text", "text": {"body": "Hello"}}]}, "field": "messages"}]}]}'
    ),
)
