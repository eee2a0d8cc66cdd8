"""Senders for building and releasing software: repositories, pipelines, feature flags and secrets."""

from __future__ import annotations

from typing import Final

from hookline.providers.provider import Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # Service hooks of Azure DevOps.
    Provider(
        name="azure-devops",
        title="Azure DevOps service hooks",
        signed_with="user:password of the service hook's basic authentication",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="id",
        find_type="eventType",
        find_time="createdDate",
        documentation="https://learn.microsoft.com/en-us/azure/devops/service-hooks/services/webhooks",
        sample=Sample(
            body='{"subscriptionId": "00000000-0000-0000-0000-000000000000", "notificationId": 1, "id": "4a5d99d6-1c75-4e53-91b9-ee80057d4ce3", "eventType": "build.complete", "publisherId": "tfs", "resource": {"id": 2, "status": "succeeded"}, "createdDate": "2016-09-19T13:03:27.2879096Z"}'
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
        notes="Id and type are in headers, which are not signed.",
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
        notes="Choose at Buildkite that the token is used for X-Buildkite-Signature: X-Buildkite-Token contains the token itself.",
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
        retries="later, at times that CircleCI does not document, after any answer but 2xx",
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
        notes="Two keys can be active at the same time; then both signatures are in the header. You write the body at ConfigCat; it may be empty.",
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
        notes="The id is in a header, which is not signed.",
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
        notes='The body is Doppler\'s own only if you write none. Your own body contains no id, and hookline treats two equal bodies as one event: add `id = "each-call"`.',
        documentation="https://docs.doppler.com/docs/webhooks",
        sample=Sample(
            body='{"type": "config.secrets.update", "config": {"name": "prd", "project": "backend", "environment": "prd"}, "project": {"id": "backend", "name": "backend"}, "workplace": {"id": "00000000", "name": "Example"}, "diff": {"added": [], "removed": [], "updated": ["API_KEY"]}}'
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
        notes="Choose JSON as the content type: in a form, only the JSON in it is signed, not the whole body. Id and type are in headers, which are not signed.",
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
        notes="Choose JSON as the content type: in a form, only the JSON in it is signed, not the whole body. Id and type are in headers, which are not signed.",
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
        notes="Choose JSON as the content type: in a form, only the JSON in it is signed, not the whole body. Id and type are in headers, which are not signed.",
        documentation="https://github.com/gogs/gogs/blob/main/internal/database/webhook.go",
        sample=Sample(
            body='{"ref": "refs/heads/develop", "before": "28e1879d029cb852e4844d9c718537df08844e03", "after": "bffeb74224043ba2feb48d137756c8a9331c449a", "repository": {"id": 140, "full_name": "gogs/webhooks"}, "pusher": {"login": "unknwon"}}',
            headers={"X-Gogs-Delivery": "{id}", "X-Gogs-Event": "push"},
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
        notes="The time in the header is not signed; the time in the body is the same, and is checked.",
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
        notes="Webhooks may arrive in another order than their events; `date` is the time of the event. The id is that of the entry in the audit log.",
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
        name="snyk",
        title="Snyk",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Hub-Signature", "prefix": "sha256="},
        find_id="header:X-Snyk-Transport-ID",
        find_type="header:X-Snyk-Event",
        find_time="header:X-Snyk-Timestamp",
        notes="Id, type and time are in headers, which are not signed.",
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
        notes="Each analysis is one event; its task is the id. A change of an issue that changes the quality gate is an event too, without a task. The status is that of the analysis, not of the quality gate.",
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
)
