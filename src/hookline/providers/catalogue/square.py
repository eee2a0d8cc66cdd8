"""Square: ``x-square-hmacsha256-signature`` over the notification URL and the body (https://developer.squareup.com/docs/webhooks/step3validate)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="square",
    title="Square",
    signed_with="the subscription's signature key",
    scheme=KeyedHash(header="x-square-hmacsha256-signature", encoding="base64", template="{url}{body}"),
    find_id="event_id",
    find_type="type",
    find_time="created_at",
    keeps_id=True,
    deadline=10,
    retries="for up to 24 hours with growing pauses, until any 2xx",
    notes="The public URL must be the notification URL of the subscription, character for character.",
    evidence=Evidence.VECTOR,
    documentation="https://developer.squareup.com/docs/webhooks/step3validate",
    sample=Sample(
        body='{"merchant_id": "6SSW7HV8K2ST5", "type": "payment.updated", "event_id": "6a8f5f28-54a1-4eb0-a98a-3111513fd4fc", "created_at": "2020-02-06T21:27:34.308Z", "data": {"type": "payment", "id": "hYy9pRFVxpDsO1FB05SunFWUe9JZY", "object": {"payment": {"id": "hYy9pRFVxpDsO1FB05SunFWUe9JZY", "amount_money": {"amount": 100, "currency": "USD"}, "status": "COMPLETED"}}}}'
    ),
)
