"""Airtable: ``X-Airtable-Content-MAC: hmac-sha256=…``, hex over the body, the key in base64 (https://airtable.com/developers/web/api/webhooks-overview)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="airtable",
    title="Airtable",
    signed_with="the webhook's macSecretBase64",
    scheme=KeyedHash(header="X-Airtable-Content-MAC", prefix="hmac-sha256=", secret_encoding="base64"),
    find_id="content-hash",
    find_time="timestamp",
    answer=SuccessAnswer(),
    deadline=25,
    notes="A call says that something changed; what it was is read from the API.",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://airtable.com/developers/web/api/webhooks-overview",
    sample=Sample(
        body='{"base": {"id": "app00000000000000"}, "webhook": {"id": "ach00000000000000"}, "timestamp": "2022-02-01T21:25:05.663Z"}'
    ),
)
