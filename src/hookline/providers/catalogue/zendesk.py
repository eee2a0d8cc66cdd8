"""Zendesk: ``X-Zendesk-Webhook-Signature``, base64 over the time and the body (https://developer.zendesk.com/documentation/webhooks/verifying/)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="zendesk",
    title="Zendesk",
    signed_with="the webhook's signing secret",
    scheme=KeyedHash(
        header="X-Zendesk-Webhook-Signature",
        encoding="base64",
        timestamp_header="X-Zendesk-Webhook-Signature-Timestamp",
        timestamp_unit="rfc3339",
        template="{timestamp}{body}",
    ),
    find_id="header:X-Zendesk-Webhook-Invocation-Id || content-hash",
    find_type="type || 'webhook'",
    find_time="time",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developer.zendesk.com/documentation/webhooks/verifying/",
    sample=Sample(
        body='{"account_id": 22129848, "event": {}, "id": "2b24ef10-19d9-4740-93cd-1dd2c3b9b5ad", "subject": "zen:ticket:48", "time": "2025-01-08T10:12:07.672717030Z", "type": "zen:event-type:ticket.status_changed", "zendesk_event_version": "2022-11-06", "detail": {"id": "48", "status": "OPEN"}}',
        headers={"X-Zendesk-Webhook-Invocation-Id": "{id}", "X-Zendesk-Webhook-Id": "01GA7HZM6QG3N9X1Z3YV0JQ1TE"},
    ),
)
