"""Intercom: ``X-Hub-Signature: sha1=…``, HMAC-SHA1 in hex over the body (https://developers.intercom.com/docs/webhooks/webhook-notifications)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="intercom",
    title="Intercom",
    signed_with="the app's client secret",
    scheme=KeyedHash(header="X-Hub-Signature", prefix="sha1=", algorithm="sha1"),
    find_id="id",
    find_type="topic",
    find_time="created_at",
    keeps_id=True,
    answer=SuccessAnswer(),
    deadline=5,
    notes="SHA-1 is the only form that Intercom has.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developers.intercom.com/docs/webhooks/webhook-notifications",
    sample=Sample(
        body='{"type": "notification_event", "app_id": "a86dr8yl", "id": "notif_ccd8a4d0-f965-11e3-a367-c779cae3e1b3", "topic": "conversation.user.created", "created_at": 1392731331, "data": {"item": {"type": "conversation", "id": "147"}}}'
    ),
)
