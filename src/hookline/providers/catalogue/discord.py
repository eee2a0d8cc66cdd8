"""Discord: ``X-Signature-Ed25519``, hex over the time and the body (https://discord.com/developers/docs/interactions/overview)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.ping import DiscordPing
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.public_key import Ed25519, PublicKeyInHeader

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="discord",
    title="Discord",
    signed_with="the application's public key in hex",
    scheme=PublicKeyInHeader(
        curve=Ed25519(encoding="hex"),
        header="X-Signature-Ed25519",
        timestamp_header="X-Signature-Timestamp",
        encoding="hex",
    ),
    find_id="id || content-hash",
    find_type="event.type || to_string(type)",
    find_time="event.timestamp",
    answer=SuccessAnswer(status=204, body=b""),
    deadline=3,
    retries="webhook events: for up to 10 minutes with growing pauses, then sending stops",
    notes="Interactions want an answer that says something: hookline is for webhook events. Discord names no tolerance for the time; hookline's is 300 seconds.",
    handshakes=(DiscordPing(),),
    evidence=Evidence.VECTOR,
    documentation="https://discord.com/developers/docs/interactions/overview",
    sample=Sample(
        body='{"version": 1, "application_id": "1234560123453231555", "type": 1, "event": {"type": "APPLICATION_AUTHORIZED", "timestamp": "2024-10-18T14:42:53.064834Z", "data": {"integration_type": 1, "scopes": ["applications.commands"]}}}'
    ),
)
