"""Chargebee: user and password in ``Authorization`` (https://www.chargebee.com/docs/2.0/webhook_settings.html)."""

from __future__ import annotations

from hookline.providers.provider import Evidence, Proves, Provider, Sample
from hookline.providers.shared_token import SharedToken

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="chargebee",
    title="Chargebee",
    signed_with="user:password of the webhook's basic authentication",
    scheme=SharedToken(header="Authorization", is_basic=True),
    proves=Proves.SENDER,
    covers="nothing: the secret itself stands in a header of each call",
    find_id="id",
    find_type="event_type",
    find_time="occurred_at",
    keeps_id=True,
    retries="up to 7 times with growing pauses",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://www.chargebee.com/docs/2.0/webhook_settings.html",
    sample=Sample(
        body='{"id": "ev_16BdDXSlbu4uV1Ee6", "occurred_at": 1487075885, "source": "api", "object": "event", "api_version": "v2", "event_type": "subscription_created", "webhook_status": "not_configured", "content": {"subscription": {"id": "16BdDXSlbu4uD1Ee5"}}}'
    ),
)
