"""Senders for those who build, release and run software: repositories, pipelines, hosts, feature flags and secrets."""

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
        notes="SHA-1 is the only form that Appwrite has. The public URL must be the webhook's URL, character for character. The events stand in a header, which is not signed.",
        documentation="https://appwrite.io/docs/advanced/platform/webhooks",
        sample=Sample(
            body='{"$id": "63a1b2c3d4e5f6a7b8c9", "name": "Walter O\'Brien", "email": "walter@example.com", "status": true, "registration": "2022-12-20T12:00:00.000+00:00"}',
            headers={"X-Appwrite-Webhook-Events": "users.63a1b2c3d4e5f6a7b8c9.create,users.*.create,users.*"},
        ),
    ),
    # Service hooks of Azure DevOps.
    Provider(
        name="azure-devops",
        title="Azure DevOps service hooks",
        signed_with="user:password of the service hook's basic authentication",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself stands in a header of each call",
        find_id="id",
        find_type="eventType",
        find_time="createdDate",
        documentation="https://learn.microsoft.com/en-us/azure/devops/service-hooks/services/webhooks",
        sample=Sample(
            body='{"subscriptionId": "00000000-0000-0000-0000-000000000000", "notificationId": 1, "id": "4a5d99d6-1c75-4e53-91b9-ee80057d4ce3", "eventType": "build.complete", "publisherId": "tfs", "resource": {"id": 2, "status": "succeeded"}, "createdDate": "2016-09-19T13:03:27.2879096Z"}'
        ),
    ),
    Provider(
        name="azure-event-grid",
        title="Azure Event Grid",
        signed_with="a secret that you write into the query of the endpoint's URL, as `code`",
        verify={"scheme": "token", "query": "code"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself stands in the query of each call",
        find_id="[0].id || id",
        find_type="[0].eventType || [0].type || type",
        find_time="[0].eventTime || [0].time || time",
        keeps_id=True,
        deadline=30,
        retries="after 10 and 30 seconds, 1, 5, 10 and 30 minutes, 1, 3 and 6 hours, then every 12 hours, for up to 24 hours",
        notes="Event Grid sends its events in a list; id and type are those of the first. The secret stands in the URL: keep the query out of the logs of proxies.",
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
    # Bitbucket Data Center and Server.
    Provider(
        name="bitbucket-server",
        title="Bitbucket Data Center",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Hub-Signature", "prefix": "sha256="},
        find_id="header:X-Request-Id",
        find_type="header:X-Event-Key",
        find_time="date",
        notes="Id and type stand in headers, which are not signed.",
        documentation="https://confluence.atlassian.com/bitbucketserver/manage-webhooks-938025878.html",
        sample=Sample(
            body='{"eventKey": "repo:refs_changed", "date": "2017-09-19T09:58:11+1000", "actor": {"name": "admin", "id": 1}, "repository": {"slug": "repository", "id": 84}, "changes": [{"ref": {"id": "refs/heads/master"}, "type": "UPDATE"}]}',
            headers={"X-Request-Id": "{id}", "X-Event-Key": "repo:refs_changed"},
        ),
    ),
    Provider(
        name="buildkite",
        title="Buildkite",
        signed_with="the webhook's token, which is sent as a signature",
        verify={
            "scheme": "hmac",
            "header": "X-Buildkite-Signature",
            "fields": {"timestamp": "timestamp", "signature": "signature"},
        },
        find_id="content-hash",
        find_type="event",
        notes="Choose at Buildkite that the token is sent as X-Buildkite-Signature: X-Buildkite-Token holds the token itself.",
        documentation="https://buildkite.com/docs/apis/webhooks/pipelines",
        sample=Sample(
            body='{"event": "build.finished", "build": {"id": "f62a1b4d-10f9-4790-bc1c-e2c3a0c80983", "number": 27, "state": "passed", "branch": "main"}, "pipeline": {"id": "849411f9-9e6d-4739-a0d8-e247088e9b52", "slug": "my-pipeline"}, "sender": {"name": "Keith Pitt"}}',
            headers={"X-Buildkite-Event": "build.finished"},
        ),
    ),
    Provider(
        name="circleci",
        title="CircleCI",
        signed_with="the webhook's secret token",
        verify={"scheme": "hmac", "header": "circleci-signature", "fields": {"signature": "v1"}},
        find_id="id",
        find_type="type",
        find_time="happened_at",
        keeps_id=True,
        deadline=5,
        retries="later, at times that CircleCI does not say, after anything but 2xx",
        documentation="https://circleci.com/docs/guides/integration/outbound-webhooks/",
        sample=Sample(
            body='{"id": "3888f21b-eaa7-38e3-8f3d-75a63bba8895", "type": "workflow-completed", "happened_at": "2021-09-01T22:49:34.317Z", "webhook": {"id": "cf8c4fdd-0587-4da1-b4ca-4846e9640af9", "name": "Sample Webhook"}, "workflow": {"id": "fda08377-fe7e-46b1-8992-3a7aaecac9c3", "name": "build-test-deploy", "status": "success"}}',
            headers={"circleci-event-type": "workflow-completed"},
        ),
    ),
    Provider(
        name="configcat",
        title="ConfigCat",
        signed_with="the webhook's signing key",
        verify={
            "scheme": "hmac",
            "header": "X-ConfigCat-Webhook-Signature-V1",
            "encoding": "base64",
            "timestamp_header": "X-ConfigCat-Webhook-Timestamp",
            "template": "{header:X-ConfigCat-Webhook-ID}{timestamp}{body}",
        },
        find_id="header:X-ConfigCat-Webhook-ID",
        notes="Two keys can be active at once; then both signatures stand in the header. The body is what you write at ConfigCat, and may be empty.",
        documentation="https://configcat.com/docs/advanced/notifications-webhooks/",
        sample=Sample(
            body='{"data": "productName: Example, configName: Main Config, environmentName: Production, changedBy: jane@example.com"}',
        ),
    ),
    # Cloud agents of Cursor.
    Provider(
        name="cursor",
        title="Cursor cloud agents",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Webhook-Signature", "prefix": "sha256="},
        find_id="header:X-Webhook-ID",
        find_type="event",
        find_time="timestamp",
        notes="The id stands in a header, which is not signed.",
        documentation="https://cursor.com/docs/cloud-agent/api/webhooks",
        sample=Sample(
            body='{"event": "statusChange", "timestamp": "2024-01-15T10:30:00Z", "id": "bc_abc123", "status": "FINISHED", "source": {"repository": "https://github.com/your-org/your-repo", "ref": "main"}, "summary": "Added README.md with installation instructions"}',
            headers={"X-Webhook-ID": "{id}", "X-Webhook-Event": "statusChange"},
        ),
    ),
    Provider(
        name="doppler",
        title="Doppler",
        signed_with="the webhook's signing secret",
        verify={"scheme": "hmac", "header": "X-Doppler-Signature", "prefix": "sha256="},
        find_id="content-hash",
        find_type="type",
        notes='The body is Doppler\'s own only where you write none; a body of yours holds no id, and the same one twice is taken for one event: add `id = "each-call"`.',
        documentation="https://docs.doppler.com/docs/webhooks",
        sample=Sample(
            body='{"type": "config.secrets.update", "config": {"name": "prd", "project": "backend", "environment": "prd"}, "project": {"id": "backend", "name": "backend"}, "workplace": {"id": "00000000", "name": "Example"}, "diff": {"added": [], "removed": [], "updated": ["API_KEY"]}}'
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
        notes="SHA-1 is the only form that Expo has. One build or submission makes one event.",
        documentation="https://docs.expo.dev/eas/webhooks/",
        sample=Sample(
            body='{"id": "147a3212-49fd-446f-b4e3-a6519acf264a", "accountName": "dsokal", "projectName": "example", "platform": "ios", "status": "finished", "createdAt": "2021-11-24T09:53:01.155Z", "completedAt": "2021-11-24T09:57:42.715Z"}'
        ),
    ),
    Provider(
        name="flagsmith",
        title="Flagsmith",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Flagsmith-Signature"},
        find_id="content-hash",
        find_type="event_type",
        find_time="data.timestamp",
        documentation="https://docs.flagsmith.com/system-administration/webhooks",
        sample=Sample(
            body='{"data": {"changed_by": "Ben Rometsch", "new_state": {"enabled": true, "environment": {"id": 23, "name": "Development"}, "feature": {"id": 12, "name": "font_size"}}, "timestamp": "2021-06-18T07:50:26.595298Z"}, "event_type": "FLAG_UPDATED"}'
        ),
    ),
    Provider(
        name="forgejo",
        title="Forgejo",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Forgejo-Signature"},
        find_id="header:X-Forgejo-Delivery",
        find_type="header:X-Forgejo-Event",
        notes="Choose JSON as the content type: of a form, the JSON in it is signed and not the body. Id and type stand in headers, which are not signed.",
        documentation="https://codeberg.org/forgejo/forgejo/src/branch/forgejo/services/webhook/shared/payloader.go",
        sample=Sample(
            body='{"ref": "refs/heads/develop", "before": "28e1879d029cb852e4844d9c718537df08844e03", "after": "bffeb74224043ba2feb48d137756c8a9331c449a", "repository": {"id": 140, "full_name": "forgejo/webhooks"}, "pusher": {"login": "forgejo"}}',
            headers={"X-Forgejo-Delivery": "{id}", "X-Forgejo-Event": "push"},
        ),
    ),
    Provider(
        name="gitea",
        title="Gitea",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Gitea-Signature"},
        find_id="header:X-Gitea-Delivery",
        find_type="header:X-Gitea-Event",
        notes="Choose JSON as the content type: of a form, the JSON in it is signed and not the body. Id and type stand in headers, which are not signed.",
        documentation="https://github.com/go-gitea/gitea/blob/main/services/webhook/deliver.go",
        sample=Sample(
            body='{"ref": "refs/heads/develop", "before": "28e1879d029cb852e4844d9c718537df08844e03", "after": "bffeb74224043ba2feb48d137756c8a9331c449a", "repository": {"id": 140, "full_name": "gitea/webhooks"}, "pusher": {"login": "gitea"}}',
            headers={"X-Gitea-Delivery": "{id}", "X-Gitea-Event": "push"},
        ),
    ),
    Provider(
        name="gogs",
        title="Gogs",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Gogs-Signature"},
        find_id="header:X-Gogs-Delivery",
        find_type="header:X-Gogs-Event",
        notes="Choose JSON as the content type: of a form, the JSON in it is signed and not the body. Id and type stand in headers, which are not signed.",
        documentation="https://github.com/gogs/gogs/blob/main/internal/database/webhook.go",
        sample=Sample(
            body='{"ref": "refs/heads/develop", "before": "28e1879d029cb852e4844d9c718537df08844e03", "after": "bffeb74224043ba2feb48d137756c8a9331c449a", "repository": {"id": 140, "full_name": "gogs/webhooks"}, "pusher": {"login": "unknwon"}}',
            headers={"X-Gogs-Delivery": "{id}", "X-Gogs-Event": "push"},
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
    # What Hookdeck's Event Gateway sends on.
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
        notes="The body is the first sender's. The id stands in a header, which is not signed. After a rotation the old secret signs the second header.",
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
        covers="nothing: the secret itself stands in a header of each call",
        find_id="content-hash",
        find_type="event.scope",
        documentation="https://huggingface.co/docs/hub/webhooks",
        sample=Sample(
            body='{"event": {"action": "create", "scope": "discussion"}, "repo": {"type": "model", "name": "openai-community/gpt2", "id": "621ffdc036468d709f17434d", "private": false}, "discussion": {"id": "6399f58518721fdd27fc9ca9", "title": "Update co2 emissions", "num": 19, "status": "open"}, "webhook": {"id": "6390e855e30d9209411de93b", "version": 3}}'
        ),
    ),
    Provider(
        name="infisical",
        title="Infisical",
        signed_with="the webhook's secret key",
        verify={
            "scheme": "hmac",
            "header": "X-Infisical-Signature",
            "separator": ";",
            "fields": {"signature": 2},
            "timestamp_body": "timestamp",
            "timestamp_format": "milliseconds",
        },
        find_id="content-hash",
        find_type="event",
        find_time="timestamp",
        notes="The time in the header is not signed; that in the body is the same, and is checked.",
        documentation="https://infisical.com/docs/documentation/platform/webhooks",
        sample=Sample(
            body='{"event": "secrets.modified", "project": {"workspaceId": "657830d579cfc8415d06ce5b", "projectName": "example", "environment": "prod", "secretPath": "/"}, "timestamp": {milliseconds}}'
        ),
    ),
    Provider(
        name="launchdarkly",
        title="LaunchDarkly",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-LD-Signature"},
        find_id="_id",
        find_type="kind",
        find_time="date",
        keeps_id=True,
        notes="Webhooks may arrive in another order than their events had; `date` is the time of the event. The id is that of the entry in the audit log.",
        documentation="https://launchdarkly.com/docs/home/infrastructure/webhooks",
        sample=Sample(
            body='{"_id": "57c0a8e29969090743529965", "date": 1472243938774, "accesses": [{"action": "updateName", "resource": "proj/alexis:env/test"}], "kind": "environment", "name": "Testing", "description": "- Changed the name from ~~Test~~ to *Testing*", "titleVerb": "changed the name of"}'
        ),
    ),
    # Hooks of the npm registry.
    Provider(
        name="npm",
        title="npm hooks",
        signed_with="the hook's secret",
        verify={"scheme": "hmac", "header": "x-npm-signature", "prefix": "sha256="},
        find_id="content-hash",
        find_type="event",
        find_time="time",
        documentation="https://github.com/npm/registry/blob/main/docs/hooks/endpoints.md",
        sample=Sample(
            body='{"event": "package:publish", "name": "@npm/hooks-example", "type": "package", "version": "1.0.0", "hookOwner": {"username": "npm"}, "change": {"version": "1.0.0"}, "time": 1603444214995}'
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
    Provider(
        name="snyk",
        title="Snyk",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Hub-Signature", "prefix": "sha256="},
        find_id="header:X-Snyk-Transport-ID",
        find_type="header:X-Snyk-Event",
        find_time="header:X-Snyk-Timestamp",
        notes="Id, type and time stand in headers, which are not signed.",
        documentation="https://docs.snyk.io/snyk-api/using-specific-snyk-apis/webhooks-apis/validating-payloads",
        sample=Sample(
            body='{"project": {"id": "af137b96-6966-46c1-826b-2e79ac49bbd9", "name": "example/repo"}, "org": {"id": "a04d9cbd-ae6e-44af-b573-0556b0ad4bd2", "name": "atokeneduser"}, "newIssues": [], "removedIssues": []}',
            headers={
                "X-Snyk-Transport-ID": "{id}",
                "X-Snyk-Event": "project_snapshot/v0",
                "X-Snyk-Timestamp": "{rfc3339}",
            },
        ),
    ),
    # SonarQube Server and SonarQube Cloud.
    Provider(
        name="sonarqube",
        title="SonarQube",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Sonar-Webhook-HMAC-SHA256"},
        find_id="taskId || content-hash",
        find_type="status",
        find_time="changedAt || analysedAt",
        notes="One analysis makes one event; its task is the id. A change of an issue that changes the quality gate makes one too, and has no task. The status says how the analysis went, not the quality gate.",
        documentation="https://docs.sonarsource.com/sonarqube-server/project-administration/integrations/webhooks/",
        sample=Sample(
            body='{"serverUrl": "http://localhost:9000", "taskId": "AVh21JS2JepAEhwQ-b3u", "status": "SUCCESS", "analysedAt": "2016-11-18T10:46:28+0100", "revision": "c739069ec7105e01303e8b3065a81141aad9f129", "project": {"key": "myproject", "name": "My Project"}, "qualityGate": {"name": "SonarQube way", "status": "OK"}}',
            fresh="taskId",
        ),
    ),
    Provider(
        name="statsig",
        title="Statsig",
        signed_with="the webhook's signing secret",
        verify={
            "scheme": "hmac",
            "header": "X-Statsig-Signature",
            "prefix": "v0=",
            "timestamp_header": "X-Statsig-Request-Timestamp",
            "timestamp_format": "milliseconds",
            "template": "v0:{timestamp}:{body}",
        },
        find_id="content-hash",
        notes="One call may carry several events.",
        handshake_kinds=(
            (
                "echo.EchoedMember",
                {
                    "path": "data.verification_code",
                    "when": (("body:data.event", "url_verification"),),
                    "reply": "json",
                    "is_signed": False,
                },
            ),
        ),
        documentation="https://docs.statsig.com/integrations/event_webhook",
        sample=Sample(
            body='{"data": [{"user": {"name": "Jane", "email": "jane@example.com"}, "timestamp": 1709660061095, "eventName": "statsig::config_change", "metadata": {"type": "Gate", "name": "a_gate", "action": "updated"}}]}'
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
        notes="Where a notification is made or enabled, HCP Terraform sends one with the trigger `verification` and wants 2xx.",
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
        notes="The body is what was published to QStash. The id stands in a header, which is not signed.",
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
        notes='SHA-1 is the only form that Vercel has. One call carries many lines of log; choose JSON for them. Write the text that Vercel shows as `handshake = { text = "…", as = "header", name = "x-vercel-verify" }`.',
        documentation="https://vercel.com/docs/drains/security",
        sample=Sample(
            body='[{"id": "1573817187330377061717300000", "deploymentId": "dpl_233NRGRjVZX1caZrXWtz5g1TAksD", "source": "build", "host": "my-app-abc123.vercel.app", "timestamp": 1573817187330, "projectId": "gdufoJxB6b9b1fEqr1jUtFkyavUU", "level": "info", "message": "API request processed"}]'
        ),
    ),
    # Webflow's webhooks that were made by an application or the API.
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
        notes="Webhooks that were made in the dashboard are not signed.",
        evidence=Evidence.SDK,
        documentation="https://developers.webflow.com/data/docs/working-with-webhooks",
        sample=Sample(
            body='{"triggerType": "form_submission", "payload": {"name": "Contact Us", "siteId": "65427cf400e02b306eaa049c", "data": {"First Name": "Zaphod", "Last Name": "Beeblebrox"}, "submittedAt": "2022-09-14T12:35:16.117Z", "id": "6321ca84df3949bfc6752327"}}'
        ),
    ),
)
