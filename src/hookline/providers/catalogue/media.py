"""Senders for files: documents to sign, drawings, images and videos."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hookline.providers.provider import Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # Autodesk Platform Services, once Forge.
    Provider(
        name="autodesk",
        title="Autodesk Platform Services",
        signed_with="the application's webhook secret token",
        verify={"scheme": "hmac", "header": "x-adsk-signature", "algorithm": "sha1", "prefix": "sha1hash="},
        find_id="content-hash",
        find_type="hook.event",
        notes="Autodesk supports only SHA-1.",
        documentation="https://aps.autodesk.com/en/docs/webhooks/v1/developers_guide/event-delivery-guarantees/",
        sample=Sample(
            body='{"version": "1.0", "resourceUrn": "urn:adsk.wipprod:fs.file:vf.wT5lCWlXSKeo3razOfHJAw?version=1", "hook": {"hookId": "0f60f6a0-996c-11e7-abf3-51d68cff984c", "tenant": "urn:adsk.wipprod:fs.folder:co.wT5lCWlXSKeo3razOfHJAw", "event": "dm.version.added", "system": "data"}, "payload": {"ext": "txt", "modifiedTime": "2018-09-04T23:00:10+0000", "name": "test.txt", "version": "1"}}'
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
    # Cloudinary's notifications: a plain digest, not an HMAC.
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
    # Figma puts the webhook's passcode into the body.
    Provider(
        name="figma",
        title="Figma",
        signed_with="the webhook's passcode",
        verify={"scheme": "token", "body": "passcode"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in each body",
        find_id="content-hash",
        find_type="event_type",
        find_time="timestamp",
        retries="3 times: after 5 and 30 minutes and 3 hours",
        notes="The passcode is in the body and is stored and forwarded with it.",
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
