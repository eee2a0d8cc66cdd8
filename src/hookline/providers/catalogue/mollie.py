"""Mollie's next-generation webhooks: ``X-Mollie-Signature``, hex over the body, with or without ``sha256=`` before it (https://docs.mollie.com/reference/webhooks-new)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="mollie",
    title="Mollie",
    signed_with="the webhook's signing secret",
    scheme=KeyedHash(header="X-Mollie-Signature", prefix="sha256=", bare=True),
    find_id="id",
    find_type="type",
    find_time="createdAt",
    answer=SuccessAnswer(),
    notes="For 24 hours after a rotation the header comes twice. Classic webhooks carry an id alone and are not signed: ask the API what it stands for.",
    evidence=Evidence.SDK,
    documentation="https://docs.mollie.com/reference/webhooks-new",
    sample=Sample(
        body='{"resource": "event", "id": "event_GvJ8WHrp5isUdRub9CJyH", "type": "payment-link.paid", "entityId": "pl_qng5gbbv8NAZ5gpM5ZYgx", "createdAt": "2024-12-16T15:57:04.000Z"}'
    ),
)
