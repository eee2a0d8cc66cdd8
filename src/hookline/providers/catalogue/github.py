"""GitHub: ``X-Hub-Signature-256: sha256=…``, hex over the body (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="github",
    title="GitHub",
    signed_with="the webhook's secret, as it was chosen",
    scheme=KeyedHash(header="X-Hub-Signature-256", prefix="sha256="),
    find_id="header:X-GitHub-Delivery",
    find_type="header:X-GitHub-Event",
    keeps_id=True,
    max_body=25 * 1024 * 1024,
    max_body_source="https://docs.github.com/en/webhooks/webhook-events-and-payloads",
    deadline=10,
    retries="never by itself: redeliver by hand or by the API",
    notes="Choose the content type application/json. Id and type stand in headers, which are not signed.",
    evidence=Evidence.VECTOR,
    documentation="https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    sample=Sample(
        body='{"ref": "refs/heads/main", "before": "0000000000000000000000000000000000000000", "after": "6dcb09b5b57875f334f61aebed695e2e4193db5e", "repository": {"id": 186853002, "full_name": "octocat/Hello-World"}, "pusher": {"name": "octocat"}}',
        headers={"X-GitHub-Delivery": "{id}", "X-GitHub-Event": "push"},
    ),
)
