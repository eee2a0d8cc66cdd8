"""GoCardless: ``Webhook-Signature``, hex over the body, which holds a list of events (https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="gocardless",
    title="GoCardless",
    signed_with="the webhook endpoint's secret",
    scheme=KeyedHash(header="Webhook-Signature"),
    find_id="content-hash",
    deadline=10,
    notes="One call carries up to 250 events of several types, stored and queued as one. GoCardless names 498 for a wrong signature; hookline answers 401.",
    evidence=Evidence.VECTOR,
    documentation="https://developer.gocardless.com/getting-started/staying-up-to-date-with-webhooks",
    sample=Sample(
        body='{"events": [{"id": "EV00BD05S5VM2T", "created_at": "2018-07-05T09:13:51.404Z", "resource_type": "payments", "action": "confirmed", "links": {"payment": "PM0003JJQ2MR06"}, "details": {"origin": "gocardless", "cause": "payment_confirmed", "description": "Payment was confirmed as collected"}, "metadata": {}}]}'
    ),
)
