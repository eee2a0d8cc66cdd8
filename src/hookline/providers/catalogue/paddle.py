"""Paddle Billing: ``Paddle-Signature: ts=…;h1=…`` over the time and the body (https://developer.paddle.com/webhooks/signature-verification)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="paddle",
    title="Paddle",
    signed_with="the notification destination's secret key: pdl_ntfset_…",
    scheme=KeyedHash(
        header="Paddle-Signature",
        signature_field="h1",
        separator=";",
        timestamp_field="ts",
        template="{timestamp}:{body}",
    ),
    find_id="event_id",
    find_type="event_type",
    find_time="occurred_at",
    keeps_id=True,
    answer=SuccessAnswer(),
    deadline=5,
    retries="60 times in three days for live accounts, 3 times in 15 minutes in the sandbox",
    notes="Paddle's own SDKs tolerate 5 seconds; hookline tolerates 300 unless `tolerance` says otherwise.",
    evidence=Evidence.VECTOR,
    documentation="https://developer.paddle.com/webhooks/signature-verification",
    sample=Sample(
        body='{"event_id": "evt_01hv8x2acma2gz7he8kg2s0hna", "event_type": "transaction.completed", "occurred_at": "2024-04-12T10:18:49.621022Z", "notification_id": "ntf_01hv8x2af22vrrz37fw8m97jnk", "data": {"id": "txn_01hv8wptq8987qeep44cyrewp9", "status": "completed", "currency_code": "USD", "details": {"totals": {"total": "180000", "currency_code": "USD"}}}}'
    ),
)
