"""Notion: ``X-Notion-Signature: sha256=…``, hex over the body (https://developers.notion.com/reference/webhooks)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.secret_exchange import SecretInMember
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="notion",
    title="Notion",
    signed_with="the verification token that Notion sent when the subscription was made",
    scheme=KeyedHash(header="X-Notion-Signature", prefix="sha256="),
    find_id="id",
    find_type="type",
    find_time="timestamp",
    keeps_id=True,
    answer=SuccessAnswer(),
    handshakes=(SecretInMember(name="verification_token"),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developers.notion.com/reference/webhooks",
    sample=Sample(
        body='{"id": "367cba44-b6f3-4c92-81e7-6a2e9659efd4", "timestamp": "2024-12-05T23:55:34.285Z", "workspace_id": "13950b26-c203-4f3b-b97d-93ec06319565", "type": "page.created", "attempt_number": 1, "entity": {"id": "153104cd-477e-809d-8dc4-ff2d96ae3090", "type": "page"}}'
    ),
)
