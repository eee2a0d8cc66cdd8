"""Senders for customer support, and for the agents, voices and models that answer customers."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hookline.providers.provider import Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # Claude's managed agents.
    Provider(
        name="anthropic",
        title="Anthropic Claude",
        signed_with="the endpoint's signing key, whsec_…",
        verify={"scheme": "standard-webhooks"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="data.type || type",
        find_time="created_at",
        keeps_id=True,
        notes="The body names what happened without details: ask the API for them.",
        evidence=Evidence.SDK,
        documentation="https://platform.claude.com/docs/en/managed-agents/webhooks",
        sample=Sample(
            body='{"type": "event", "id": "whevt_01ABC", "created_at": "2026-03-15T10:00:00Z", "data": {"type": "session.status_idled", "id": "session_01XYZ", "organization_id": "8a3d2f1e-0000-4000-8000-000000000000", "workspace_id": "wrkspc_01ABC"}}'
        ),
    ),
    # Chatwoot, 4.x.
    Provider(
        name="chatwoot",
        title="Chatwoot",
        signed_with="the webhook's secret",
        verify={
            "scheme": "hmac",
            "header": "X-Chatwoot-Signature",
            "prefix": "sha256=",
            "timestamp_header": "X-Chatwoot-Timestamp",
        },
        find_id="header:X-Chatwoot-Delivery || content-hash",
        find_type="event",
        notes="The id is in a header, which is not signed. Older servers do not sign their calls.",
        documentation="https://www.chatwoot.com/hc/user-guide/articles/1677693021-how-to-use-webhooks",
        sample=Sample(
            body='{"event": "message_created", "id": 1, "content": "Hi", "created_at": "2020-03-03 13:05:57 UTC", "message_type": "incoming", "conversation": {"id": 1, "status": "open"}, "account": {"id": 1, "name": "Chatwoot"}}',
            headers={"X-Chatwoot-Delivery": "{id}"},
        ),
    ),
    Provider(
        name="crisp",
        title="Crisp",
        signed_with="the signing secret of the plugin or of the website's webhooks",
        verify={
            "scheme": "hmac",
            "header": "X-Crisp-Signature",
            "timestamp_header": "X-Crisp-Request-Timestamp",
            "timestamp_format": "milliseconds",
            "template": "[{timestamp};{body}]",
        },
        find_id="content-hash",
        find_type="event",
        find_time="timestamp",
        documentation="https://docs.crisp.chat/guides/web-hooks/signing/",
        sample=Sample(
            body='{"website_id": "42286ab3-b29a-4fde-8538-da0ae501d825", "event": "message:send", "data": {"type": "text", "origin": "chat", "content": "Hello!", "from": "user", "fingerprint": 163239623329114, "session_id": "session_36ba3566-9651-4790-afc8-ffedbccc317f"}, "timestamp": 1506523623442}'
        ),
    ),
    Provider(
        name="deepgram",
        title="Deepgram callbacks",
        signed_with="the identifier of the API key that asked for the transcription",
        verify={"scheme": "token", "header": "dg-token"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="metadata.request_id || request_id",
        find_time="metadata.created",
        keeps_id=True,
        retries="up to 10 times, every 30 seconds",
        notes="The identifier is shown in Deepgram's console: everyone who can read it there can write it into a call. `callback` may also be a URL with user and password, for the general scheme `basic`.",
        documentation="https://developers.deepgram.com/docs/callback",
        sample=Sample(
            body='{"metadata": {"request_id": "2479c8c8-8185-40ac-9ac6-f0874419f793", "created": "2024-02-06T19:56:16.180Z", "duration": 25.933313, "channels": 1}, "results": {"channels": [{"alternatives": [{"transcript": "hello", "confidence": 0.99}]}]}}',
            fresh="request_id",
        ),
    ),
    Provider(
        name="elevenlabs",
        title="ElevenLabs",
        signed_with="the webhook's secret, wsec_…",
        verify={
            "scheme": "hmac",
            "header": "ElevenLabs-Signature",
            "fields": {"timestamp": "t", "signature": "v0"},
            "tolerance": timedelta(minutes=30),
        },
        find_id="content-hash",
        find_type="type",
        find_time="event_timestamp",
        notes="Webhooks that fail often are disabled.",
        evidence=Evidence.SDK,
        documentation="https://elevenlabs.io/docs/overview/administration/webhooks",
        sample=Sample(
            body='{"type": "post_call_transcription", "event_timestamp": 1739537297, "data": {"agent_id": "xyz", "conversation_id": "abc", "status": "done", "transcript": [{"role": "agent", "message": "Hey there angelo. How are you?"}]}}'
        ),
    ),
    Provider(
        name="firecrawl",
        title="Firecrawl",
        signed_with="the account's webhook secret",
        verify={"scheme": "hmac", "header": "X-Firecrawl-Signature", "prefix": "sha256="},
        find_id="webhookId || content-hash",
        find_type="type",
        keeps_id=True,
        documentation="https://docs.firecrawl.dev/webhooks/security",
        sample=Sample(
            body='{"success": true, "type": "crawl.completed", "webhookId": "8b6f9a51-2b1d-4b7a-9f5e-2b0a3c1d4e5f", "id": "550e8400-e29b-41d4-a716-446655440000", "data": [], "metadata": {}}',
            fresh="webhookId",
        ),
    ),
    Provider(
        name="fireflies",
        title="Fireflies.ai",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "x-hub-signature", "prefix": ["", "sha256="]},
        find_id="content-hash",
        find_type="eventType || event",
        documentation="https://docs.fireflies.ai/graphql-api/webhooks",
        sample=Sample(
            body='{"meetingId": "ASxwZxCstx", "eventType": "Transcription completed", "clientReferenceId": "be582c46-4ac9-4565-9ba6-6ab4264496a8"}'
        ),
    ),
    # Freshchat signs with a key pair.
    Provider(
        name="freshchat",
        title="Freshchat",
        signed_with="the public key that Freshchat's settings show next to the webhook, in PEM",
        verify={
            "scheme": "public-key",
            "header": "X-Freshchat-Signature",
            "algorithm": "rsa-sha256",
            "encoding": "base64",
        },
        find_id="content-hash",
        find_type="action",
        find_time="action_time",
        documentation="https://crmsupport.freshworks.com/support/solutions/articles/50000004461",
        sample=Sample(
            body='{"actor": {"actor_type": "user", "actor_id": "cd4d2d1b-5d6d-4f4e-9a0c-0f2a2b9b0f3e"}, "action": "message_create", "action_time": "2019-06-21T07:25:51.631Z", "data": {"message": {"message_parts": [{"text": {"content": "Hi"}}], "id": "8a6d3c2b-0000-4000-8000-000000000000", "conversation_id": "c327498e-f713-481e-8d83-0603e03f2521"}}}'
        ),
    ),
    # Front's application webhooks; those of its rules are signed in another way.
    Provider(
        name="front",
        title="Front",
        signed_with="the application's signing key",
        verify={
            "scheme": "hmac",
            "header": "X-Front-Signature",
            "encoding": "base64",
            "timestamp_header": "X-Front-Request-Timestamp",
            "timestamp_format": "milliseconds",
            "template": "{timestamp}:{body}",
        },
        find_id="payload.id",
        find_type="type",
        find_time="payload.emitted_at",
        notes="Webhooks that a rule sends are signed in another way: write the general scheme `hmac` for these, with sha1 and base64 over the body.",
        handshake_kinds=(("echo.EchoedHeader", {"method": "POST", "header": "X-Front-Challenge", "is_signed": True}),),
        documentation="https://dev.frontapp.com/docs/application-webhooks",
        sample=Sample(
            body='{"type": "inbound_received", "authorization": {"id": "cmp_abc"}, "payload": {"_links": {"self": "https://api2.frontapp.com/events/evt_55c8c149"}, "id": "evt_55c8c149", "type": "inbound", "emitted_at": 1453770984.123, "conversation": {"id": "cnv_55c8c149", "subject": "You broke my heart, Hubert."}}}'
        ),
    ),
    # The static webhooks of the Gemini API.
    Provider(
        name="gemini",
        title="Google Gemini",
        signed_with="the webhook's signing secret",
        verify={"scheme": "standard-webhooks"},
        carries_id=True,
        find_id="header:webhook-id",
        find_type="type",
        find_time="timestamp",
        keeps_id=True,
        retries="for 24 hours with growing pauses",
        notes="Dynamic webhooks, which a single job names, carry a JWT of Google's instead: use the general scheme `jwt` for these.",
        documentation="https://ai.google.dev/gemini-api/docs/webhooks",
        sample=Sample(
            body='{"type": "batch.succeeded", "version": "v1", "timestamp": "2026-05-04T12:00:00Z", "data": {"id": "batches/abc123", "output_file_uri": "files/xyz"}}'
        ),
    ),
    Provider(
        name="help-scout",
        title="Help Scout",
        signed_with="the webhook's secret key",
        verify={"scheme": "hmac", "header": "X-HelpScout-Signature", "algorithm": "sha1", "encoding": "base64"},
        find_id="content-hash",
        find_type="header:X-HelpScout-Event",
        notes="Help Scout supports only SHA-1. The type is in a header, which is not signed.",
        documentation="https://developer.helpscout.com/webhooks/",
        sample=Sample(
            body='{"id": 2391938111, "type": "email", "folderId": 1234, "status": "active", "subject": "I need help!", "createdAt": "2012-07-23T12:34:12Z", "updatedAt": "2012-07-24T20:18:33Z", "primaryCustomer": {"id": 238604, "email": "vbird@mywork.com"}}',
            headers={"X-HelpScout-Event": "convo.created"},
        ),
    ),
    # LiveChat, now of text.com.
    Provider(
        name="livechat",
        title="LiveChat",
        signed_with="the webhook's secret_key",
        verify={"scheme": "token", "body": "secret_key"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in each body",
        find_id="webhook_id || content-hash",
        find_type="action",
        notes="The secret is in the body and is stored and forwarded with it.",
        documentation="https://platform.text.com/docs/management/webhooks",
        sample=Sample(
            body='{"webhook_id": "acf5c8f0-0c5e-4a8f-9a1b-2c3d4e5f6a7b", "secret_key": "a-secret-of-some-length", "action": "incoming_event", "organization_id": "390e44e6-f1e6-0368c-z6ddb-74g14508c2ex", "payload": {"chat_id": "PJ0MRSHTDG", "thread_id": "K600PKZON8", "event": {"id": "K600PKZON8_1", "type": "message", "text": "hello"}}}',
            fresh="webhook_id",
        ),
    ),
    Provider(
        name="nango",
        title="Nango",
        signed_with="the environment's webhook signing key",
        verify={"scheme": "hmac", "header": "X-Nango-Hmac-Sha256"},
        find_id="content-hash",
        find_type="type",
        notes="X-Nango-Signature, the older header, is a plain digest and is not read.",
        evidence=Evidence.SDK,
        documentation="https://nango.dev/docs/implementation-guides/platform/webhooks-from-nango",
        sample=Sample(
            body='{"from": "nango", "type": "sync", "modifiedAfter": "2024-05-31T10:00:00.000Z", "model": "Contact", "responseResults": {"added": 1, "updated": 0, "deleted": 0}, "syncName": "contacts", "connectionId": "c1", "providerConfigKey": "hubspot", "success": true}'
        ),
    ),
    # Reports of the jobs of an OpenClaw gateway.
    Provider(
        name="openclaw",
        title="OpenClaw",
        signed_with="the gateway's cron.webhookToken",
        verify={"scheme": "token", "bearer": True},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="each-call",
        find_type="action",
        find_time="runAtMs",
        notes="Without cron.webhookToken the calls have no Authorization header and are refused.",
        documentation="https://docs.openclaw.ai/automation/cron-jobs",
        sample=Sample(
            body='{"jobId": "b2a7c1de-0f3a-4b52-9d10-3f6a5c1e7d42", "action": "finished", "runAtMs": 1767323045000, "status": "ok", "summary": "Inbox checked"}'
        ),
    ),
    # Plain, the support platform.
    Provider(
        name="plain",
        title="Plain",
        signed_with="the workspace's request signing secret",
        verify={
            "scheme": "hmac",
            "header": "Plain-Request-Signature",
            "timestamp_body": "webhookMetadata.webhookDeliveryAttemptTimestamp",
            "timestamp_format": "rfc3339",
        },
        find_id="id",
        find_type="type",
        find_time="timestamp",
        keeps_id=True,
        evidence=Evidence.SDK,
        documentation="https://www.plain.com/docs/api-reference/request-signing",
        sample=Sample(
            body='{"id": "pEv_01HD44FHDPG82VQ4QNHDR4N2T0", "type": "thread.thread_created", "timestamp": "2023-10-19T14:12:25.142Z", "workspaceId": "w_01GST0W989ZNAW53X6XYHAY87P", "payload": {"eventType": "thread.thread_created", "thread": {"id": "th_01HD44FHMCDSSWDJK6RZP9PVVR", "status": "TODO"}}, "webhookMetadata": {"webhookTargetId": "whTarget_01HD4400VTDJQ646V6RY37SR7K", "webhookDeliveryAttemptId": "whAttempt_01HD44FJQ00000000000000000", "webhookDeliveryAttemptNumber": 1, "webhookDeliveryAttemptTimestamp": "{rfc3339}"}}'
        ),
    ),
    # Pylon, usepylon.com.
    Provider(
        name="pylon",
        title="Pylon",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Pylon-Signature"},
        find_id="each-call",
        find_type="event || event_type || type",
        notes="You write the body in the trigger at Pylon: if one of its fields identifies the event, use that field as `id`. Pylon-Webhook-Signature is the header of another company of this name, getpylon.com.",
        evidence=Evidence.UNSURE,
        documentation="https://kb.help.usepylon.com/articles/6080966819-how-do-i-verify-the-webhook-signatures",
        sample=Sample(body='{"event": "issue.created", "issue_id": "issue_1", "title": "Login is broken"}'),
    ),
    Provider(
        name="retell",
        title="Retell AI",
        signed_with="the API key that has the webhook badge",
        verify={
            "scheme": "hmac",
            "header": "X-Retell-Signature",
            "fields": {"timestamp": "v", "signature": "d"},
            "timestamp_format": "milliseconds",
            "template": "{body}{timestamp}",
        },
        find_id="content-hash",
        find_type="event",
        find_time="call.start_timestamp",
        deadline=10,
        retries="up to 3 times",
        evidence=Evidence.SDK,
        documentation="https://docs.retellai.com/features/secure-webhook",
        sample=Sample(
            body='{"event": "call_ended", "call": {"call_type": "phone_call", "from_number": "+12137771234", "to_number": "+12137771235", "direction": "inbound", "call_id": "Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6", "agent_id": "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD", "call_status": "ended", "start_timestamp": 1714608475945, "end_timestamp": 1714608491736}}'
        ),
    ),
    Provider(
        name="vapi",
        title="Vapi",
        signed_with="the server's secret",
        verify={"scheme": "token", "header": "X-Vapi-Secret"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="each-call",
        find_type="message.type",
        find_time="message.timestamp",
        notes="A server message that needs a decision as its answer is not a webhook: hookline only acknowledges it. Credentials of Vapi with a bearer token or HMAC need the general schemes.",
        documentation="https://docs.vapi.ai/server-url/server-authentication",
        sample=Sample(
            body='{"message": {"timestamp": 1700000000000, "type": "status-update", "status": "ended", "call": {"id": "7420f27a-30fd-4f49-a995-5549ae7cc00d", "type": "inboundPhoneCall"}}}'
        ),
    ),
)
