"""Linear: ``Linear-Signature``, hex over the body, whose ``webhookTimestamp`` tells the time (https://linear.app/developers/webhooks)."""

from __future__ import annotations

from datetime import timedelta

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="linear",
    title="Linear",
    signed_with="the webhook's signing secret",
    scheme=KeyedHash(
        header="Linear-Signature",
        timestamp_member="webhookTimestamp",
        timestamp_unit="milliseconds",
        tolerance=timedelta(seconds=60),
    ),
    find_id="header:Linear-Delivery || content-hash",
    find_type="type",
    find_time="createdAt",
    unique_body="every body has webhookTimestamp, the moment when the call was sent, in milliseconds (https://linear.app/developers/webhooks)",
    answer=SuccessAnswer(),
    deadline=5,
    retries="3 times: after 1 minute, 1 hour and 6 hours; then the webhook may be disabled",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://linear.app/developers/webhooks",
    sample=Sample(
        body='{"action":"create","type":"Issue","createdAt":"2020-01-23T12:53:18.084Z","data":{"id":"2174add1-f7c8-44e3-bbf3-2d60b5ea8bc9","title":"Example"},"webhookTimestamp":{milliseconds},"webhookId":"000042e3-d123-4980-b49f-8e140eef9329"}',
        headers={"Linear-Delivery": "{id}", "Linear-Event": "Issue"},
    ),
)
