"""Senders for publishing, advertising and selling: campaigns, forms, links, sites, customers and deals."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import JSON, Proves, Provider, Sample

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
        name="attio",
        title="Attio",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "Attio-Signature"},
        find_id="header:Idempotency-Key || content-hash",
        find_type="events[0].event_type",
        keeps_id=True,
        notes="One call may carry several events; the type is that of the first. The id is in a header, which is not signed.",
        documentation="https://docs.attio.com/rest-api/guides/webhooks",
        sample=Sample(
            body='{"webhook_id": "34f2b5a1-0c3d-4a2a-8a8e-5f6f0f1c2d3e", "events": [{"event_type": "note.created", "id": {"workspace_id": "14beef7a-99f7-4534-a87e-70b564330a4c", "note_id": "52aa3a0a-4c3b-4b0a-9a3e-2e1f0d9c8b7a"}, "actor": {"type": "workspace-member", "id": "50cf242c-7fa3-4cad-87d0-75b1af71c57b"}}]}',
            headers={"Idempotency-Key": "{id}"},
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
    # Form submissions of Fillout; its database signs in another way.
    Provider(
        name="fillout",
        title="Fillout forms",
        signed_with="the value of the header that you write at Fillout, as `Authorization`",
        verify={"scheme": "token", "header": "Authorization"},
        takes=frozenset({"header"}),
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="submission.submissionId || submissionId",
        find_time="submission.submissionTime || submissionTime",
        keeps_id=True,
        notes="Add the header under the advanced settings of the webhook; set the option `header` to use another name than Authorization.",
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
    # Cohort syncs of Mixpanel.
    Provider(
        name="mixpanel",
        title="Mixpanel cohort syncs",
        signed_with="user:password of the webhook's basic authentication",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
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
        covers="nothing: the secret itself is in a header of each call",
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
        notes="Segment supports only SHA-1. Switch batching off: if a call has several events, Segment signs only the first.",
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
        notes="Storyblok supports only SHA-1. Two changes of a story can have the same body, so each call is an event.",
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
        notes="SurveyMonkey supports only SHA-1. The body names the response and does not contain it.",
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
    # TikTok for Developers; TikTok Shop signs in another way.
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
        covers="nothing: the secret itself is in a header of each call",
        find_id="each-call",
        notes="You write the body in the step «Webhooks by Zapier»: if one of its fields identifies the event, use that field as `id`. With your own header instead, use the general scheme `token`.",
        documentation="https://help.zapier.com/hc/en-us/articles/8496326446989-Send-webhooks-in-Zaps",
        sample=Sample(body='{"email": "jane@example.com", "source": "form"}'),
    ),
)
