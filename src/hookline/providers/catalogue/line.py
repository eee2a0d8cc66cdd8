"""LINE: ``x-line-signature``, base64 over the body (https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.ping import Heartbeat
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="line",
    title="LINE",
    signed_with="the channel secret",
    scheme=KeyedHash(header="x-line-signature", encoding="base64"),
    find_id="content-hash",
    answer=SuccessAnswer(),
    notes="One call carries a list of events, which may be empty. A redelivery says so in its body and is stored as its own event: webhookEventId tells that it was seen.",
    handshakes=(Heartbeat(),),
    evidence=Evidence.VECTOR,
    documentation="https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/",
    sample=Sample(
        body='{"destination": "U8e742f61d673b39c7fff3cecb7536ef0", "events": [{"type": "message", "message": {"type": "text", "id": "14353798921116", "text": "Hello, world"}, "timestamp": 1625665242211, "source": {"type": "user", "userId": "U80696558e1aa831"}, "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZR", "deliveryContext": {"isRedelivery": false}, "mode": "active"}]}'
    ),
)
