"""X (Twitter): ``x-twitter-webhooks-signature: sha256=…``, base64 over the body (https://docs.x.com/x-api/webhooks/introduction)."""

from __future__ import annotations

from hookline.domain.source import SuccessAnswer
from hookline.providers.handshakes.signed_answer import CrcToken
from hookline.providers.keyed_hash import KeyedHash
from hookline.providers.provider import Evidence, Provider, Sample

__all__ = ["PROVIDER"]

PROVIDER = Provider(
    name="x",
    title="X",
    signed_with="the app's consumer secret (API secret key)",
    scheme=KeyedHash(header="x-twitter-webhooks-signature", encoding="base64", prefix="sha256="),
    find_id="content-hash",
    answer=SuccessAnswer(),
    deadline=10,
    handshakes=(CrcToken(),),
    evidence=Evidence.DOCUMENTATION,
    documentation="https://docs.x.com/x-api/webhooks/introduction",
    sample=Sample(
        body='{"for_user_id": "2244994945", "tweet_create_events": [{"created_at": "Mon Mar 25 18:25:38 +0000 2019", "id_str": "1110255632127098880", "text": "hello"}]}'
    ),
)
