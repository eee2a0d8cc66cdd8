"""Razorpay: ``X-Razorpay-Signature``, hex over the body (https://razorpay.com/docs/webhooks/validate-test/)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="razorpay",
    title="Razorpay",
    signed_with="the webhook's secret, as it was chosen",
    scheme=KeyedHash(header="X-Razorpay-Signature"),
    find_id="header:x-razorpay-event-id || content-hash",
    find_type="event",
    find_time="created_at",
    keeps_id=True,
    deadline=5,
    retries="for 24 hours with growing pauses, then the webhook is disabled",
    evidence=Evidence.VECTOR,
    documentation="https://razorpay.com/docs/webhooks/validate-test/",
    sample=Sample(
        body='{"entity": "event", "account_id": "acc_BFQ7uQEaa7j2z7", "event": "payment.captured", "contains": ["payment"], "payload": {"payment": {"entity": {"id": "pay_DESlfW9H8K9uqM", "entity": "payment", "amount": 100, "currency": "INR", "status": "captured"}}}, "created_at": 1567674599}',
        headers={"x-razorpay-event-id": "{id}"},
    ),
)
