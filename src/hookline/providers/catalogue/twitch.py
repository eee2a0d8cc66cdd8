"""Twitch EventSub: ``Twitch-Eventsub-Message-Signature: sha256=…`` over message id, time and body (https://dev.twitch.tv/docs/eventsub/handling-webhook-events/)."""

from __future__ import annotations

from datetime import timedelta

from hookline.providers.handshakes.echo import EchoedMember
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="twitch",
    title="Twitch",
    signed_with="the subscription's secret, as it was chosen (10 to 100 characters)",
    scheme=KeyedHash(
        header="Twitch-Eventsub-Message-Signature",
        prefix="sha256=",
        timestamp_header="Twitch-Eventsub-Message-Timestamp",
        timestamp_unit="rfc3339",
        tolerance=timedelta(minutes=10),
        template="{header:Twitch-Eventsub-Message-Id}{timestamp}{body}",
    ),
    find_id="header:Twitch-Eventsub-Message-Id",
    find_type="subscription.type",
    find_time="header:Twitch-Eventsub-Message-Timestamp",
    keeps_id=True,
    handshakes=(EchoedMember(header=("Twitch-Eventsub-Message-Type", "webhook_callback_verification")),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
    sample=Sample(
        body='{"subscription": {"id": "f1c2a387-161a-49f9-a165-0f21d7a4e1c4", "type": "stream.online", "version": "1", "status": "enabled", "cost": 1, "condition": {"broadcaster_user_id": "1337"}}, "event": {"id": "9001", "broadcaster_user_id": "1337", "type": "live", "started_at": "2020-10-11T10:11:12.123Z"}}',
        headers={
            "Twitch-Eventsub-Message-Type": "notification",
            "Twitch-Eventsub-Subscription-Type": "stream.online",
            "Twitch-Eventsub-Subscription-Version": "1",
        },
    ),
)
