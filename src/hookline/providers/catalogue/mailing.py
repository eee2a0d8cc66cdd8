"""Senders for e-mail and text messages to many recipients: campaigns, newsletters and delivery reports."""

from __future__ import annotations

from typing import Final

from hookline.providers.provider import FORM, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="attentive",
        title="Attentive",
        signed_with="the webhook's signing key",
        verify={"scheme": "hmac", "header": "x-attentive-hmac-sha256"},
        find_id="content-hash",
        find_type="type",
        find_time="timestamp",
        retries="for up to 3 days with growing pauses",
        documentation="https://docs.attentive.com/docs/webhook-authentication/",
        sample=Sample(
            body='{"type": "sms.subscribed", "timestamp": 1649448105345, "company": {"display_name": "Example", "company_id": "NTQ3"}, "subscriber": {"email": "someone@example.com", "phone": "+13115552368", "external_id": 1234567890}}'
        ),
    ),
    # beehiiv sends by Svix.
    Provider(
        name="beehiiv",
        title="beehiiv",
        signed_with="the endpoint's signing secret, whsec_…",
        verify={"scheme": "standard-webhooks", "spelling": "svix"},
        carries_id=True,
        find_id="header:svix-id",
        find_type="event_type || 'webhook'",
        keeps_id=True,
        documentation="https://developers.beehiiv.com/webhooks",
        sample=Sample(
            body='{"data": {"id": "sub_f1f1f1f1-0000-4000-8000-000000000000", "email": "hello@example.com", "status": "active", "created": 1668795053}, "event_type": "subscription.confirmed", "event_timestamp": 1735689600, "publication_id": "pub_ad76629e-4a39-43ad-8055-0ee89dc6db15"}'
        ),
    ),
    Provider(
        name="brevo",
        title="Brevo",
        signed_with="the token of the webhook's `auth`",
        verify={"scheme": "token", "bearer": True},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="content-hash",
        find_type="event",
        find_time="ts_epoch || ts_event || ts",
        notes='Make the webhook with `"auth": {"type": "bearer", "token": …}`; a URL with user and password needs the general scheme `basic`.',
        documentation="https://developers.brevo.com/docs/secure-webhook-calls",
        sample=Sample(
            body='{"event": "delivered", "email": "example@example.com", "id": 26224, "date": "2020-10-09 00:00:00", "ts": 1604937337, "message-id": "<201798300811.5787683@relay.domain.com>", "ts_event": 1604933654, "subject": "My first Transactional", "ts_epoch": 1604933653000}'
        ),
    ),
    # Reporting webhooks of Customer.io.
    Provider(
        name="customer-io",
        title="Customer.io",
        signed_with="the reporting webhook's signing key",
        verify={
            "scheme": "hmac",
            "header": "X-CIO-Signature",
            "timestamp_header": "X-CIO-Timestamp",
            "template": "v0:{timestamp}:{body}",
        },
        find_id="event_id",
        find_type="join('.', [object_type, metric])",
        find_time="timestamp",
        keeps_id=True,
        deadline=4,
        retries="for 7 days with growing pauses",
        documentation="https://docs.customer.io/integrations/api/webhooks/",
        sample=Sample(
            body='{"event_id": "01E4C4CT6YDC7Y5M7FE1GWWPQJ", "object_type": "email", "metric": "delivered", "timestamp": 1613063089, "data": {"customer_id": "0200102", "delivery_id": "ZAIAAVTJVG0QcCok0-0ZKj6yiQ==", "recipient": "test@example.com", "subject": "Thanks for signing up"}}'
        ),
    ),
    # Emailit signs with the whole secret, including whsec_.
    Provider(
        name="emailit",
        title="Emailit",
        signed_with="the webhook's secret, whole: whsec_…",
        verify={
            "scheme": "hmac",
            "header": "X-Emailit-Signature",
            "timestamp_header": "X-Emailit-Timestamp",
        },
        find_id="[0].event_id || event_id || content-hash",
        find_type="[0].type || type",
        keeps_id=True,
        deadline=30,
        retries="after 5 and 30 minutes, 2 and 5 hours, then 6 times every 12 hours",
        notes="One call carries up to 100 events; id and type are those of the first, and all are repeated together.",
        documentation="https://emailit.com/docs/webhooks/request-signature",
        sample=Sample(
            body='[{"event_id":"evt_2bH7kNwP5mQaV1sXgIdKe6pZr","type":"email.delivered","data":{"object":{"id":"em_4yM2nTvR8oPcX3uZiKeLg7sB","object":"email","to":"user@example.com","subject":"Hello"}}}]',
            fresh="event_id",
        ),
    ),
    # Klaviyo's system webhooks; those of a flow are not signed.
    Provider(
        name="klaviyo",
        title="Klaviyo",
        signed_with="the webhook's secret key",
        verify={
            "scheme": "hmac",
            "header": "Klaviyo-Signature",
            "timestamp_header": "Klaviyo-Timestamp",
            "timestamp_format": "http-date",
            "template": "{body}{timestamp}",
        },
        find_id="content-hash",
        find_type="data[0].topic",
        find_time="meta.timestamp",
        notes="One call may carry several events; the type is that of the first. Webhooks that a flow sends are not signed.",
        documentation="https://developers.klaviyo.com/en/docs/working_with_system_webhooks",
        sample=Sample(
            body='{"data": [{"external_id": "6aKyKqRmhYn", "topic": "event:klaviyo.opened_email", "payload": {"data": {"type": "event", "id": "6aKyKqRmhYn"}}}], "meta": {"timestamp": "2026-04-13T22:50:12.101159+00:00", "klaviyo_account_id": "XyZ123", "version": "2024-06-28"}}',
            headers={"Klaviyo-Webhook-Id": "01KP4928STE8FKCWB6WDHZ4ZB7"},
        ),
    ),
    # Audience webhooks of Mailchimp; the URL contains the secret.
    Provider(
        name="mailchimp",
        title="Mailchimp",
        signed_with="a secret that you write into the query of the webhook's URL, as `secret`",
        verify={"scheme": "token", "query": "secret"},
        takes=frozenset({"query"}),
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in the query of each call",
        find_id="content-hash",
        media_types=FORM,
        deadline=10,
        retries="with growing pauses for 75 minutes",
        notes="The secret is in the URL: keep the query out of the logs of proxies.",
        handshake_kinds=(("ping.Presence", {"method": "GET"}),),
        documentation="https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/",
        sample=Sample(
            body="type=subscribe&fired_at=2009-03-26+21%3A35%3A57&data%5Bid%5D=8a25ff1d98&data%5Blist_id%5D=a6b5da1054&data%5Bemail%5D=api%40mailchimp.com&data%5Bemail_type%5D=html",
            media_type="application/x-www-form-urlencoded",
        ),
    ),
    Provider(
        name="mailerlite",
        title="MailerLite",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "Signature"},
        find_id="content-hash",
        find_type="type || events[0].type",
        deadline=3,
        retries="3 times: after 10, 100 and 1000 seconds",
        documentation="https://developers.mailerlite.com/docs/webhooks",
        sample=Sample(
            body='{"events": [{"type": "subscriber.created", "subscriber": {"id": "31986843064993537", "email": "jane@example.com", "status": "active", "created_at": "2022-02-11T12:00:00.000000Z"}}]}'
        ),
    ),
    Provider(
        name="mailtrap",
        title="Mailtrap",
        signed_with="the webhook's signature token",
        verify={"scheme": "hmac", "header": "Mailtrap-Signature"},
        find_id="content-hash",
        find_type="events[0].event",
        find_time="events[0].timestamp",
        notes="One call may carry several events; the type is that of the first.",
        documentation="https://docs.mailtrap.io/email-api-smtp/advanced/webhooks",
        sample=Sample(
            body='{"events": [{"event": "delivery", "timestamp": 1648342702, "sending_stream": "transactional", "category": "Password reset", "message_id": "1df37d17-0286-4d8b-8edf-bc4ec5be86e6", "email": "receiver@example.com", "event_id": "bede7236-2284-43d6-a953-1fdcafd0fdbc"}]}'
        ),
    ),
    # Mailchimp Transactional, once Mandrill.
    Provider(
        name="mandrill",
        title="Mailchimp Transactional (Mandrill)",
        signed_with="the webhook's key",
        verify={
            "scheme": "hmac",
            "header": "X-Mandrill-Signature",
            "algorithm": "sha1",
            "encoding": "base64",
            "template": "{url}{form}",
        },
        find_id="content-hash",
        media_types=FORM,
        notes="Mandrill supports only SHA-1. The public URL must be the webhook's URL, character for character. The events are JSON in the form's field mandrill_events.",
        handshake_kinds=(("ping.Presence", {}),),
        documentation="https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/",
        sample=Sample(
            body="mandrill_events=%5B%7B%22event%22%3A%22send%22%2C%22ts%22%3A1365109999%2C%22_id%22%3A%22exampleaaaaaaaaaaaaaaaaaaaaaaaaa%22%2C%22msg%22%3A%7B%22email%22%3A%22example.webhook%40mandrillapp.com%22%7D%7D%5D",
            media_type="application/x-www-form-urlencoded",
        ),
    ),
)
