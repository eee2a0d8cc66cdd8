"""Calendly: ``Calendly-Webhook-Signature: t=…,v1=…`` over the time and the body (https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="calendly",
    title="Calendly",
    signed_with="the webhook's signing key",
    scheme=KeyedHash(
        header="Calendly-Webhook-Signature",
        signature_field="v1",
        timestamp_field="t",
        template="{timestamp}.{body}",
    ),
    find_id="content-hash",
    find_type="event",
    find_time="created_at",
    retries="for 24 hours with growing pauses, then the webhook is disabled",
    notes="Calendly's example tolerates 180 seconds, hookline 300 unless `tolerance` says otherwise.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures",
    sample=Sample(
        body='{"event": "invitee.created", "created_at": "2020-11-23T17:51:19.000000Z", "created_by": "https://api.calendly.com/users/AAAAAAAAAAAAAAAA", "payload": {"email": "test@example.com", "name": "John Doe", "status": "active"}}'
    ),
)
