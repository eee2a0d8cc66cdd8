"""SendGrid's event webhook: ECDSA on P-256, base64 over the time and the body (https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features)."""

from __future__ import annotations

from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.public_key import EcdsaP256, PublicKeyInHeader

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="sendgrid",
    title="SendGrid",
    signed_with="the event webhook's verification key (a public key in base64)",
    scheme=PublicKeyInHeader(
        curve=EcdsaP256(),
        header="X-Twilio-Email-Event-Webhook-Signature",
        timestamp_header="X-Twilio-Email-Event-Webhook-Timestamp",
        encoding="base64",
    ),
    find_id="content-hash",
    retries="for 24 hours, until any 2xx",
    notes="One call carries a list of events, stored and queued as one; sg_event_id names each.",
    evidence=Evidence.VECTOR,
    documentation="https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    sample=Sample(
        body='[{"email": "hello@world.com", "event": "processed", "sg_event_id": "WGpV3VMRTZqVTyJ3oVxLSw", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "timestamp": 1600112492}]\r\n'
    ),
)
