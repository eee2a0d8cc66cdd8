"""Typeform: ``Typeform-Signature: sha256=…``, base64 over the body (https://www.typeform.com/developers/webhooks/secure-your-webhooks/)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="typeform",
    title="Typeform",
    signed_with="the webhook's secret",
    scheme=KeyedHash(header="Typeform-Signature", encoding="base64", prefix="sha256="),
    find_id="event_id",
    find_type="event_type",
    find_time="form_response.submitted_at",
    deadline=30,
    retries="with growing pauses; 404 and 410 disable the webhook at once",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://www.typeform.com/developers/webhooks/secure-your-webhooks/",
    sample=Sample(
        body='{"event_id": "LtWXD3crgy", "event_type": "form_response", "form_response": {"form_id": "lT4Z3j", "token": "a3a12ec67a1365927098a606107fac15", "submitted_at": "2018-01-18T18:17:02Z", "answers": []}}'
    ),
)
