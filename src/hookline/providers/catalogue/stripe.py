"""Stripe: ``Stripe-Signature: t=…,v1=…`` over the time and the body (https://docs.stripe.com/webhooks/signature). ``v0`` is passed over."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="stripe",
    title="Stripe",
    signed_with="the endpoint's signing secret, whole: whsec_…",
    scheme=KeyedHash(
        header="Stripe-Signature", signature_field="v1", timestamp_field="t", template="{timestamp}.{body}"
    ),
    find_id="id",
    find_type="type",
    find_time="created",
    keeps_id=True,
    retries="for up to three days with growing pauses, until any 2xx; redirects count as failures",
    evidence=Evidence.SDK,
    documentation="https://docs.stripe.com/webhooks/signature",
    sample=Sample(
        body='{"id": "evt_1NG8Du2eZvKYlo2CUI79vXWy", "object": "event", "api_version": "2019-02-19", "created": 1686089970, "data": {"object": {"id": "pi_3MtwBwLkdIwHu7ix28a3tqPa", "object": "payment_intent", "amount": 2000, "currency": "usd", "status": "succeeded"}}, "livemode": false, "type": "payment_intent.succeeded"}'
    ),
)
