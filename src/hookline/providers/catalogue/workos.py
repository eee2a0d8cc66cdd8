"""WorkOS: ``WorkOS-Signature: t=…, v1=…`` over the time in milliseconds and the body (https://workos.com/docs/events/data-syncing/webhooks)."""

from __future__ import annotations

from datetime import timedelta

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="workos",
    title="WorkOS",
    signed_with="the webhook endpoint's secret",
    scheme=KeyedHash(
        header="WorkOS-Signature",
        signature_field="v1",
        timestamp_field="t",
        timestamp_unit="milliseconds",
        tolerance=timedelta(seconds=180),
        template="{timestamp}.{body}",
    ),
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
)
