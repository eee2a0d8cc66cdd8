"""Jira Cloud: ``X-Hub-Signature: sha256=…``, hex over the body (https://developer.atlassian.com/cloud/jira/platform/webhooks/)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="jira",
    title="Jira",
    signed_with="the webhook's secret",
    scheme=KeyedHash(header="X-Hub-Signature", prefix="sha256="),
    find_id="header:X-Atlassian-Webhook-Identifier || content-hash",
    find_type="webhookEvent",
    find_time="timestamp",
    keeps_id=True,
    retries="up to 5 times, after 5 to 15 minutes",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developer.atlassian.com/cloud/jira/platform/webhooks/",
    sample=Sample(
        body='{"timestamp": 1525698237764, "webhookEvent": "jira:issue_created", "issue": {"id": "99291", "key": "JRA-20002", "fields": {"summary": "I feel the need for speed"}}}',
        headers={"X-Atlassian-Webhook-Identifier": "{id}"},
    ),
)
