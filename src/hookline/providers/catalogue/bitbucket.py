"""Bitbucket Cloud: ``X-Hub-Signature: sha256=…``, hex over the body (https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/)."""

from __future__ import annotations

from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="bitbucket",
    title="Bitbucket",
    signed_with="the webhook's secret",
    scheme=KeyedHash(header="X-Hub-Signature", prefix="sha256="),
    find_id="header:X-Request-UUID",
    find_type="header:X-Event-Key",
    deadline=10,
    retries="up to two more times, after 5xx and silence",
    evidence=Evidence.DOCUMENTATION,
    documentation="https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/",
    sample=Sample(
        body='{"actor": {"type": "user", "display_name": "Emma"}, "repository": {"type": "repository", "full_name": "emmap1/test"}, "push": {"changes": [{"new": {"type": "branch", "name": "main"}}]}}',
        headers={"X-Request-UUID": "{id}", "X-Event-Key": "repo:push"},
    ),
)
