"""PagerDuty V3: ``X-PagerDuty-Signature: v1=…,v1=…``, hex over the body (https://developer.pagerduty.com/docs/verifying-webhook-signatures)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="pagerduty",
    title="PagerDuty",
    signed_with="the subscription's secret",
    scheme=KeyedHash(header="X-PagerDuty-Signature", prefix="v1="),
    find_id="event.id",
    find_type="event.event_type",
    find_time="event.occurred_at",
    keeps_id=True,
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developer.pagerduty.com/docs/verifying-webhook-signatures",
    sample=Sample(
        body='{"event": {"id": "5ac64822-4adc-4fda-ade0-410becf0de4f", "event_type": "incident.priority_updated", "resource_type": "incident", "occurred_at": "2020-10-02T18:45:22.169Z", "data": {"id": "PGR0VU2", "type": "incident", "number": 2, "status": "triggered"}}}'
    ),
)
