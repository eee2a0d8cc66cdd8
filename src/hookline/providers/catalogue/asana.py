"""Asana: ``X-Hook-Signature``, hex over the body (https://developers.asana.com/docs/webhooks-guide)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.ping import Heartbeat
from hookline.providers.handshakes.secret_exchange import SecretInHeader
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="asana",
    title="Asana",
    signed_with="the secret that Asana sent in X-Hook-Secret when the webhook was made",
    scheme=KeyedHash(header="X-Hook-Signature"),
    find_id="content-hash",
    answer=SuccessAnswer(),
    deadline=10,
    retries="with growing pauses for 24 hours, then the webhook is deleted",
    notes="Each webhook has its own secret, and its own source here. A heartbeat has no events: it is answered, and kept nowhere.",
    handshakes=(SecretInHeader(header="X-Hook-Secret"), Heartbeat()),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://developers.asana.com/docs/webhooks-guide",
    sample=Sample(
        body='{"events": [{"user": {"gid": "12345", "resource_type": "user"}, "created_at": "2013-08-21T18:20:37.972Z", "action": "changed", "resource": {"gid": "1337", "resource_type": "task", "name": "My Task"}, "parent": null}]}'
    ),
)
