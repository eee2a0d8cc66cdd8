"""Senders of those who plan, hire, sign, store and measure: tasks, calendars, people, documents, media and devices."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # Acuity Scheduling.
    Provider(
        name="acuity",
        title="Acuity Scheduling",
        signed_with="the API key of the administrator's account",
        verify={"scheme": "hmac", "header": "X-Acuity-Signature", "encoding": "base64"},
        find_id="each-call",
        media_types=frozenset({"application/x-www-form-urlencoded"}),
        notes="Two changes of an appointment have the same body: each call is an event. Ask the API for the appointment.",
        documentation="https://developers.acuityscheduling.com/docs/webhooks",
        sample=Sample(
            body="action=scheduled&id=123&calendarID=1&appointmentTypeID=2",
            media_type="application/x-www-form-urlencoded",
        ),
    ),
    Provider(
        name="ashby",
        title="Ashby",
        signed_with="the webhook's secret token",
        verify={"scheme": "hmac", "header": "Ashby-Signature", "prefix": "sha256="},
        find_id="content-hash",
        find_type="action",
        documentation="https://developers.ashbyhq.com/docs/authenticating-webhooks",
        sample=Sample(
            body='{"action": "candidateStageChange", "data": {"application": {"id": "3ae2b801-19f6-41ef-ad28-214bd731948f", "createdAt": "2022-07-21T17:35:38.851Z", "updatedAt": "2022-07-21T17:37:38.851Z", "status": "Active", "candidate": {"id": "e9ed20fd-d45f-4aad-8a00-a19bfba0083e", "name": "Adam Hart"}}}}'
        ),
    ),
    # Autodesk Platform Services, once Forge.
    Provider(
        name="autodesk",
        title="Autodesk Platform Services",
        signed_with="the application's webhook secret token",
        verify={"scheme": "hmac", "header": "x-adsk-signature", "algorithm": "sha1", "prefix": "sha1hash="},
        find_id="content-hash",
        find_type="hook.event",
        notes="SHA-1 is the only form that Autodesk has.",
        documentation="https://aps.autodesk.com/en/docs/webhooks/v1/developers_guide/event-delivery-guarantees/",
        sample=Sample(
            body='{"version": "1.0", "resourceUrn": "urn:adsk.wipprod:fs.file:vf.wT5lCWlXSKeo3razOfHJAw?version=1", "hook": {"hookId": "0f60f6a0-996c-11e7-abf3-51d68cff984c", "tenant": "urn:adsk.wipprod:fs.folder:co.wT5lCWlXSKeo3razOfHJAw", "event": "dm.version.added", "system": "data"}, "payload": {"ext": "txt", "modifiedTime": "2018-09-04T23:00:10+0000", "name": "test.txt", "version": "1"}}'
        ),
    ),
    Provider(
        name="bamboohr",
        title="BambooHR",
        signed_with="the webhook's private key",
        verify={
            "scheme": "hmac",
            "header": "X-BambooHR-Signature",
            "timestamp_header": "X-BambooHR-Timestamp",
            "template": "{body}{timestamp}",
        },
        find_id="content-hash",
        find_type="employees[0].action || type",
        notes="One call may carry several employees; the type is that of the first.",
        documentation="https://documentation.bamboohr.com/docs/webhooks",
        sample=Sample(
            body='{"employees": [{"id": "123", "action": "Updated", "timestamp": "2022-07-19T16:27:03+00:00", "changedFields": ["Job Title"], "fields": {"Job Title": {"value": "Engineer"}}}]}'
        ),
    ),
    # BoldSign's documents.
    Provider(
        name="boldsign",
        title="BoldSign",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-BoldSign-Signature", "fields": {"timestamp": "t", "signature": "s0"}},
        find_id="event.id",
        find_type="event.eventType",
        find_time="event.created",
        keeps_id=True,
        documentation="https://developers.boldsign.com/webhooks/verify-webhook-signature/",
        sample=Sample(
            body='{"event": {"id": "e40f5e4a-2a3f-4d0a-8c6f-4a0f2c8a1b2c", "created": 1640757855, "eventType": "Completed", "environment": "Live"}, "data": {"object": "document", "documentId": "ecca3ea6-b2c5-4c0a-9f7e-7e3b3f3f1b1b", "messageTitle": "Contract", "status": "Completed"}}',
            headers={"X-BoldSign-Event": "Completed"},
        ),
    ),
    # Box's webhooks V2.
    Provider(
        name="box",
        title="Box",
        signed_with="the application's primary signature key; name the secondary one as a second secret",
        verify={
            "scheme": "hmac",
            "header": ["box-signature-primary", "box-signature-secondary"],
            "encoding": "base64",
            "timestamp_header": "box-delivery-timestamp",
            "timestamp_format": "rfc3339",
            "tolerance": timedelta(minutes=10),
            "template": "{body}{timestamp}",
        },
        find_id="id",
        find_type="trigger",
        find_time="created_at",
        keeps_id=True,
        deadline=30,
        retries="up to 10 times: after 5 minutes, then with growing pauses",
        evidence=Evidence.SDK,
        documentation="https://developer.box.com/guides/webhooks/v2/signatures-v2/",
        sample=Sample(
            body='{"type": "webhook_event", "id": "eb0c4e06-751f-442c-86f8-fd5bb404dbec", "created_at": "2016-01-26T15:57:18-08:00", "trigger": "FILE.UPLOADED", "webhook": {"id": "53", "type": "webhook"}, "source": {"id": "73835521473", "type": "file", "name": "test.txt"}}'
        ),
    ),
    Provider(
        name="cal-com",
        title="Cal.com",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Cal-Signature-256"},
        find_id="content-hash",
        find_type="triggerEvent",
        find_time="createdAt",
        notes="With a payload template of yours the id is still that of the body: two equal bodies are one event.",
        documentation="https://cal.com/docs/developing/guides/automation/webhooks",
        sample=Sample(
            body='{"triggerEvent": "BOOKING_CREATED", "createdAt": "2023-05-24T09:30:00.538Z", "payload": {"type": "60min", "title": "60min between Pro Example and John Doe", "startTime": "2023-05-25T09:30:00Z", "endTime": "2023-05-25T10:30:00Z", "uid": "bFJeNb2uX8ANpT3JL5EfXw", "bookingId": 91, "status": "ACCEPTED"}}'
        ),
    ),
    Provider(
        name="clickup",
        title="ClickUp",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Signature"},
        find_id="history_items[0].id || content-hash",
        find_type="event",
        keeps_id=True,
        deadline=7,
        retries="up to 5 times",
        documentation="https://developer.clickup.com/docs/webhooksignature",
        sample=Sample(
            body='{"event": "taskUpdated", "history_items": [{"id": "2800763136717140857", "type": 1, "date": "1642734631523", "field": "status", "before": {"status": "to do"}, "after": {"status": "in progress"}}], "task_id": "1vj37mc", "webhook_id": "7fa3ec74-69a8-4530-a251-8a13730bd204"}',
            fresh="id",
        ),
    ),
    # Clio Manage.
    Provider(
        name="clio",
        title="Clio",
        signed_with="the shared secret that came with the webhook's handshake",
        verify={"scheme": "hmac", "header": "X-Hook-Signature"},
        find_id="content-hash",
        find_type="meta.event",
        handshake_kinds=(("secret_exchange.SecretInHeader", {"header": "X-Hook-Secret"}),),
        documentation="https://docs.developers.clio.com/api-docs/clio-manage/webhooks/",
        sample=Sample(
            body='{"data": {"id": 1, "etag": "\\"9b8dd1b7cd7a2a3d2d1b1d1f9e0b7c3e\\"", "updated_at": "2018-01-23T00:00:00Z"}, "meta": {"event": "created", "webhook_id": 1}}'
        ),
    ),
    # Cloudflare Stream.
    Provider(
        name="cloudflare-stream",
        title="Cloudflare Stream",
        signed_with="the webhook's secret",
        verify={
            "scheme": "hmac",
            "header": "Webhook-Signature",
            "fields": {"timestamp": "time", "signature": "sig1"},
        },
        find_id="content-hash",
        find_type="status.state",
        find_time="modified",
        documentation="https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/",
        sample=Sample(
            body='{"uid": "dd5d531a12de0c724bd1275a3b2bc9c6", "creator": null, "readyToStream": true, "status": {"state": "ready", "pctComplete": "39.000000"}, "meta": {"name": "my-video"}, "created": "2022-06-30T17:53:12.512033Z", "modified": "2022-06-30T17:53:21.774299Z"}'
        ),
    ),
    # Cloudinary's notifications: a plain digest, no HMAC.
    Provider(
        name="cloudinary",
        title="Cloudinary",
        signed_with="the product environment's API secret",
        verify={
            "scheme": "hmac",
            "header": "X-Cld-Signature",
            "algorithm": "sha1-plain",
            "timestamp_header": "X-Cld-Timestamp",
            "tolerance": timedelta(hours=2),
            "template": "{body}{timestamp}{secret}",
        },
        takes=frozenset({"algorithm"}),
        find_id="content-hash",
        find_type="notification_type",
        find_time="timestamp",
        notes='An account that was switched to SHA-256 needs `algorithm = "sha256-plain"`.',
        evidence=Evidence.SDK,
        documentation="https://cloudinary.com/documentation/notification_signatures",
        sample=Sample(
            body='{"notification_type": "upload", "timestamp": "2022-06-08T11:28:21+00:00", "request_id": "1f81eb5251984599803e771906343485", "public_id": "sample", "version": 1654687701, "resource_type": "image", "format": "jpg", "bytes": 109669}'
        ),
    ),
    Provider(
        name="cronofy",
        title="Cronofy",
        signed_with="the application's client secret",
        verify={"scheme": "hmac", "header": "Cronofy-HMAC-SHA256", "encoding": "base64"},
        find_id="each-call",
        find_type="notification.type",
        notes="Two changes of a calendar can have the same body: each call is an event. While two client secrets are active, the header holds both signatures.",
        evidence=Evidence.SDK,
        documentation="https://docs.cronofy.com/developers/push-notifications/authentication/",
        sample=Sample(
            body='{"notification": {"type": "change", "changes_since": "2015-11-13T10:39:12Z"}, "channel": {"channel_id": "chn_54cf7c7cb4ad4c1027000001", "callback_url": "https://hooks.example.com/webhook/cronofy", "filters": {}}}'
        ),
    ),
    # Discourse, the forum.
    Provider(
        name="discourse",
        title="Discourse",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Discourse-Event-Signature", "prefix": "sha256="},
        find_id="header:X-Discourse-Event-Id",
        find_type="header:X-Discourse-Event",
        notes="Id and type stand in headers, which are not signed.",
        documentation="https://github.com/discourse/discourse/blob/main/app/jobs/regular/emit_web_hook_event.rb",
        sample=Sample(
            body='{"post": {"id": 11, "name": "Jane", "username": "jane", "created_at": "2016-09-14T16:46:39.000Z", "topic_id": 9, "raw": "Hello"}}',
            headers={
                "X-Discourse-Event-Id": "{id}",
                "X-Discourse-Event": "post_created",
                "X-Discourse-Event-Type": "post",
            },
        ),
    ),
    # Envoy, visitors and workplaces.
    Provider(
        name="envoy",
        title="Envoy",
        signed_with="the application's client secret",
        verify={"scheme": "hmac", "header": "X-Envoy-Signature", "encoding": "base64"},
        find_id="content-hash",
        find_type="meta.event",
        retries="5 times over 10 minutes",
        documentation="https://developers.envoy.com/hub/docs/create-webhooks",
        sample=Sample(
            body='{"meta": {"event": "entry_sign_in", "location": {"id": "2"}, "company": {"id": "1"}}, "payload": {"id": "3", "type": "entries", "attributes": {"full-name": "Jane Doe", "signed-in-at": "2023-01-02T03:04:05.000Z"}}}'
        ),
    ),
    # Figma puts the webhook's passcode into the body.
    Provider(
        name="figma",
        title="Figma",
        signed_with="the webhook's passcode",
        verify={"scheme": "token", "body": "passcode"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself stands in each body",
        find_id="content-hash",
        find_type="event_type",
        find_time="timestamp",
        retries="3 times: after 5 and 30 minutes and 3 hours",
        notes="The passcode stands in the body and is kept and sent on with it.",
        documentation="https://developers.figma.com/docs/rest-api/webhooks/",
        sample=Sample(
            body='{"event_type": "FILE_COMMENT", "file_key": "zH8Ykq4ahBwXLAUrBxoKXe", "file_name": "Example", "passcode": "a-passcode-of-some-length", "timestamp": "2020-02-23T20:27:16Z", "webhook_id": "22", "comment_id": "32", "triggered_by": {"id": "813845097374535682", "handle": "Jane"}}'
        ),
    ),
    # Frame.io V4.
    Provider(
        name="frame-io",
        title="Frame.io",
        signed_with="the webhook's signing secret",
        verify={
            "scheme": "hmac",
            "header": "X-Frameio-Signature",
            "prefix": "v0=",
            "timestamp_header": "X-Frameio-Request-Timestamp",
            "template": "v0:{timestamp}:{body}",
        },
        find_id="content-hash",
        find_type="type",
        documentation="https://developer.adobe.com/frameio/guides/Webhooks/",
        sample=Sample(
            body='{"type": "file.created", "account": {"id": "6f70f1bd-7e89-4a7e-b4d3-7e576585a181"}, "project": {"id": "7e46e495-4444-4555-8649-bee4d391a997"}, "resource": {"id": "d3075547-4e64-45f0-ad12-d075660eddd2", "type": "file"}, "user": {"id": "56556a3f-859f-4b38-b6c6-e8625b5da8a5"}, "workspace": {"id": "378fcbf7-6f88-4224-8139-6a743ed940b2"}}'
        ),
    ),
    # Greenhouse Recruiting.
    Provider(
        name="greenhouse",
        title="Greenhouse",
        signed_with="the webhook's secret key",
        verify={"scheme": "hmac", "header": "Signature", "prefix": "sha256 "},
        find_id="header:Greenhouse-Event-ID || content-hash",
        find_type="action",
        answer=SuccessAnswer(),
        retries="6 times: after 1 and 15 minutes, 1, 2, 4 and 8 hours",
        notes="The id stands in a header, which is not signed.",
        documentation="https://developers.greenhouse.io/webhooks.html",
        sample=Sample(
            body='{"action": "new_candidate_application", "payload": {"application": {"id": 985314, "status": "active", "applied_at": "2013-03-22T00:00:00Z", "candidate": {"id": 968190, "first_name": "Hank", "last_name": "Test"}}}}',
            headers={"Greenhouse-Event-ID": "{id}"},
        ),
    ),
    # ImageKit signs by Standard Webhooks, with the whole secret for the key.
    Provider(
        name="imagekit",
        title="ImageKit",
        signed_with="the webhook's secret, whole: whsec_…",
        verify={"scheme": "standard-webhooks", "secret_encoding": "utf8"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="type",
        find_time="created_at",
        keeps_id=True,
        evidence=Evidence.SDK,
        documentation="https://imagekit.io/docs/webhooks",
        sample=Sample(
            body='{"type": "video.transformation.ready", "id": "58e6d24d-6098-4319-be8d-40c3cb0a402d", "created_at": "2022-06-20T11:59:58.461Z", "request": {"x_request_id": "fa98fa2e-d6cd-45b4-acf5-bc1d2bbb8ba9"}, "data": {"asset": {"url": "https://ik.imagekit.io/demo/sample-video.mp4"}}}'
        ),
    ),
    # Kontent.ai, the CMS.
    Provider(
        name="kontent-ai",
        title="Kontent.ai",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": ["X-Kontent-ai-Signature", "X-KC-Signature"], "encoding": "base64"},
        find_id="content-hash",
        find_type="notifications[0].message.action",
        find_time="notifications[0].data.system.last_modified",
        notes="One call may carry several notifications; the type is that of the first.",
        evidence=Evidence.SDK,
        documentation="https://kontent.ai/learn/docs/webhooks/webhooks",
        sample=Sample(
            body='{"notifications": [{"data": {"system": {"id": "c7f516ae-5d6e-4d8b-b4d6-7a9b9a0c1d2e", "name": "Article", "codename": "article", "last_modified": "2023-06-22T09:42:14.4962473Z"}}, "message": {"environment_id": "6864c28b-d0d4-4d5a-bd4c-2b2e6c0f6c3e", "object_type": "content_item", "action": "published", "delivery_slot": "published"}}]}'
        ),
    ),
    Provider(
        name="mux",
        title="Mux",
        signed_with="the webhook's signing secret",
        verify={"scheme": "hmac", "header": "Mux-Signature", "fields": {"timestamp": "t", "signature": "v1"}},
        find_id="id",
        find_type="type",
        find_time="created_at",
        keeps_id=True,
        deadline=5,
        retries="for 24 hours with growing pauses",
        evidence=Evidence.SDK,
        documentation="https://www.mux.com/docs/core/verify-webhook-signatures",
        sample=Sample(
            body='{"type": "video.asset.ready", "request_id": null, "object": {"type": "asset", "id": "0201p02fGKPE7MrbC269XRD7LpcHhrmbu0002"}, "id": "3a56ac3d-33da-4366-855b-f592d898409d", "environment": {"name": "Demo pages", "id": "j0863n"}, "data": {"status": "ready", "duration": 23.857167}, "created_at": "2018-02-15T01:04:45.000Z", "accessor_source": null, "attempts": []}'
        ),
    ),
    # Nylas API v3.
    Provider(
        name="nylas",
        title="Nylas",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "x-nylas-signature"},
        find_id="id",
        find_type="type",
        find_time="time",
        keeps_id=True,
        retries="twice, the last 10 to 20 minutes after the first",
        handshake_kinds=(("echo.EchoedParameter", {"parameter": "challenge"}),),
        documentation="https://developer.nylas.com/docs/v3/notifications/webhooks/",
        sample=Sample(
            body='{"specversion": "1.0", "type": "message.created", "source": "/google/emails/realtime", "id": "mock-id-0000", "time": 1723821985, "webhook_delivery_attempt": 1, "data": {"application_id": "NYLAS_APPLICATION_ID", "object": {"grant_id": "NYLAS_GRANT_ID", "id": "191562f4d4d4d4d4", "object": "message", "subject": "Hello"}}}'
        ),
    ),
    # Oura writes its hex in capital letters.
    Provider(
        name="oura",
        title="Oura",
        signed_with="the application's client secret",
        verify={
            "scheme": "hmac",
            "header": "x-oura-signature",
            "timestamp_header": "x-oura-timestamp",
            "template": "{timestamp}{body}",
        },
        find_id="content-hash",
        find_type="join('.', [data_type, event_type])",
        find_time="event_time",
        deadline=10,
        handshake_kinds=(
            (
                "echo.EchoedParameter",
                {
                    "parameter": "challenge",
                    "token": "query:verification_token",
                    "option": "verification_token",
                    "reply": "json",
                },
            ),
        ),
        documentation="https://cloud.ouraring.com/v2/docs#tag/Webhook-Subscription-Routes",
        sample=Sample(
            body='{"event_type": "create", "data_type": "sleep", "object_id": "8f9a5221-639e-4a85-81cb-4065ef23f979", "event_time": "2022-05-31T00:00:00+00:00", "user_id": "a1b2c3d4"}'
        ),
    ),
    Provider(
        name="savvycal",
        title="SavvyCal",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "x-savvycal-signature", "prefix": "sha256="},
        find_id="id",
        find_type="type",
        find_time="occurred_at",
        retries="with growing pauses",
        documentation="https://developers.savvycal.com/webhooks",
        sample=Sample(
            body='{"id": "payload_XXXXXXXXXX", "type": "event.created", "version": "1.0", "occurred_at": "2022-03-23T15:00:00Z", "payload": {"id": "event_XXXXXXXXXX", "state": "confirmed", "summary": "John and Jane", "start_at": "2022-03-24T15:00:00Z"}}'
        ),
    ),
    # Shortcut, once Clubhouse.
    Provider(
        name="shortcut",
        title="Shortcut",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "Payload-Signature"},
        find_id="id",
        find_type="actions[0].action",
        find_time="changed_at",
        documentation="https://developer.shortcut.com/api/webhook/v1",
        sample=Sample(
            body='{"id": "595285dc-9c43-4b9c-a1e6-0cd9aff5b084", "changed_at": "2017-06-27T16:20:44Z", "primary_id": 16927, "member_id": "56d8a839-1c52-437f-b981-c3a15a11d6d4", "version": "v1", "actions": [{"id": 16927, "entity_type": "story", "action": "update", "name": "test story", "changes": {"started": {"new": true, "old": false}}}]}'
        ),
    ),
    # Smartcar's webhooks of version 4.
    Provider(
        name="smartcar",
        title="Smartcar",
        signed_with="the application management token",
        verify={"scheme": "hmac", "header": "SC-Signature"},
        find_id="eventId",
        find_type="eventType || eventName",
        find_time="meta.deliveredAt",
        keeps_id=True,
        deadline=15,
        retries="with growing pauses",
        evidence=Evidence.SDK,
        handshake_kinds=(
            (
                "echo.EchoedMember",
                {
                    "path": "data.challenge",
                    "when": (("body:eventType", "VERIFY"),),
                    "hmac": "sha256",
                    "reply": "json",
                    "is_signed": False,
                },
            ),
        ),
        documentation="https://smartcar.com/docs/integrations/webhooks/overview",
        sample=Sample(
            body='{"eventId":"550e8400-e29b-41d4-a716-446655440000","eventType":"VEHICLE_STATE","vehicleId":"9af13248-3b73-4c9d-9a4b-d937ce6bc8e2","data":{"vehicle":{"id":"9af13248-3b73-4c9d-9a4b-d937ce6bc8e2","make":"TESLA","model":"Model 3","year":2020},"signals":[{"code":"tractionbattery-stateofcharge","body":{"unit":"percent","value":78}}]},"meta":{"version":"4.0","deliveryId":"48b25f8f-9fea-42e1-9085-81043682cbb8","deliveredAt":1731940328000,"webhookId":"abde94ff-d57d-43b9-8d09-6020db2d977a"}}'
        ),
    ),
    Provider(
        name="smartsheet",
        title="Smartsheet",
        signed_with="the webhook's sharedSecret",
        verify={"scheme": "hmac", "header": "Smartsheet-Hmac-SHA256"},
        find_id="nonce || content-hash",
        find_type="events[0].objectType",
        find_time="timestamp",
        notes="One call may carry several events; the type is that of the first. The body names what changed and does not hold it.",
        handshake_kinds=(
            (
                "echo.EchoedHeader",
                {
                    "method": "POST",
                    "header": "Smartsheet-Hook-Challenge",
                    "reply": "header",
                    "under": "Smartsheet-Hook-Response",
                },
            ),
        ),
        documentation="https://developers.smartsheet.com/api/smartsheet/guides/webhooks/webhook-callbacks",
        sample=Sample(
            body='{"nonce": "4b2ed20d-6f00-4b0c-8fac-5b3f8d2a8b1a", "timestamp": "2015-10-01T21:02:25.000+00:00", "webhookId": 4503604829677444, "scope": "sheet", "scopeObjectId": 4509093797881732, "events": [{"objectType": "row", "eventType": "created", "id": 5635523900631940, "userId": 9007194052434043, "timestamp": "2015-10-01T21:02:24.000+00:00"}]}',
            fresh="nonce",
        ),
    ),
    Provider(
        name="todoist",
        title="Todoist",
        signed_with="the application's client secret",
        verify={"scheme": "hmac", "header": "X-Todoist-Hmac-SHA256", "encoding": "base64"},
        find_id="header:X-Todoist-Delivery-ID",
        find_type="event_name",
        find_time="triggered_at",
        keeps_id=True,
        answer=SuccessAnswer(),
        retries="up to 3 times, every 15 minutes",
        notes="The id stands in a header, which is not signed.",
        documentation="https://developer.todoist.com/api/v1/#tag/Webhooks",
        sample=Sample(
            body='{"event_name": "item:added", "user_id": "2671355", "version": "10", "triggered_at": "2025-02-10T13:38:13.123456Z", "event_data": {"id": "6XR4GqQQCW6Gv9h4", "content": "Buy Milk", "project_id": "6XR4H993xv8H5qCR"}, "initiator": {"id": "2671355", "full_name": "Alice"}}',
            headers={"X-Todoist-Delivery-ID": "{id}"},
        ),
    ),
    Provider(
        name="uploadcare",
        title="Uploadcare",
        signed_with="the webhook's signing secret",
        verify={"scheme": "hmac", "header": "X-Uc-Signature", "prefix": "v1="},
        find_id="content-hash",
        find_type="hook.event",
        documentation="https://uploadcare.com/docs/api/rest/webhook/create/",
        sample=Sample(
            body='{"initiator": {"type": "api", "detail": {"request_id": null}}, "hook": {"id": 894839, "project_id": 128788, "target": "https://hooks.example.com/webhook/uploadcare", "event": "file.uploaded", "is_active": true, "version": "0.7"}, "data": {"uuid": "740e1b8c-1ad8-4324-b7ec-112c79d8eac2", "original_filename": "photo.jpg", "size": 642}, "file": "https://ucarecdn.com/740e1b8c-1ad8-4324-b7ec-112c79d8eac2/"}'
        ),
    ),
    # Yousign, signatures.
    Provider(
        name="yousign",
        title="Yousign",
        signed_with="the webhook subscription's secret key",
        verify={"scheme": "hmac", "header": "X-Yousign-Signature-256", "prefix": "sha256="},
        find_id="event_id",
        find_type="event_name",
        find_time="event_time",
        keeps_id=True,
        documentation="https://developers.yousign.com/docs/use-webhooks-in-your-app",
        sample=Sample(
            body='{"event_id": "b6c63685-c556-4a30-8fe9-b6f2b187d936", "event_name": "signature_request.activated", "event_time": "1670855889", "subscription_id": "webhook-subscription-id", "subscription_description": "My webhook for signed documents", "sandbox": false, "data": {"signature_request": {"id": "1f7a1d0a-0000-4000-8000-000000000000", "status": "approval"}}}'
        ),
    ),
)
