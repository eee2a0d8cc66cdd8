"""Senders for monitoring: metrics, alerts, logs, incidents, networks and signs of attack."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hookline.providers.provider import Proves, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    Provider(
        name="aikido",
        title="Aikido",
        signed_with="the webhooks' HMAC signing secret",
        verify={
            "scheme": "hmac",
            "header": "X-Aikido-Webhook-Signature",
            "timestamp_body": "dispatched_at",
            "tolerance": timedelta(seconds=30),
        },
        find_id="content-hash",
        find_type="event_type",
        find_time="created_at",
        documentation="https://apidocs.aikido.dev/reference/verirfying-webhooks",
        sample=Sample(
            body='{"event_type": "issue.open.created", "created_at": 1700000000, "dispatched_at": {seconds}, "payload": {"issue_id": 456, "severity": "high", "type": "open_source"}}'
        ),
    ),
    # Prometheus Alertmanager.
    Provider(
        name="alertmanager",
        title="Prometheus Alertmanager",
        signed_with="the credentials of `authorization` in the receiver's `http_config`",
        verify={"scheme": "token", "bearer": True},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="each-call",
        find_type="status",
        notes="A notification lists the alerts that fire now, and is repeated while they do: each one is a separate event.",
        documentation="https://prometheus.io/docs/alerting/latest/configuration/#webhook_config",
        sample=Sample(
            body='{"version": "4", "groupKey": "{}:{alertname=\\"HighLatency\\"}", "truncatedAlerts": 0, "status": "firing", "receiver": "webhook", "groupLabels": {"alertname": "HighLatency"}, "commonLabels": {"alertname": "HighLatency"}, "externalURL": "http://alertmanager:9093", "alerts": [{"status": "firing", "labels": {"alertname": "HighLatency"}, "startsAt": "2024-01-02T03:04:05Z", "fingerprint": "c6eadffa33fcdf37"}]}'
        ),
    ),
    # Custom log streams of Auth0.
    Provider(
        name="auth0",
        title="Auth0 log streams",
        signed_with="the whole value of the Authorization field, as it was written at Auth0",
        verify={"scheme": "token", "header": "Authorization"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="[0].log_id || log_id || content-hash",
        find_type="[0].data.type || data.type",
        find_time="[0].data.date || data.date",
        media_types=frozenset({"application/json", "application/x-ndjson"}),
        notes="One call carries several entries of the log; id and type are those of the first. Choose a JSON array for them.",
        documentation="https://auth0.com/docs/customize/log-streams/custom-log-streams",
        sample=Sample(
            body='[{"log_id": "90020211103175135140136858446482536357410512722539225106", "data": {"date": "2021-11-03T17:51:32.245Z", "type": "s", "client_id": "ABC", "user_id": "auth0|1", "log_id": "90020211103175135140136858446482536357410512722539225106"}}]',
            fresh="log_id",
        ),
    ),
    Provider(
        name="checkly",
        title="Checkly",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "x-checkly-signature"},
        find_id="content-hash",
        notes="You write the body as a template: put CHECK_RESULT_ID into it, so that each alert has a different body.",
        documentation="https://www.checklyhq.com/docs/integrations/alerts/webhooks/",
        sample=Sample(
            body='{"event": "Check failed: Login", "alert_type": "ALERT_FAILURE", "check_name": "Login", "check_id": "b68422ae-6528-45a5-85a6-e85e1be9de2e", "check_result_id": "5e5b1a0d-5b2c-4f3b-9d1e-0c8a1d2f3b4a", "started_at": "2021-01-02T03:04:05.000Z"}'
        ),
    ),
    # Cisco Meraki's dashboard alerts.
    Provider(
        name="cisco-meraki",
        title="Cisco Meraki",
        signed_with="the shared secret of the HTTP server",
        verify={"scheme": "token", "body": "sharedSecret"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in each body",
        find_id="alertId || content-hash",
        find_type="alertTypeId || alertType",
        find_time="sentAt",
        notes="The secret is in the body and is stored and forwarded with it.",
        documentation="https://developer.cisco.com/meraki/webhooks/webhook-verification/",
        sample=Sample(
            body='{"version": "0.1", "sharedSecret": "a-secret-of-some-length", "sentAt": "2021-10-07T08:38:40.522804Z", "organizationId": "2930418", "organizationName": "My organization", "networkId": "N_24329156", "deviceSerial": "Q234-ABCD-5678", "alertId": "0000000000000000", "alertType": "APs went down", "alertTypeId": "stopped_reporting", "alertLevel": "critical", "occurredAt": "2018-02-11T00:00:00.123450Z", "alertData": {}}',
            fresh="alertId",
        ),
    ),
    # Notifications of Cloudflare.
    Provider(
        name="cloudflare",
        title="Cloudflare notifications",
        signed_with="the webhook's secret",
        verify={"scheme": "token", "header": "cf-webhook-auth"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="content-hash",
        find_type="alert_type",
        find_time="ts",
        documentation="https://developers.cloudflare.com/notifications/get-started/configure-webhooks/",
        sample=Sample(
            body='{"name": "Passive origin monitoring", "text": "Cloudflare could not reach your origin.", "data": {"severity": "INFO"}, "ts": 1710342148, "account_id": "023e105f4ecef8ad9ca31a8372d0c353", "policy_id": "0da2b59ef118439d8097bdfb215203c9", "alert_type": "real_origin_monitoring"}'
        ),
    ),
    Provider(
        name="datadog",
        title="Datadog",
        signed_with="user:password, as they are in the webhook's URL",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="id || content-hash",
        find_type="event_type || alert_transition || 'alert'",
        find_time="date",
        notes="You write the body as a template; Datadog's default has `$ID`, which is the id. With a custom header instead, use the general scheme `token`.",
        documentation="https://docs.datadoghq.com/integrations/webhooks/",
        sample=Sample(
            body='{"body": "CPU is high on host web-1", "last_updated": "1700000000000", "event_type": "metric_alert_monitor", "title": "[Triggered] CPU is high", "date": "1700000000000", "id": "7199999999999999999", "org": {"id": "11111", "name": "Example"}}',
            fresh="id",
        ),
    ),
    # Grafana Alerting, 12.0 and later.
    Provider(
        name="grafana",
        title="Grafana Alerting",
        signed_with="the contact point's HMAC secret",
        verify={"scheme": "hmac", "header": "X-Grafana-Alerting-Signature"},
        find_id="each-call",
        find_type="status",
        notes="A notification lists the alerts that fire now, and is repeated while they do: each one is a separate event. If the contact point has a timestamp header, use the general scheme `hmac` with the template `{timestamp}:{body}`.",
        documentation="https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/",
        sample=Sample(
            body='{"receiver": "My Super Webhook", "status": "firing", "orgId": 1, "alerts": [{"status": "firing", "labels": {"alertname": "High memory usage", "zone": "us-1"}, "startsAt": "2021-10-12T09:51:03.157076+02:00", "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "c6eadffa33fcdf37"}], "groupLabels": {}, "version": "1", "groupKey": "{}:{}", "title": "[FIRING:1]  (High memory usage)", "state": "alerting"}'
        ),
    ),
    Provider(
        name="langfuse",
        title="Langfuse",
        signed_with="the automation's signing secret, lf-whsec_…",
        verify={
            "scheme": "hmac",
            "header": "x-langfuse-signature",
            "fields": {"timestamp": "t", "signature": "v1"},
        },
        find_id="id",
        find_type="type",
        find_time="timestamp",
        keeps_id=True,
        documentation="https://langfuse.com/docs/prompt-management/features/webhooks-slack-integrations",
        sample=Sample(
            body='{"id": "550e8400-e29b-41d4-a716-446655440000", "timestamp": "2024-07-10T10:30:00Z", "type": "prompt-version", "apiVersion": "v1", "action": "created", "prompt": {"id": "prompt_abc123", "name": "movie-critic", "version": 3}}'
        ),
    ),
    Provider(
        name="mongodb-atlas",
        title="MongoDB Atlas alerts",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-MMS-Signature", "algorithm": "sha1", "encoding": "base64"},
        find_id="content-hash",
        find_type="header:X-MMS-Event",
        find_time="updated",
        notes="Atlas supports only SHA-1. The type is in a header, which is not signed.",
        documentation="https://www.mongodb.com/docs/atlas/tutorial/webhook-integration/",
        sample=Sample(
            body='{"id": "5eb9c1d37a3e5a386ed7d7b2", "groupId": "5c8100bcf2a30b12ff88258f", "eventTypeName": "OUTSIDE_METRIC_THRESHOLD", "status": "OPEN", "created": "2020-05-11T21:21:23Z", "updated": "2020-05-11T21:21:23Z", "metricName": "CONNECTIONS_PERCENT"}',
            headers={"X-MMS-Event": "alert.open"},
        ),
    ),
    Provider(
        name="new-relic",
        title="New Relic",
        signed_with="user:password of the destination's basic authentication",
        verify={"scheme": "basic"},
        proves=Proves.SENDER,
        covers="nothing: the secret itself is in a header of each call",
        find_id="content-hash",
        find_type="state || 'notification'",
        find_time="updatedAt",
        notes="You write the body as a template. With bearer authentication instead, use the general scheme `token`.",
        documentation="https://docs.newrelic.com/docs/alerts/get-notified/notification-integrations/#webhook",
        sample=Sample(
            body='{"id": "2d2fa0c1-5f5e-4a5a-9c7e-0a3b6f0f6b0d", "issueUrl": "https://radar-api.service.newrelic.com/accounts/1/issues/2d2fa0c1", "title": "CPU is high", "priority": "CRITICAL", "state": "ACTIVATED", "createdAt": 1617881246260, "updatedAt": 1617881246260}'
        ),
    ),
    # Port's actions that call a webhook.
    Provider(
        name="port-io",
        title="Port",
        signed_with="the organization's client secret",
        verify={
            "scheme": "hmac",
            "header": "X-Port-Signature",
            "prefix": "v1,",
            "encoding": "base64",
            "timestamp_header": "X-Port-Timestamp",
        },
        find_id="context.runId || content-hash",
        find_type="action || 'action'",
        notes="Port's example signs the body's JSON after it was encoded again without spaces.",
        documentation="https://docs.port.io/actions-and-automations/setup-backend/webhook/signature-verification",
        sample=Sample(
            body='{"action":"create_service","resourceType":"run","status":"TRIGGERED","context":{"entity":null,"blueprint":"service","runId":"r_0c5c3bd2a6b34f1d"},"payload":{"properties":{"name":"checkout"}}}',
            fresh="runId",
        ),
    ),
    Provider(
        name="rootly",
        title="Rootly",
        signed_with="the endpoint's secret",
        verify={
            "scheme": "hmac",
            "header": "X-Rootly-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
            "template": "{timestamp}{body}",
        },
        find_id="event.id",
        find_type="event.type",
        find_time="event.issued_at",
        keeps_id=True,
        documentation="https://docs.rootly.com/configuration/webhooks",
        sample=Sample(
            body='{"event": {"id": "0f8e5f0a-7c3f-4b1a-9c53-0e3c9f6a5b1d", "type": "incident.created", "issued_at": "2022-07-05T01:02:03.000Z"}, "data": {"id": "1d2c3b4a-0000-4000-8000-000000000000", "title": "Checkout is slow", "status": "started"}}'
        ),
    ),
    # Notifications of Semaphore CI.
    Provider(
        name="semaphore",
        title="Semaphore",
        signed_with="the secret of the notification, WEBHOOK_SECRET",
        verify={"scheme": "hmac", "header": "X-Semaphore-Signature-256", "prefix": ["", "sha256="]},
        find_id="content-hash",
        find_type="pipeline.result",
        find_time="pipeline.done_at",
        documentation="https://docs.semaphoreci.com/using-semaphore/notifications",
        sample=Sample(
            body='{"version": "1.0.0", "organization": {"name": "semaphore", "id": "36360e31-fc6b-4a3c-8f5d-0a1b2c3d4e5f"}, "project": {"name": "notifications", "id": "91b4c3d2-0000-4000-8000-000000000000"}, "pipeline": {"id": "de0c1c9a-0000-4000-8000-000000000000", "name": "Build", "result": "passed", "state": "done", "done_at": "2018-11-02T11:20:30Z"}}'
        ),
    ),
)
