"""Sentry: ``Sentry-Hook-Signature``, hex over the body (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="sentry",
    title="Sentry",
    signed_with="the integration's client secret",
    scheme=KeyedHash(header="Sentry-Hook-Signature"),
    find_id="header:Request-ID",
    find_type="header:Sentry-Hook-Resource",
    find_time="header:Sentry-Hook-Timestamp",
    max_body=6 * 1024 * 1024,  # 1 MB of event, of which JSON may write each byte in six, and the rest
    max_body_source="https://docs.sentry.io/concepts/data-management/size-limits/",
    deadline=1,
    evidence=Evidence.DOCUMENTATION,
    documentation="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    sample=Sample(
        body='{"action": "created", "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"}, "data": {"issue": {"id": "1170820242", "title": "Error #1: This is a test error!", "level": "error"}}, "actor": {"type": "application", "id": "sentry", "name": "Sentry"}}',
        headers={"Request-ID": "{id}", "Sentry-Hook-Resource": "issue", "Sentry-Hook-Timestamp": "{seconds}"},
    ),
)
