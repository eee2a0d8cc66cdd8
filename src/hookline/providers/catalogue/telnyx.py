"""Telnyx: ``telnyx-signature-ed25519``, base64 over the time, a bar and the body (https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks)."""

from __future__ import annotations

from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.public_key import Ed25519, PublicKeyInHeader

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="telnyx",
    title="Telnyx",
    signed_with="the account's public key in base64",
    scheme=PublicKeyInHeader(
        curve=Ed25519(encoding="base64"),
        header="telnyx-signature-ed25519",
        timestamp_header="telnyx-timestamp",
        encoding="base64",
        joint=b"|",
    ),
    find_id="data.id",
    find_type="data.event_type",
    find_time="data.occurred_at",
    keeps_id=True,
    evidence=Evidence.SDK,
    documentation="https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks",
    sample=Sample(
        body='{"data": {"event_type": "message.received", "id": "b301ed3f-1490-491f-995f-6e64e69674d4", "occurred_at": "2019-12-09T20:16:07.588Z", "payload": {"id": "84cca175-9755-4859-b67f-4730d7f58aa3", "text": "Hello there!"}, "record_type": "event"}, "meta": {"attempt": 1}}'
    ),
)
