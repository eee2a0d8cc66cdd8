"""Senders for writing and running software, which sign with a keyed hash."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hookline.domain.source import SuccessAnswer
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["SENDERS"]

SENDERS: Final = (
    # Bitbucket Cloud.
    Provider(
        name="bitbucket",
        title="Bitbucket",
        signs="`X-Hub-Signature: sha256=…`, hex over the body",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Hub-Signature", "prefix": "sha256="},
        find_id="header:X-Request-UUID",
        find_type="header:X-Event-Key",
        deadline=10,
        retries="up to two more times, after 5xx or no answer",
        documentation="https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
        sample=Sample(
            body='{"actor": {"type": "user", "display_name": "Emma"}, "repository": {"type": "repository", "full_name": "emmap1/test"}, "push": {"changes": [{"new": {"type": "branch", "name": "main"}}]}}',
            headers={"X-Request-UUID": "{id}", "X-Event-Key": "repo:push"},
        ),
    ),
    Provider(
        name="github",
        title="GitHub",
        signs="`X-Hub-Signature-256: sha256=…`, hex over the body",
        signed_with="the webhook's secret, as it was chosen",
        verify={"scheme": "hmac", "header": "X-Hub-Signature-256", "prefix": "sha256="},
        find_id="header:X-GitHub-Delivery",
        find_type="header:X-GitHub-Event",
        keeps_id=True,
        max_body=25 * 1024 * 1024,
        max_body_source="https://docs.github.com/en/webhooks/webhook-events-and-payloads",
        deadline=10,
        retries="never automatically: redeliver by hand or with the API",
        notes="Choose the content type application/json. Id and type are in headers, which are not signed.",
        evidence=Evidence.VECTOR,
        documentation="https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
        sample=Sample(
            body='{"ref": "refs/heads/main", "before": "0000000000000000000000000000000000000000", "after": "6dcb09b5b57875f334f61aebed695e2e4193db5e", "repository": {"id": 186853002, "full_name": "octocat/Hello-World"}, "pusher": {"name": "octocat"}}',
            headers={"X-GitHub-Delivery": "{id}", "X-GitHub-Event": "push"},
        ),
    ),
    # Jira Cloud.
    Provider(
        name="jira",
        title="Jira",
        signs="`X-Hub-Signature: sha256=…`, hex over the body",
        signed_with="the webhook's secret",
        verify={"scheme": "hmac", "header": "X-Hub-Signature", "prefix": "sha256="},
        find_id="header:X-Atlassian-Webhook-Identifier || content-hash",
        find_type="webhookEvent",
        find_time="timestamp",
        keeps_id=True,
        retries="up to 5 times, after 5 to 15 minutes",
        documentation="https://developer.atlassian.com/cloud/jira/platform/webhooks/",
        sample=Sample(
            body='{"timestamp": 1525698237764, "webhookEvent": "jira:issue_created", "issue": {"id": "99291", "key": "JRA-20002", "fields": {"summary": "I feel the need for speed"}}}',
            headers={"X-Atlassian-Webhook-Identifier": "{id}"},
        ),
    ),
    Provider(
        name="linear",
        title="Linear",
        signs="`Linear-Signature`, hex over the body, whose `webhookTimestamp` is the time",
        signed_with="the webhook's signing secret",
        verify={
            "scheme": "hmac",
            "header": "Linear-Signature",
            "timestamp_body": "webhookTimestamp",
            "timestamp_format": "milliseconds",
            "tolerance": timedelta(seconds=60),
        },
        find_id="header:Linear-Delivery || content-hash",
        find_type="type",
        find_time="createdAt",
        unique_body="every body has webhookTimestamp, the moment when the call was sent, in milliseconds (https://linear.app/developers/webhooks)",
        answer=SuccessAnswer(),
        deadline=5,
        retries="3 times: after 1 minute, 1 hour and 6 hours; then the webhook may be disabled",
        documentation="https://linear.app/developers/webhooks",
        sample=Sample(
            body='{"action":"create","type":"Issue","createdAt":"2020-01-23T12:53:18.084Z","data":{"id":"2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9","title":"Example"},"webhookTimestamp":{milliseconds},"webhookId":"000042e3-d123-4980-b49f-8e140eef9329"}',
            headers={"Linear-Delivery": "{id}", "Linear-Event": "Issue"},
        ),
    ),
    # PagerDuty V3.
    Provider(
        name="pagerduty",
        title="PagerDuty",
        signs="`X-PagerDuty-Signature: v1=…,v1=…`, hex over the body",
        signed_with="the subscription's secret",
        verify={"scheme": "hmac", "header": "X-PagerDuty-Signature", "prefix": "v1="},
        find_id="event.id",
        find_type="event.event_type",
        find_time="event.occurred_at",
        keeps_id=True,
        documentation="https://developer.pagerduty.com/docs/verifying-webhook-signatures",
        sample=Sample(
            body='{"event": {"id": "5ac64822-4adc-4fda-ade0-410becf0de4f", "event_type": "incident.priority_updated", "resource_type": "incident", "occurred_at": "2020-10-02T18:45:22.169Z", "data": {"id": "PGR0VU2", "type": "incident", "number": 2, "status": "triggered"}}}'
        ),
    ),
    Provider(
        name="sentry",
        title="Sentry",
        signs="`Sentry-Hook-Signature`, hex over the body",
        signed_with="the integration's client secret",
        verify={"scheme": "hmac", "header": "Sentry-Hook-Signature"},
        find_id="header:Request-ID",
        find_type="header:Sentry-Hook-Resource",
        find_time="header:Sentry-Hook-Timestamp",
        max_body=6 * 1024 * 1024,  # 1 MB of event, for each byte of which JSON may use six, and the rest
        max_body_source="https://docs.sentry.io/concepts/data-management/size-limits/",
        deadline=1,
        documentation="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
        sample=Sample(
            body='{"action": "created", "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"}, "data": {"issue": {"id": "1170820242", "title": "Error #1: This is a test error!", "level": "error"}}, "actor": {"type": "application", "id": "sentry", "name": "Sentry"}}',
            headers={"Request-ID": "{id}", "Sentry-Hook-Resource": "issue", "Sentry-Hook-Timestamp": "{seconds}"},
        ),
    ),
    Provider(
        name="trello",
        title="Trello",
        signs="`X-Trello-Webhook`, HMAC-SHA1 in base64 over the body and the callback URL",
        signed_with="the application's OAuth secret",
        verify={
            "scheme": "hmac",
            "header": "X-Trello-Webhook",
            "algorithm": "sha1",
            "encoding": "base64",
            "template": "{body}{url}",
        },
        find_id="action.id",
        find_type="action.type",
        find_time="action.date",
        keeps_id=True,
        answer=SuccessAnswer(),
        retries="3 times: after 30, 60 and 120 seconds; 410 deletes the webhook",
        notes="Trello supports only SHA-1. The public URL must be the callback URL of the webhook, character for character.",
        handshake_kinds=(("ping.Presence", {}),),
        documentation="https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
        sample=Sample(
            body='{"action": {"id": "51f9424bcd6e040f3c002412", "idMemberCreator": "4fc78a59a885233f4b349bd9", "data": {"board": {"id": "4d5ea62fd76aa1136000000c", "name": "Trello Development"}}, "type": "updateBoard", "date": "2013-07-31T16:58:51.949Z"}, "model": {"id": "4d5ea62fd76aa1136000000c"}}'
        ),
    ),
    Provider(
        name="vercel",
        title="Vercel",
        signs="`x-vercel-signature`, HMAC-SHA1 in hex over the body",
        signed_with="the webhook's or the integration's secret",
        verify={"scheme": "hmac", "header": "x-vercel-signature", "algorithm": "sha1"},
        find_id="id",
        find_type="type",
        find_time="createdAt",
        notes="Vercel supports only SHA-1.",
        documentation="https://vercel.com/docs/webhooks/webhooks-api",
        sample=Sample(
            body='{"type": "deployment.created", "id": "evt_1234567890", "createdAt": 1700000000000, "region": "sfo1", "payload": {"deployment": {"id": "dpl_123", "name": "example"}, "project": {"id": "prj_123"}}}'
        ),
    ),
    Provider(
        name="workos",
        title="WorkOS",
        signs="`WorkOS-Signature: t=…, v1=…` over the time in milliseconds and the body",
        signed_with="the webhook endpoint's secret",
        verify={
            "scheme": "hmac",
            "header": "WorkOS-Signature",
            "fields": {"timestamp": "t", "signature": "v1"},
            "timestamp_format": "milliseconds",
            "tolerance": timedelta(seconds=180),
        },
        find_id="id",
        find_type="event",
        find_time="created_at",
        keeps_id=True,
        answer=SuccessAnswer(),
        evidence=Evidence.SDK,
        documentation="https://workos.com/docs/events/data-syncing/webhooks",
        sample=Sample(
            body='{"event": "dsync.user.created", "id": "event_01E4ZCR3C56J083X43JQXF3JK5", "data": {"id": "directory_user_01E1JG7J09H96KYP8HM9B0G5SJ", "state": "active"}, "created_at": "2021-06-25T19:07:33.155Z"}'
        ),
    ),
)
