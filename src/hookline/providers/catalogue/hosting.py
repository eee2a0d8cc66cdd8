"""Senders for running software: hosts, databases, networks and event services."""

from __future__ import annotations

from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="appwrite",
        title="Appwrite",
        signed_with="the webhook's signature key",
        verify={
            "scheme": "hmac",
            "header": "X-Appwrite-Webhook-Signature",
            "algorithm": "sha1",
            "encoding": "base64",
            "template": "{url}{body}",
        },
        find_id="content-hash",
        find_type="header:X-Appwrite-Webhook-Events",
        notes="Appwrite supports only SHA-1. The public URL must be the webhook's URL, character for character. The events are in a header, which is not signed.",
        documentation="https://appwrite.io/docs/advanced/platform/webhooks",
        sample=Sample(
            body='{"$id": "63a1b2c3d4e5f6a7b8c9", "name": "Walter O\'Brien", "email": "walter@example.com", "status": true, "registration": "2022-12-20T12:00:00.000+00:00"}',
            headers={"X-Appwrite-Webhook-Events": "users.63a1b2c3d4e5f6a7b8c9.create,users.*.create,users.*"},
        ),
    ),
    Provider(
        name="azure-event-grid",
        title="Azure Event Grid",
        signed_with="a secret that you write into the query of the endpoint's URL, as `code`",
        verify={"scheme": "token", "query": "code"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in the query of each call",
        find_id="[0].id || id",
        find_type="[0].eventType || [0].type || type",
        find_time="[0].eventTime || [0].time || time",
        keeps_id=True,
        deadline=30,
        retries="after 10 and 30 seconds, 1, 5, 10 and 30 minutes, 1, 3 and 6 hours, then every 12 hours, for up to 24 hours",
        notes="Event Grid sends its events in a list; id and type are those of the first. The secret is in the URL: keep the query out of the logs of proxies.",
        handshake_kinds=(
            ("subscription.SubscriptionValidation", {}),
            ("subscription.AllowedOrigin", {"origins": ("eventgrid.azure.net",)}),
        ),
        documentation="https://learn.microsoft.com/en-us/azure/event-grid/secure-webhook-delivery",
        sample=Sample(
            body='[{"id": "831e1650-001e-001b-66ab-eeb76e069631", "topic": "/subscriptions/319a9601-1ec0-0000-aebc-8fe82724c81e/resourceGroups/Storage/providers/Microsoft.Storage/storageAccounts/my-storage-account", "subject": "/blobServices/default/containers/test-container/blobs/new-file.txt", "eventType": "Microsoft.Storage.BlobCreated", "eventTime": "2017-06-26T18:41:00.9584103Z", "data": {"api": "PutBlockList", "contentLength": 524288}, "dataVersion": "", "metadataVersion": "1"}]',
            fresh="id",
        ),
    ),
    # EAS Build and EAS Submit of Expo.
    Provider(
        name="expo",
        title="Expo EAS",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "expo-signature", "algorithm": "sha1", "prefix": "sha1="},
        find_id="content-hash",
        find_type="status",
        find_time="completedAt",
        notes="Expo supports only SHA-1. One build or submission makes one event.",
        documentation="https://docs.expo.dev/eas/webhooks/",
        sample=Sample(
            body='{"id": "147a3212-49fd-446f-b4e3-a6519acf264a", "accountName": "dsokal", "projectName": "example", "platform": "ios", "status": "finished", "createdAt": "2021-11-24T09:53:01.155Z", "completedAt": "2021-11-24T09:57:42.715Z"}'
        ),
    ),
    Provider(
        name="heroku",
        title="Heroku app webhooks",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "Heroku-Webhook-Hmac-SHA256", "encoding": "base64"},
        find_id="webhook_metadata.delivery.id",
        find_type="webhook_metadata.event.include",
        find_time="published_at",
        documentation="https://devcenter.heroku.com/articles/app-webhooks",
        sample=Sample(
            body='{"id": "01234567-89ab-cdef-0123-456789abcdef", "action": "update", "resource": "release", "published_at": "2016-08-31T22:00:00Z", "version": "application/vnd.heroku+json; version=3", "data": {"id": "01234567-89ab-cdef-0123-456789abcdef", "status": "succeeded", "version": 11}, "webhook_metadata": {"attempt": {"id": "01234567-89ab-cdef-0123-456789abcdea"}, "delivery": {"id": "01234567-89ab-cdef-0123-456789abcdeb"}, "event": {"id": "01234567-89ab-cdef-0123-456789abcdec", "include": "api:release"}}}'
        ),
    ),
    # Calls that Hookdeck's Event Gateway forwards.
    Provider(
        name="hookdeck",
        title="Hookdeck",
        signed_with="the project's signing secret",
        verify={
            "scheme": "hmac",
            "header": ["X-Hookdeck-Signature", "X-Hookdeck-Signature-2"],
            "encoding": "base64",
        },
        find_id="header:X-Hookdeck-EventID",
        keeps_id=True,
        notes="The body is the first sender's. The id is in a header, which is not signed. After a rotation the old secret signs the second header.",
        documentation="https://hookdeck.com/docs/authentication",
        sample=Sample(
            body='{"id": "evt_1", "type": "order.created", "data": {"total": 1000}}',
            headers={"X-Hookdeck-EventID": "{id}"},
        ),
    ),
    Provider(
        name="huggingface",
        title="Hugging Face",
        signed_with="the webhook's secret",
        verify={"scheme": "token", "header": "X-Webhook-Secret"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="content-hash",
        find_type="event.scope",
        documentation="https://huggingface.co/docs/hub/webhooks",
        sample=Sample(
            body='{"event": {"action": "create", "scope": "discussion"}, "repo": {"type": "model", "name": "openai-community/gpt2", "id": "621ffdc036468d709f17434d", "private": false}, "discussion": {"id": "6399f58518721fdd27fc9ca9", "title": "Update co2 emissions", "num": 19, "status": "open"}, "webhook": {"id": "6390e855e30d9209411de93b", "version": 3}}'
        ),
    ),
    Provider(
        name="planetscale",
        title="PlanetScale",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-PlanetScale-Signature"},
        find_id="content-hash",
        find_type="event",
        find_time="timestamp",
        documentation="https://planetscale.com/docs/api/webhooks",
        sample=Sample(
            body='{"timestamp": 1698253030, "event": "branch.ready", "organization": "my-org", "database": "my-database", "resource": {"id": "d9nq7u1nz3qr", "type": "Branch", "name": "add-index"}}'
        ),
    ),
    # Any sender that delivers by Svix.
    Provider(
        name="svix",
        title="Svix",
        signed_with="the endpoint's signing secret, whsec_…",
        verify={"scheme": "standard-webhooks", "spelling": "svix"},
        carries_id=True,
        find_id="header:svix-id",
        find_type="type || eventType || 'webhook'",
        find_time="timestamp",
        keeps_id=True,
        deadline=15,
        retries="after 5 seconds, 5 and 30 minutes, 2, 5, 10 and 10 hours",
        evidence=Evidence.SDK,
        documentation="https://docs.svix.com/receiving/verifying-payloads/how",
        sample=Sample(
            body='{"type": "invoice.paid", "timestamp": "2022-11-03T20:26:10.344522Z", "data": {"id": "1f81eb52-5198-4599-803e-771906343485", "amount": 1000}}'
        ),
    ),
    Provider(
        name="tailscale",
        title="Tailscale",
        signed_with="the webhook's secret, tskey-webhook-…",
        verify={
            "scheme": "hmac",
            "header": "Tailscale-Webhook-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
        },
        find_id="content-hash",
        find_type="[0].type",
        find_time="[0].timestamp",
        notes="One call may carry several events; the type is that of the first.",
        documentation="https://tailscale.com/kb/1213/webhooks",
        sample=Sample(
            body='[{"timestamp": "2022-09-21T13:37:51.658918-04:00", "version": 1, "type": "nodeCreated", "tailnet": "example.com", "message": "Node alice-workstation created", "data": {"nodeID": "n292kg92CNTRL", "deviceName": "alice-workstation.yak-bebop.ts.net", "actor": "alice@example.com"}}]'
        ),
    ),
    # HCP Terraform and Terraform Enterprise.
    Provider(
        name="terraform-cloud",
        title="HCP Terraform",
        signed_with="the notification's token",
        verify={"scheme": "hmac", "header": "X-TFE-Notification-Signature", "algorithm": "sha512"},
        find_id="content-hash",
        find_type="notifications[0].trigger",
        find_time="notifications[0].run_updated_at",
        notes="When a notification is created or enabled, HCP Terraform sends one with the trigger `verification` and expects 2xx.",
        documentation="https://developer.hashicorp.com/terraform/cloud-docs/workspaces/settings/notifications",
        sample=Sample(
            body='{"payload_version": 1, "notification_configuration_id": "nc-AeUQ2zfKZzW9TiGZ", "run_url": "https://app.terraform.io/app/acme-org/my-workspace/runs/run-FwnENkvDnrpyFC7M", "run_id": "run-FwnENkvDnrpyFC7M", "workspace_id": "ws-XdeUVMWShTesDMME", "notifications": [{"message": "Run Planned and Saved", "trigger": "run:completed", "run_status": "planned_and_saved", "run_updated_at": "2019-01-25T18:34:00.000Z"}]}'
        ),
    ),
    Provider(
        name="upstash",
        title="Upstash QStash",
        signed_with="the current signing key; name the next one as a second secret",
        verify={
            "scheme": "jwt",
            "header": "Upstash-Signature",
            "algorithms": ["HS256"],
            "issuer": "Upstash",
            "body_hash": {"claim": "body", "algorithm": "sha256", "encoding": "base64url"},
        },
        find_id="header:Upstash-Message-Id",
        keeps_id=True,
        notes="The body is the message that was published to QStash. The id is in a header, which is not signed.",
        evidence=Evidence.SDK,
        documentation="https://upstash.com/docs/qstash/howto/signature",
        sample=Sample(
            body='{"hello": "world"}',
            headers={"Upstash-Message-Id": "{id}"},
        ),
    ),
    # Log drains, now called drains, of Vercel.
    Provider(
        name="vercel-log-drains",
        title="Vercel log drains",
        signed_with="the drain's signature secret",
        verify={"scheme": "hmac", "header": "x-vercel-signature", "algorithm": "sha1"},
        find_id="content-hash",
        find_type="[0].source || source || 'log'",
        find_time="[0].timestamp || timestamp",
        media_types=frozenset({"application/json", "application/x-ndjson"}),
        notes='Vercel supports only SHA-1. One call carries many log lines; choose JSON for them. Configure the text that Vercel shows as `handshake = { text = "…", as = "header", name = "x-vercel-verify" }`.',
        documentation="https://vercel.com/docs/drains/security",
        sample=Sample(
            body='[{"id": "1573817187330377061717300000", "deploymentId": "dpl_233NRGRjVZX1caZrXWtz5g1TAksD", "source": "build", "host": "my-app-abc123.vercel.app", "timestamp": 1573817187330, "projectId": "gdufoJxB6b9b1fEqr1jUtFkyavUU", "level": "info", "message": "API request processed"}]'
        ),
    ),
    # Webflow's webhooks that were created by an application or with the API.
    Provider(
        name="webflow",
        title="Webflow",
        signed_with="the OAuth application's client secret, or the webhook's own secret key",
        verify={
            "scheme": "hmac",
            "header": "x-webflow-signature",
            "timestamp_header": "x-webflow-timestamp",
            "timestamp_format": "milliseconds",
            "template": "{timestamp}:{body}",
        },
        find_id="content-hash",
        find_type="triggerType",
        answer=SuccessAnswer(),
        retries="3 times, every 10 minutes",
        notes="Webhooks that were created in the dashboard are not signed.",
        evidence=Evidence.SDK,
        documentation="https://developers.webflow.com/data/docs/working-with-webhooks",
        sample=Sample(
            body='{"triggerType": "form_submission", "payload": {"name": "Contact Us", "siteId": "65427cf400e02b306eaa049c", "data": {"First Name": "Zaphod", "Last Name": "Beeblebrox"}, "submittedAt": "2022-09-14T12:35:16.117Z", "id": "6321ca84df3949bfc6752327"}}'
        ),
    ),
)
