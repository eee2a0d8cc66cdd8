"""Paystack: ``x-paystack-signature``, HMAC-SHA512 in hex over the body (https://paystack.com/docs/payments/webhooks/)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="paystack",
    title="Paystack",
    signed_with="the account's secret key: sk_live_… or sk_test_…",
    scheme=KeyedHash(header="x-paystack-signature", algorithm="sha512"),
    find_id="content-hash",
    find_type="event",
    answer=SuccessAnswer(),
    retries="live: every 3 minutes for the first 4 tries, then every hour for 72 hours; test: every hour for 10 hours",
    notes="The body has no id of the event itself: a repeat is known by its bytes.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://paystack.com/docs/payments/webhooks/",
    sample=Sample(
        body='{"event": "charge.success", "data": {"id": 302961, "domain": "live", "status": "success", "reference": "qTPrJoy9Bx", "amount": 10000, "paid_at": "2016-09-30T21:10:19.000Z", "currency": "NGN"}}'
    ),
)
