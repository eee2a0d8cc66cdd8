"""Senders that write the secret itself into a header."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="chargebee",
        title="Chargebee",
        signs="user and password in `Authorization`",
        signed_with="user:password of the webhook's basic authentication",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="id",
        find_type="event_type",
        find_time="occurred_at",
        keeps_id=True,
        retries="up to 7 times with growing pauses",
        documentation="https://www.chargebee.com/docs/2.0/webhook_settings.html",
        sample=Sample(
            body='{"id": "ev_16BdDXSlbu4uV1Ee6", "occurred_at": 1487075885, "source": "api", "object": "event", "api_version": "v2", "event_type": "subscription_created", "webhook_status": "not_configured", "content": {"subscription": {"id": "16BdDXSlbu4uD1Ee5"}}}'
        ),
    ),
    Provider(
        name="okta",
        title="Okta event hooks",
        signs="the secret in `Authorization`",
        signed_with="the whole value of the Authorization field, as it was written at Okta",
        verify={"scheme": "token", "header": "Authorization"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="eventId",
        find_type="data.events[0].eventType || eventType",
        find_time="eventTime",
        answer=SuccessAnswer(),
        deadline=3,
        retries="once, after a timeout or 5xx",
        notes="One call may carry several events; the type is that of the first.",
        handshake_kinds=(
            (
                "echo.EchoedHeader",
                {"header": "X-Okta-Verification-Challenge", "reply": "json", "under": "verification"},
            ),
        ),
        documentation="https://developer.okta.com/docs/concepts/event-hooks/",
        sample=Sample(
            body='{"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "cloudEventsVersion": "0.1", "source": "https://example.okta.com/api/v1/eventHooks/who1", "eventId": "b5a188b9-5ece-4636-b041-482ffda96311", "eventTime": "2019-03-27T16:59:53.032Z", "data": {"events": [{"uuid": "f790999f-fe87-467a-9880-6982a583986c", "published": "2018-03-28T22:23:07.777Z", "eventType": "user.session.start", "version": "0"}]}}'
        ),
    ),
    Provider(
        name="postmark",
        title="Postmark",
        signs="user and password in `Authorization`",
        signed_with="user:password, as they are in the webhook's URL or settings",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="content-hash",
        find_type="RecordType || 'Inbound'",
        max_body=48 * 1024 * 1024,  # 35 MB of attachments in base64, and the text
        max_body_source="https://postmarkapp.com/support/article/1056-what-are-the-attachment-and-email-size-limits",
        answer=SuccessAnswer(),
        retries="until the answer is 200, up to 10 times with growing pauses; 403 stops them",
        notes="With RawEmailEnabled a body contains the attachments twice: write a `max_body` of twice the default, and raise `max_in_flight_bytes` under `[server]`.",
        documentation="https://postmarkapp.com/developer/webhooks/webhooks-overview",
        sample=Sample(
            body='{"RecordType": "Delivery", "ServerID": 23, "MessageStream": "outbound", "MessageID": "00000000-0000-0000-0000-000000000000", "Recipient": "john@example.com", "DeliveredAt": "2014-08-01T13:28:10.2735393-04:00"}'
        ),
    ),
    # Telegram bots.
    Provider(
        name="telegram",
        title="Telegram",
        signs="the secret token in `X-Telegram-Bot-Api-Secret-Token`",
        signed_with="the secret_token that setWebhook was given (1 to 256 characters; hookline needs at least 8)",
        verify={"scheme": "token", "header": "X-Telegram-Bot-Api-Secret-Token"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="update_id",
        keeps_id=True,
        answer=SuccessAnswer(body=b""),
        retries="a reasonable number of times, until any 2xx",
        notes="Telegram would read a body in the answer as a call of the bot's API, so the answer has none.",
        documentation="https://core.telegram.org/bots/api#setwebhook",
        sample=Sample(
            body='{"update_id": 10000, "message": {"date": 1441645532, "chat": {"id": 1111111, "type": "private", "first_name": "Test"}, "message_id": 1365, "from": {"id": 1111111, "first_name": "Test", "is_bot": false}, "text": "/start"}}'
        ),
    ),
)
