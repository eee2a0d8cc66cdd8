"""Senders for messages, posts and tickets that sign with a keyed hash."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import FORM, JSON, Evidence, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="intercom",
        title="Intercom",
        signs="`X-Hub-Signature: sha1=…`, HMAC-SHA1 in hex over the body",
        signed_with="the app's client secret",
        verify={"scheme": "hmac", "header": "X-Hub-Signature", "algorithm": "sha1", "prefix": "sha1="},
        find_id="id",
        find_type="topic",
        find_time="created_at",
        keeps_id=True,
        answer=SuccessAnswer(),
        deadline=5,
        notes="Intercom supports only SHA-1.",
        documentation="https://developers.intercom.com/docs/webhooks/webhook-notifications",
        sample=Sample(
            body='{"type": "notification_event", "app_id": "a86dr8yl", "id": "notif_ccd8a4d0-f965-11e3-a367-c779cae3e1b3", "topic": "conversation.user.created", "created_at": 1392731331, "data": {"item": {"type": "conversation", "id": "147"}}}'
        ),
    ),
    Provider(
        name="line",
        title="LINE",
        signs="`x-line-signature`, base64 over the body",
        signed_with="the channel secret",
        verify={"scheme": "hmac", "header": "x-line-signature", "encoding": "base64"},
        find_id="content-hash",
        answer=SuccessAnswer(),
        notes="One call carries a list of events, which may be empty. A redelivery says so in its body and is stored as its own event: webhookEventId shows that it is the same.",
        handshake_kinds=(("ping.Heartbeat", {}),),
        evidence=Evidence.VECTOR,
        documentation="https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/",
        sample=Sample(
            body='{"destination": "U8e742f61d673b39c7fff3cecb7536ef0", "events": [{"type": "message", "message": {"type": "text", "id": "14353798921116", "text": "Hello, world"}, "timestamp": 1625665242211, "source": {"type": "user", "userId": "U80696558e1aa831"}, "webhookEventId": "01FZ74A0TDDPYRVKNK77XKC3ZR", "deliveryContext": {"isRedelivery": false}, "mode": "active"}]}'
        ),
    ),
    # Meta.
    Provider(
        name="meta",
        title="Meta (Facebook, Instagram, WhatsApp)",
        signs="`X-Hub-Signature-256: sha256=…`, hex over the body",
        signed_with="the app's secret",
        verify={"scheme": "hmac", "header": "X-Hub-Signature-256", "prefix": "sha256="},
        find_id="content-hash",
        find_type="object",
        max_body=3 * 1024 * 1024,
        max_body_source="https://developers.facebook.com/docs/whatsapp/cloud-api/guides/set-up-webhooks",
        answer=SuccessAnswer(),
        retries="immediately, then less and less often for 36 hours (WhatsApp: up to 7 days)",
        notes="One call carries up to 1000 changes, stored and queued as one event.",
        handshake_kinds=(
            (
                "echo.EchoedParameter",
                {
                    "parameter": "hub.challenge",
                    "when": (("query:hub.mode", "subscribe"),),
                    "token": "query:hub.verify_token",
                    "option": "verify_token",
                },
            ),
        ),
        documentation="https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
        sample=Sample(
            body='{"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [{"value": {"messaging_product": "whatsapp", "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"}, "messages": [{"from": "16505551234", "id": "wamid.HBgLMTY1MDU1NTEyMzQVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=", "timestamp": "1749416383", "type": "text", "text": {"body": "Hello"}}]}, "field": "messages"}]}]}'
        ),
    ),
    Provider(
        name="slack",
        title="Slack",
        signs="`X-Slack-Signature: v0=…` over the time and the body",
        signed_with="the app's signing secret",
        verify={
            "scheme": "hmac",
            "header": "X-Slack-Signature",
            "prefix": "v0=",
            "timestamp_header": "X-Slack-Request-Timestamp",
            "template": "v0:{timestamp}:{body}",
        },
        media_types=JSON | FORM,
        find_id="event_id || content-hash",
        find_type="event.type || type || 'webhook'",
        find_time="event_time",
        keeps_id=True,
        max_body=4 * 1024 * 1024,  # the limit of Slack's own library
        max_body_source="https://github.com/slackapi/bolt-js/pull/3057",
        answer=SuccessAnswer(body=b""),
        deadline=3,
        retries="up to 3 times: immediately, after 1 minute, after 5",
        notes="Commands and interactions are forms; they have no event id and are recognised by their bytes.",
        handshake_kinds=(("echo.EchoedMember", {"when": (("body:type", "url_verification"),)}),),
        evidence=Evidence.VECTOR,
        documentation="https://api.slack.com/authentication/verifying-requests-from-slack",
        sample=Sample(
            fresh="event_id",
            body='{"token": "XXYYZZ", "team_id": "T123ABC456", "api_app_id": "A123ABC456", "event": {"type": "app_mention", "user": "U123ABC456", "text": "What is the hour of the pearl?", "ts": "1515449522.000016", "channel": "C123ABC456"}, "type": "event_callback", "event_id": "Ev123ABC456", "event_time": 1515449522}',
        ),
    ),
    # Twitch EventSub.
    Provider(
        name="twitch",
        title="Twitch",
        signs="`Twitch-Eventsub-Message-Signature: sha256=…` over message id, time and body",
        signed_with="the subscription's secret, as it was chosen (10 to 100 characters)",
        verify={
            "scheme": "hmac",
            "header": "Twitch-Eventsub-Message-Signature",
            "prefix": "sha256=",
            "timestamp_header": "Twitch-Eventsub-Message-Timestamp",
            "timestamp_format": "rfc3339",
            "template": "{header:Twitch-Eventsub-Message-Id}{timestamp}{body}",
            "tolerance": timedelta(minutes=10),
        },
        find_id="header:Twitch-Eventsub-Message-Id",
        find_type="subscription.type",
        find_time="header:Twitch-Eventsub-Message-Timestamp",
        keeps_id=True,
        handshake_kinds=(
            (
                "echo.EchoedMember",
                {"when": (("header:Twitch-Eventsub-Message-Type", "webhook_callback_verification"),)},
            ),
        ),
        documentation="https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
        sample=Sample(
            body='{"subscription": {"id": "f1c2a387-161a-49f9-a165-0f21d7a4e1c4", "type": "stream.online", "version": "1", "status": "enabled", "cost": 1, "condition": {"broadcaster_user_id": "1337"}}, "event": {"id": "9001", "broadcaster_user_id": "1337", "type": "live", "started_at": "2020-10-11T10:11:12.123Z"}}',
            headers={
                "Twitch-Eventsub-Message-Type": "notification",
                "Twitch-Eventsub-Subscription-Type": "stream.online",
                "Twitch-Eventsub-Subscription-Version": "1",
            },
        ),
    ),
    # X (Twitter).
    Provider(
        name="x",
        title="X",
        signs="`x-twitter-webhooks-signature: sha256=…`, base64 over the body",
        signed_with="the app's consumer secret (API secret key)",
        verify={"scheme": "hmac", "header": "x-twitter-webhooks-signature", "encoding": "base64", "prefix": "sha256="},
        find_id="content-hash",
        answer=SuccessAnswer(),
        deadline=10,
        handshake_kinds=(
            (
                "echo.EchoedParameter",
                {
                    "parameter": "crc_token",
                    "hmac": "sha256",
                    "encoding": "base64",
                    "prefix": "sha256=",
                    "reply": "json",
                    "under": "response_token",
                },
            ),
        ),
        documentation="https://docs.x.com/x-api/webhooks/introduction",
        sample=Sample(
            body='{"for_user_id": "2244994945", "tweet_create_events": [{"created_at": "Mon Mar 25 18:25:38 +0000 2019", "id_str": "1110255632127098880", "text": "hello"}]}'
        ),
    ),
    Provider(
        name="zendesk",
        title="Zendesk",
        signs="`X-Zendesk-Webhook-Signature`, base64 over the time and the body",
        signed_with="the webhook's signing secret",
        verify={
            "scheme": "hmac",
            "header": "X-Zendesk-Webhook-Signature",
            "encoding": "base64",
            "timestamp_header": "X-Zendesk-Webhook-Signature-Timestamp",
            "timestamp_format": "rfc3339",
            "template": "{timestamp}{body}",
        },
        find_id="header:X-Zendesk-Webhook-Invocation-Id || content-hash",
        find_type="type || 'webhook'",
        find_time="time",
        documentation="https://developer.zendesk.com/documentation/webhooks/verifying/",
        sample=Sample(
            body='{"account_id": 22129848, "event": {}, "id": "2b24ef10-19d9-4740-93cd-1dd2c3b9b5ad", "subject": "zen:ticket:48", "time": "2025-01-08T10:12:07.672717030Z", "type": "zen:event-type:ticket.status_changed", "zendesk_event_version": "2022-11-06", "detail": {"id": "48", "status": "OPEN"}}',
            headers={"X-Zendesk-Webhook-Invocation-Id": "{id}", "X-Zendesk-Webhook-Id": "01GA7HZM6QG3N9X1Z3YV0JQ1TE"},
        ),
    ),
    Provider(
        name="zoom",
        title="Zoom",
        signs="`x-zm-signature: v0=…` over the time and the body",
        signed_with="the app's secret token",
        verify={
            "scheme": "hmac",
            "header": "x-zm-signature",
            "prefix": "v0=",
            "timestamp_header": "x-zm-request-timestamp",
            "template": "v0:{timestamp}:{body}",
        },
        find_id="content-hash",
        find_type="event",
        find_time="event_ts",
        answer=SuccessAnswer(),
        deadline=3,
        retries="3 times: after 5, 20 and 60 minutes",
        notes="Zoom documents no tolerance for the time; hookline's is 300 seconds.",
        handshake_kinds=(
            (
                "echo.EchoedMember",
                {
                    "path": "payload.plainToken",
                    "when": (("body:event", "endpoint.url_validation"),),
                    "hmac": "sha256",
                    "reply": "json",
                    "under": "encryptedToken",
                    "repeat": "plainToken",
                },
            ),
        ),
        documentation="https://developers.zoom.us/docs/api/webhooks/",
        sample=Sample(
            body='{"event": "meeting.started", "event_ts": 1626230691572, "payload": {"account_id": "AAAAAABBBB", "object": {"id": "1234567890", "uuid": "4444AAAiAAAAAiAiAiiAii==", "host_id": "x1yCzABCDEfg23HiJKl4mN", "topic": "My Meeting"}}}'
        ),
    ),
)
