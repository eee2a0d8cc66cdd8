"""Senders of those who publish, advertise and sell: campaigns, forms, links, sites, customers and deals."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import FORM, JSON, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # The events of Akeneo PIM.
    Provider(
        name="akeneo",
        title="Akeneo PIM",
        signed_with="the connection's secret",
        verify={
            "scheme": "hmac",
            "header": "X-Akeneo-Request-Signature",
            "timestamp_header": "X-Akeneo-Request-Timestamp",
        },
        find_id="content-hash",
        find_type="events[0].action",
        find_time="events[0].event_datetime",
        notes="One call may carry several events; the type is that of the first.",
        documentation="https://api.akeneo.com/events-documentation/security.html",
        sample=Sample(
            body='{"events": [{"action": "product.updated", "event_id": "5d30d0f6-87a6-45ad-ba6b-3a302b0d328c", "event_datetime": "2020-01-01T00:00:00+00:00", "author": "julia", "author_type": "ui", "pim_source": "staging.akeneo.com", "data": {"resource": {"identifier": "top"}}}]}'
        ),
    ),
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
    Provider(
        name="attio",
        title="Attio",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "Attio-Signature"},
        find_id="header:Idempotency-Key || content-hash",
        find_type="events[0].event_type",
        keeps_id=True,
        notes="One call may carry several events; the type is that of the first. The id stands in a header, which is not signed.",
        documentation="https://docs.attio.com/rest-api/guides/webhooks",
        sample=Sample(
            body='{"webhook_id": "34f2b5a1-0c3d-4a2a-8a8e-5f6f0f1c2d3e", "events": [{"event_type": "note.created", "id": {"workspace_id": "14beef7a-99f7-4534-a87e-70b564330a4c", "note_id": "52aa3a0a-4c3b-4b0a-9a3e-2e1f0d9c8b7a"}, "actor": {"type": "workspace-member", "id": "50cf242c-7fa3-4cad-87d0-75b1af71c57b"}}]}',
            headers={"Idempotency-Key": "{id}"},
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
        covers="nothing: the secret itself stands in a header of each call",
        find_id="content-hash",
        find_type="event",
        find_time="ts_epoch || ts_event || ts",
        notes='Make the webhook with `"auth": {"type": "bearer", "token": …}`; its URL with user and password needs the general scheme `basic`.',
        documentation="https://developers.brevo.com/docs/secure-webhook-calls",
        sample=Sample(
            body='{"event": "delivered", "email": "example@example.com", "id": 26224, "date": "2020-10-09 00:00:00", "ts": 1604937337, "message-id": "<201798300811.5787683@relay.domain.com>", "ts_event": 1604933654, "subject": "My first Transactional", "ts_epoch": 1604933653000}'
        ),
    ),
    # Close, the CRM.
    Provider(
        name="close",
        title="Close",
        signed_with="the subscription's signature_key, in hex as Close shows it",
        verify={
            "scheme": "hmac",
            "header": "close-sig-hash",
            "secret_encoding": "hex",
            "timestamp_header": "close-sig-timestamp",
            "template": "{timestamp}{body}",
        },
        find_id="event.id",
        find_type="join('.', [event.object_type, event.action])",
        find_time="event.date_created",
        keeps_id=True,
        retries="for up to 72 hours with growing pauses of up to 20 minutes",
        documentation="https://developer.close.com/resources/webhook-subscriptions/",
        sample=Sample(
            body='{"event": {"id": "ev_2sYKRjcrA79yKxi3S4Crd7", "object_type": "lead", "action": "updated", "date_created": "2019-01-15T12:48:23.395000", "object_id": "lead_xIcWMg4GNaDf1TE9cVvJqkmYXVAuqOTMnAUu3kY9FaH", "changed_fields": ["display_name"]}, "subscription_id": "whsub_8AmjKCZYT3zI8eZoi5HhFC"}'
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
    Provider(
        name="dub",
        title="Dub",
        signed_with="the webhook's signing secret",
        verify={"scheme": "hmac", "header": "Dub-Signature"},
        find_id="id",
        find_type="event",
        find_time="createdAt",
        keeps_id=True,
        documentation="https://dub.co/docs/webhooks/verify-webhook-requests",
        sample=Sample(
            body='{"id": "evt_KleiO5HIJvWYPxnBMUIsYgdLJ", "event": "lead.created", "createdAt": "2024-08-26T16:41:52.346Z", "data": {"eventName": "Sign Up", "customer": {"id": "cus_1", "email": "jane@example.com"}, "link": {"id": "clx1", "domain": "dub.sh", "key": "try"}}}'
        ),
    ),
    # Emailit signs with the whole secret, whsec_ and all.
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
    # Form submissions of Fillout; its database signs otherwise.
    Provider(
        name="fillout",
        title="Fillout forms",
        signed_with="the value of the header that you write at Fillout, as `Authorization`",
        verify={"scheme": "token", "header": "Authorization"},
        takes=frozenset({"header"}),
        proves=Proves.SENDER,
        covers="nothing: the secret itself stands in a header of each call",
        find_id="submission.submissionId || submissionId",
        find_time="submission.submissionTime || submissionTime",
        keeps_id=True,
        notes="Add the header under the advanced settings of the webhook; another name than Authorization is the option `header`.",
        documentation="https://www.fillout.com/help/webhook",
        sample=Sample(
            body='{"formId": "vso7hSUJtEus", "formName": "Contact", "submission": {"submissionId": "5bf3b9c3-2a3f-4d0a-8c6f-4a0f2c8a1b2c", "submissionTime": "2024-02-19T15:39:32.451Z", "questions": [{"id": "5AtgG35AAZVcrSVfRubvp1", "name": "What is your name?", "type": "ShortAnswer", "value": "Timmy"}]}}',
            fresh="submissionId",
        ),
    ),
    Provider(
        name="framer",
        title="Framer forms",
        signed_with="the form's webhook secret",
        verify={
            "scheme": "hmac",
            "header": "Framer-Signature",
            "prefix": "sha256=",
            "template": "{body}{header:Framer-Webhook-Submission-Id}",
        },
        find_id="header:Framer-Webhook-Submission-Id",
        keeps_id=True,
        retries="up to 5 times",
        documentation="https://www.framer.com/help/articles/framer-form-webhook-setup",
        sample=Sample(
            body='{"Name": "Jane", "Email": "jane@example.com", "Message": "Hello"}',
            headers={"Framer-Webhook-Submission-Id": "{id}"},
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
    Provider(
        name="linkedin",
        title="LinkedIn",
        signed_with="the application's client secret",
        verify={"scheme": "hmac", "header": "X-LI-Signature", "template": "hmacsha256={body}"},
        find_id="content-hash",
        find_type="type",
        retries="every 5 minutes for up to 8 hours",
        notes="One call may carry several notifications, each with a notificationId.",
        handshake_kinds=(
            (
                "echo.EchoedParameter",
                {
                    "parameter": "challengeCode",
                    "hmac": "sha256",
                    "reply": "json",
                    "under": "challengeResponse",
                    "repeat": "challengeCode",
                },
            ),
        ),
        documentation="https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation",
        sample=Sample(
            body='{"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": [{"notificationId": 1, "organizationalEntity": "urn:li:organization:28141", "action": "LIKE", "lastModifiedAt": 1611794000000}]}'
        ),
    ),
    # Audience webhooks of Mailchimp; the URL holds the secret.
    Provider(
        name="mailchimp",
        title="Mailchimp",
        signed_with="a secret that you write into the query of the webhook's URL, as `secret`",
        verify={"scheme": "token", "query": "secret"},
        takes=frozenset({"query"}),
        proves=Proves.SENDER,
        covers="nothing: the secret itself stands in the query of each call",
        find_id="content-hash",
        media_types=FORM,
        deadline=10,
        retries="with growing pauses for 75 minutes",
        notes="The secret stands in the URL: keep the query out of the logs of proxies.",
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
        notes="SHA-1 is the only form that Mandrill has. The public URL must be the webhook's URL, character for character. The events are JSON in the form's field mandrill_events.",
        handshake_kinds=(("ping.Presence", {}),),
        documentation="https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/",
        sample=Sample(
            body="mandrill_events=%5B%7B%22event%22%3A%22send%22%2C%22ts%22%3A1365109999%2C%22_id%22%3A%22exampleaaaaaaaaaaaaaaaaaaaaaaaaa%22%2C%22msg%22%3A%7B%22email%22%3A%22example.webhook%40mandrillapp.com%22%7D%7D%5D",
            media_type="application/x-www-form-urlencoded",
        ),
    ),
    # Cohort syncs of Mixpanel.
    Provider(
        name="mixpanel",
        title="Mixpanel cohort syncs",
        signed_with="user:password of the webhook's basic authentication",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself stands in a header of each call",
        find_id="each-call",
        find_type="action",
        notes="Basic authentication is optional at Mixpanel: set it. One call is one page of a sync.",
        documentation="https://docs.mixpanel.com/docs/cohort-sync/webhooks",
        sample=Sample(
            body='{"action": "add_members", "parameters": {"mixpanel_project_id": "12345", "mixpanel_cohort_name": "Power users", "mixpanel_cohort_id": "99999", "mixpanel_session_id": "4bc5b1ee-b1a2-4d4c-8d2e-0f1a2b3c4d5e", "page_info": {"total_pages": 1, "page_count": 1}, "members": [{"email": "jane@example.com", "$distinct_id": "jane"}]}}'
        ),
    ),
    Provider(
        name="pipedrive",
        title="Pipedrive",
        signed_with="user:password: http_auth_user and http_auth_password of the webhook",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself stands in a header of each call",
        find_id="meta.id || content-hash",
        find_type="join('.', [meta.action, meta.entity || meta.object])",
        find_time="meta.timestamp",
        deadline=10,
        retries="3 times: after 3, 30 and 150 seconds",
        documentation="https://pipedrive.readme.io/docs/guide-for-webhooks-v2",
        sample=Sample(
            body='{"data": {"id": 1, "title": "Deal title", "status": "open", "value": 1000, "currency": "USD"}, "previous": null, "meta": {"action": "create", "company_id": "12345", "correlation_id": "eb4a1b6f-c0d0-4b8e-8a0a-1f9b4a6b1a1f", "entity_id": "1", "entity": "deal", "id": "2cbb5d37-0f58-4d1b-8a57-4d7b3b6d0b0e", "is_bulk_edit": false, "timestamp": "2024-05-29T12:34:56.000Z", "type": "application", "user_id": "1", "version": "2.0"}}',
            fresh="id",
        ),
    ),
    # The destination «Webhooks» of Twilio Segment.
    Provider(
        name="segment",
        title="Segment",
        signed_with="the shared secret of the webhook destination",
        verify={"scheme": "hmac", "header": "X-Signature", "algorithm": "sha1"},
        find_id="messageId || content-hash",
        find_type="type",
        find_time="timestamp",
        keeps_id=True,
        notes="SHA-1 is the only form that Segment has. Turn batching off: of several events in a call, Segment signs only the first.",
        documentation="https://segment.com/docs/connections/destinations/catalog/actions-webhook/",
        sample=Sample(
            body='{"anonymousId": "507f191e810c19729de860ea", "event": "Item Purchased", "messageId": "022bb90c-bbac-11e4-8dfc-aa07a5b093db", "properties": {"price": 39.95}, "receivedAt": "2015-02-23T22:28:55.387Z", "sentAt": "2015-02-23T22:28:55.111Z", "timestamp": "2015-02-23T22:28:55.111Z", "type": "track", "userId": "97980cfea0067", "version": "1.1"}',
            fresh="messageId",
        ),
    ),
    # Storyblok's webhooks of a space.
    Provider(
        name="storyblok",
        title="Storyblok",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "webhook-signature", "algorithm": "sha1"},
        find_id="each-call",
        find_type="action",
        notes="SHA-1 is the only form that Storyblok has. Two changes of a story can have the same body: each call is an event.",
        documentation="https://www.storyblok.com/tp/webhook-secret-with-different-technologies",
        sample=Sample(
            body='{"text": "The user test@domain.com published the Story XYZ", "action": "published", "space_id": 123456, "story_id": 123456, "full_slug": "home"}'
        ),
    ),
    # SurveyMonkey; the key of its HMAC is the application's two secrets, joined.
    Provider(
        name="surveymonkey",
        title="SurveyMonkey",
        signed_with="the application's client id, an ampersand and its client secret: id&secret",
        verify={"scheme": "hmac", "header": "Sm-Signature", "algorithm": "sha1", "encoding": "base64"},
        find_id="event_id",
        find_type="event_type",
        find_time="event_datetime",
        media_types=JSON | frozenset({"application/vnd.surveymonkey.response.v1+json"}),
        notes="SHA-1 is the only form that SurveyMonkey has. The body names the response and does not hold it.",
        handshake_kinds=(("ping.Presence", {}),),
        documentation="https://github.com/SurveyMonkey/public_api_docs/blob/09ac94ec816a46d7a2c2516ae6a438096be52501/includes/_webhooks.md",
        sample=Sample(
            body='{"name": "My Webhook", "filter_type": "survey", "filter_id": "123456789", "event_type": "response_completed", "event_id": "123456789", "object_type": "response", "object_id": "123456", "event_datetime": "2016-01-01T21:56:31.182613+00:00", "resources": {"respondent_id": "3344556677", "recipient_id": "4455667788", "collector_id": "5566778899", "survey_id": "123456789", "user_id": "1111111111"}}'
        ),
    ),
    Provider(
        name="tally",
        title="Tally",
        signed_with="the webhook's signing secret",
        verify={"scheme": "hmac", "header": "Tally-Signature", "encoding": "base64"},
        find_id="eventId",
        find_type="eventType",
        find_time="createdAt",
        keeps_id=True,
        deadline=10,
        retries="after 5 and 30 minutes, 1 and 6 hours and 1 day",
        documentation="https://tally.so/help/webhooks",
        sample=Sample(
            body='{"eventId": "a4cb511e-d513-4fa5-baee-b815d718dfd1", "eventType": "FORM_RESPONSE", "createdAt": "2023-06-28T15:00:21.889Z", "data": {"responseId": "2wgx4n", "formId": "VwbNEw", "formName": "Webhook payload", "fields": [{"key": "question_mRkQ5v", "label": "Name", "type": "INPUT_TEXT", "value": "Jane"}]}}'
        ),
    ),
    # TikTok for Developers; TikTok Shop signs otherwise.
    Provider(
        name="tiktok",
        title="TikTok for Developers",
        signed_with="the application's client secret",
        verify={"scheme": "hmac", "header": "TikTok-Signature", "fields": {"timestamp": "t", "signature": "s"}},
        find_id="content-hash",
        find_type="event",
        find_time="create_time",
        answer=SuccessAnswer(),
        retries="for up to 72 hours with growing pauses",
        documentation="https://developers.tiktok.com/doc/webhooks-verification/",
        sample=Sample(
            body='{"client_key": "bwo2m45353a6k85", "event": "video.publish.completed", "create_time": 1615338610, "user_openid": "act.example12345Example12345Example", "content": "{\\"share_id\\":\\"video.6974245311675353080.VDCxrcMJ\\"}"}'
        ),
    ),
    Provider(
        name="zapier",
        title="Zapier",
        signed_with="user:password of the step's basic authentication",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself stands in a header of each call",
        find_id="each-call",
        notes="The body is what you write in the step «Webhooks by Zapier»: where a field of it names the event, write that as `id`. With a header of yours instead, use the general scheme `token`.",
        documentation="https://help.zapier.com/hc/en-us/articles/8496326446989-Send-webhooks-in-Zaps",
        sample=Sample(body='{"email": "jane@example.com", "source": "form"}'),
    ),
)
