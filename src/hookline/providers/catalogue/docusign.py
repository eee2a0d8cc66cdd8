"""DocuSign Connect: ``X-DocuSign-Signature-1`` and on, one for each key, base64 over the body (https://developers.docusign.com/platform/webhooks/connect/hmac/)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="docusign",
    title="DocuSign",
    signed_with="a Connect HMAC key",
    scheme=KeyedHash(header="X-DocuSign-Signature", encoding="base64", numbered=True),
    find_id="content-hash",
    find_type="event || 'webhook'",
    find_time="generatedDateTime",
    notes="DocuSign documents no largest body. Messages that include the documents are as large as these: write `max_body` for them.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developers.docusign.com/platform/webhooks/connect/hmac/",
    sample=Sample(
        body='{"event": "envelope-completed", "apiVersion": "v2.1", "uri": "/restapi/v2.1/accounts/1/envelopes/2", "retryCount": 0, "configurationId": 10418598, "generatedDateTime": "2023-06-14T16:34:28.6290000Z", "data": {"accountId": "1", "envelopeId": "2", "envelopeSummary": {"status": "completed"}}}'
    ),
)
