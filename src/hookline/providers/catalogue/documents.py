"""Senders for documents, tasks, forms and appointments, which sign with a keyed hash."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="acrobat-sign",
        title="Adobe Acrobat Sign",
        signs="the client id in `X-AdobeSign-ClientId`",
        signed_with="the client id of the application that made the webhook",
        verify={"scheme": "token", "header": "X-AdobeSign-ClientId"},
        proves=Proves.SENDER,
        covers="nothing: the client id itself is in a header of each call",
        find_id="webhookNotificationId",
        find_type="event",
        find_time="eventDate",
        notes='Acrobat Sign does not sign its calls, and a client id is not a real secret: it is in the links with which users give their consent. Each answer must contain it too, so write `answer = { body = \'{"xAdobeSignClientId": "YOUR_CLIENT_ID"}\' }`: without it Acrobat Sign sends every event again.',
        handshake_kinds=(
            (
                "echo.EchoedHeader",
                {"header": "X-AdobeSign-ClientId", "reply": "header", "under": "X-AdobeSign-ClientId"},
            ),
        ),
        documentation="https://helpx.adobe.com/sign/developer/webhook/overview.html",
        sample=Sample(
            body='{"webhookId": "CBJCHBCAABAA8z4Hh1VX6dMWT5v8K1G4n6eRDRYM9UuM", "webhookName": "Agreements", "webhookNotificationId": "4a2ff2a1-4ef3-4b1c-8f1a-0d7a0f3d3a11", "webhookScope": "ACCOUNT", "event": "AGREEMENT_CREATED", "eventDate": "2026-01-02T03:04:05Z", "eventResourceType": "agreement", "agreement": {"id": "CBJCHBCAABAAo6FBFWs6kcMAGWmEKNVuGZKSpYVzpqjZ", "name": "NDA", "status": "OUT_FOR_SIGNATURE"}}'
        ),
    ),
    Provider(
        name="airtable",
        title="Airtable",
        signs="`X-Airtable-Content-MAC: hmac-sha256=…`, hex over the body, the key in base64",
        signed_with="the webhook's macSecretBase64",
        verify={
            "scheme": "hmac",
            "header": "X-Airtable-Content-MAC",
            "prefix": "hmac-sha256=",
            "secret_encoding": "base64",
        },
        find_id="content-hash",
        find_time="timestamp",
        answer=SuccessAnswer(),
        deadline=25,
        notes="A call says only that something changed: read the change from the API.",
        documentation="https://airtable.com/developers/web/api/webhooks-overview",
        sample=Sample(
            body='{"base": {"id": "app00000000000000"}, "webhook": {"id": "ach00000000000000"}, "timestamp": "2022-02-01T21:25:05.663Z"}'
        ),
    ),
    Provider(
        name="asana",
        title="Asana",
        signs="`X-Hook-Signature`, hex over the body",
        signed_with="the secret that Asana sent in X-Hook-Secret when the webhook was made",
        verify={"scheme": "hmac", "header": "X-Hook-Signature"},
        find_id="content-hash",
        answer=SuccessAnswer(),
        deadline=10,
        retries="with growing pauses for 24 hours, then the webhook is deleted",
        notes="Each webhook has its own secret, and its own source here. A heartbeat has no events: it is answered and not stored.",
        handshake_kinds=(
            ("secret_exchange.SecretInHeader", {"header": "X-Hook-Secret"}),
            ("ping.Heartbeat", {}),
        ),
        documentation="https://developers.asana.com/docs/webhooks-guide",
        sample=Sample(
            body='{"events": [{"user": {"gid": "12345", "resource_type": "user"}, "created_at": "2013-08-21T18:20:37.972Z", "action": "changed", "resource": {"gid": "1337", "resource_type": "task", "name": "My Task"}, "parent": null}]}'
        ),
    ),
    Provider(
        name="calendly",
        title="Calendly",
        signs="`Calendly-Webhook-Signature: t=…,v1=…` over the time and the body",
        signed_with="the webhook's signing key",
        verify={
            "scheme": "hmac",
            "header": "Calendly-Webhook-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
        },
        find_id="content-hash",
        find_type="event",
        find_time="created_at",
        retries="for 24 hours with growing pauses, then the webhook is disabled",
        notes="Calendly's example tolerates 180 seconds; hookline tolerates 300 unless `tolerance` is set.",
        documentation="https://developer.calendly.com/api-docs/4c305798a61d3-webhook-signatures",
        sample=Sample(
            body='{"event": "invitee.created", "created_at": "2020-11-23T17:51:19.000000Z", "created_by": "https://api.calendly.com/users/AAAAAAAAAAAAAAAA", "payload": {"email": "test@example.com", "name": "John Doe", "status": "active"}}'
        ),
    ),
    # DocuSign Connect.
    Provider(
        name="docusign",
        title="DocuSign",
        signs="`X-DocuSign-Signature-1`, `-2` and so on, one for each key, base64 over the body",
        signed_with="a Connect HMAC key",
        verify={"scheme": "hmac", "header": "X-DocuSign-Signature-{n}", "encoding": "base64"},
        find_id="content-hash",
        find_type="event || 'webhook'",
        find_time="generatedDateTime",
        notes="DocuSign documents no largest body. Messages that include documents are as large as the documents: set `max_body` for them.",
        documentation="https://developers.docusign.com/platform/webhooks/connect/hmac/",
        sample=Sample(
            body='{"event": "envelope-completed", "apiVersion": "v2.1", "uri": "/restapi/v2.1/accounts/1/envelopes/2", "retryCount": 0, "configurationId": 10418598, "generatedDateTime": "2023-06-14T16:34:28.6290000Z", "data": {"accountId": "1", "envelopeId": "2", "envelopeSummary": {"status": "completed"}}}'
        ),
    ),
    Provider(
        name="dropbox",
        title="Dropbox",
        signs="`X-Dropbox-Signature`, hex over the body",
        signed_with="the app's secret",
        verify={"scheme": "hmac", "header": "X-Dropbox-Signature"},
        find_id="each-call",
        answer=SuccessAnswer(),
        deadline=10,
        notes="A call says only whose files changed: two equal calls are two changes, so each call is a separate event.",
        handshake_kinds=(("echo.EchoedParameter", {"parameter": "challenge"}),),
        documentation="https://www.dropbox.com/developers/reference/webhooks",
        sample=Sample(
            body='{"list_folder": {"accounts": ["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"]}, "delta": {"users": [12345678]}}'
        ),
    ),
    Provider(
        name="notion",
        title="Notion",
        signs="`X-Notion-Signature: sha256=…`, hex over the body",
        signed_with="the verification token that Notion sent when the subscription was made",
        verify={"scheme": "hmac", "header": "X-Notion-Signature", "prefix": "sha256="},
        find_id="id",
        find_type="type",
        find_time="timestamp",
        keeps_id=True,
        answer=SuccessAnswer(),
        handshake_kinds=(("secret_exchange.SecretInMember", {"name": "verification_token"}),),
        documentation="https://developers.notion.com/reference/webhooks",
        sample=Sample(
            body='{"id": "367cba44-b6f3-4c92-81e7-6a2e9659efd4", "timestamp": "2024-12-05T23:55:34.285Z", "workspace_id": "13950b26-c203-4f3b-b97d-93ec06319565", "type": "page.created", "attempt_number": 1, "entity": {"id": "153104cd-477e-809d-8dc4-ff2d96ae3090", "type": "page"}}'
        ),
    ),
    Provider(
        name="sanity",
        title="Sanity",
        signs="`sanity-webhook-signature: t=…,v1=…`, base64url over the time in milliseconds and the body",
        signed_with="the webhook's secret",
        verify={
            "scheme": "hmac",
            "header": "sanity-webhook-signature",
            "encoding": "base64url",
            "fields": {"timestamp": "t", "signature": "v1"},
            "timestamp_format": "milliseconds",
            "shortest_secret": 1,
        },
        find_id="header:idempotency-key || content-hash",
        max_body=32 * 1024 * 1024,  # a document of 32 MB, in SI units, with room for additions by a projection
        max_body_source="https://www.sanity.io/docs/content-lake/technical-limits",
        notes="A projection that sends before() and after() together can be twice as large as one document: write a larger `max_body` for it.",
        evidence=Evidence.VECTOR,
        documentation="https://www.sanity.io/docs/http-reference/webhooks",
        sample=Sample(
            body='{"_id": "resume", "_type": "post", "title": "Resume"}', headers={"idempotency-key": "{id}"}
        ),
    ),
    Provider(
        name="typeform",
        title="Typeform",
        signs="`Typeform-Signature: sha256=…`, base64 over the body",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "Typeform-Signature", "encoding": "base64", "prefix": "sha256="},
        find_id="event_id",
        find_type="event_type",
        find_time="form_response.submitted_at",
        deadline=30,
        retries="with growing pauses; 404 and 410 disable the webhook immediately",
        documentation="https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
        sample=Sample(
            body='{"event_id": "LtWXD3crgy", "event_type": "form_response", "form_response": {"form_id": "lT4Z3j", "token": "a3a12ec67a1365927098a606107fac15", "submitted_at": "2018-01-18T18:17:02Z", "answers": []}}'
        ),
    ),
)
