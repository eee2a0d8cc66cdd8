"""WooCommerce: ``X-WC-Webhook-Signature``, base64 over the body (https://woocommerce.com/document/webhooks/)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.ping import FormPing
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="woocommerce",
    title="WooCommerce",
    signed_with="the webhook's secret",
    scheme=KeyedHash(header="X-WC-Webhook-Signature", encoding="base64"),
    find_id="each-call",
    find_type="header:X-WC-Webhook-Topic",
    headers=("X-WC-Webhook-Source",),
    answer=SuccessAnswer(),
    deadline=60,
    retries="never; after 5 failures in a row the webhook is disabled",
    notes="X-WC-Webhook-Delivery-ID is the same for two deliveries in one second, so that it names none, and what was deleted is told by its number alone, in the same words for a product and a customer: each call is its own event, since none is repeated. At creation an unsigned form with webhook_id alone comes first: it is answered, and kept nowhere.",
    handshakes=(FormPing(name="webhook_id"),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://woocommerce.com/document/webhooks/",
    sample=Sample(
        body='{"id": 727, "number": "727", "status": "processing", "currency": "USD", "date_modified_gmt": "2017-03-22T16:28:08", "total": "29.35"}',
        headers={
            "X-WC-Webhook-Topic": "order.updated",
            "X-WC-Webhook-Resource": "order",
            "X-WC-Webhook-Event": "updated",
            "X-WC-Webhook-ID": "1",
        },
    ),
)
