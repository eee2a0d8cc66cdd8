"""Senders that sign with a key pair, whose public key the operator copies from them."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="discord",
        title="Discord",
        signs="`X-Signature-Ed25519`, hex over the time and the body",
        signed_with="the application's public key in hex",
        verify={
            "scheme": "public-key",
            "header": "X-Signature-Ed25519",
            "algorithm": "ed25519",
            "encoding": "hex",
            "timestamp_header": "X-Signature-Timestamp",
            "template": "{timestamp}{body}",
        },
        find_id="id || content-hash",
        find_type="event.type || to_string(type)",
        find_time="event.timestamp",
        answer=SuccessAnswer(status=204, body=b""),
        deadline=3,
        retries="webhook events: for up to 10 minutes with growing pauses, then sending stops",
        notes="Interactions need an answer with content, which hookline cannot give: use it for webhook events. Discord documents no tolerance for the time; hookline's is 300 seconds.",
        handshake_kinds=(("ping.DiscordPing", {}),),
        evidence=Evidence.VECTOR,
        documentation="https://discord.com/developers/docs/interactions/overview",
        sample=Sample(
            body='{"version": 1, "application_id": "1234560123453231555", "type": 1, "event": {"type": "APPLICATION_AUTHORIZED", "timestamp": "2024-10-18T14:42:53.064834Z", "data": {"integration_type": 1, "scopes": ["applications.commands"]}}}'
        ),
    ),
    # SendGrid's event webhook.
    Provider(
        name="sendgrid",
        title="SendGrid",
        signs="ECDSA on P-256, base64 over the time and the body",
        signed_with="the event webhook's verification key (a public key in base64)",
        verify={
            "scheme": "public-key",
            "header": "X-Twilio-Email-Event-Webhook-Signature",
            "algorithm": "ecdsa-sha256",
            "encoding": "base64",
            "timestamp_header": "X-Twilio-Email-Event-Webhook-Timestamp",
            "template": "{timestamp}{body}",
        },
        find_id="content-hash",
        retries="for 24 hours, until any 2xx",
        notes="One call carries a list of events, stored and queued as one event; sg_event_id names each.",
        evidence=Evidence.VECTOR,
        documentation="https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
        sample=Sample(
            body='[{"email": "hello@world.com", "event": "processed", "sg_event_id": "WGpV3VMRTZqVTyJ3oVxLSw", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "timestamp": 1600112492}]\r\n'
        ),
    ),
    Provider(
        name="telnyx",
        title="Telnyx",
        signs="`telnyx-signature-ed25519`, base64 over the time, a bar and the body",
        signed_with="the account's public key in base64",
        verify={
            "scheme": "public-key",
            "header": "telnyx-signature-ed25519",
            "algorithm": "ed25519",
            "encoding": "base64",
            "timestamp_header": "telnyx-timestamp",
            "template": "{timestamp}|{body}",
        },
        find_id="data.id",
        find_type="data.event_type",
        find_time="data.occurred_at",
        keeps_id=True,
        evidence=Evidence.SDK,
        documentation="https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks",
        sample=Sample(
            body='{"data": {"event_type": "message.received", "id": "b301ed3f-1490-491f-995f-6e64e69674d4", "occurred_at": "2019-12-09T20:16:07.588Z", "payload": {"id": "84cca175-9755-4859-b67f-4730d7f58aa3", "text": "Hello there!"}, "record_type": "event"}, "meta": {"attempt": 1}}'
        ),
    ),
)
