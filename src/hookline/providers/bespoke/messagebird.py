"""MessageBird's webhooks (https://developers.messagebird.com/api/#verifying-http-requests; go-rest-api, ``signature_jwt``)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hookline.domain.source import SuccessAnswer
from hookline.providers.primitives import any_equal, url_called
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.token_place import Place
from hookline.providers.web_token import KEYED, BodyHash, SharedKeyToken
from hookline.record import record

if TYPE_CHECKING:
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.providers.web_token import ReadToken

__all__ = ["PROVIDER", "TokenForUrl"]

_URL_HASH = "url_hash"


@record
class TokenForUrl(SharedKeyToken):
    """The scheme: the token contains digests of the called URL and of the body."""

    public_url: str = ""

    def check(self, token: ReadToken, request: Request) -> None:
        """See ``WebToken.check``; also refuses a token for another URL."""
        SharedKeyToken.check(self, token, request)
        stated = token.claims.get(_URL_HASH)
        called = hashlib.sha256(url_called(self.public_url, request)).hexdigest()
        if not isinstance(stated, str) or not any_equal(called.encode(), [stated.encode("utf-8", "replace")]):
            raise self.refused("is for another URL than the source's public_url with the query of this call (url_hash)")

    def claims_for(self, body: bytes, *, delivery_id: str, at: datetime) -> dict[str, object]:
        """See ``WebToken.claims_for``: with the URL, and with its beginning where MessageBird writes it."""
        claims = SharedKeyToken.claims_for(self, body, delivery_id=delivery_id, at=at)
        url_hash = hashlib.sha256(self.public_url.encode()).hexdigest()
        return {"nbf": claims.pop("iat"), **claims, _URL_HASH: url_hash}


PROVIDER = Provider(
    name="messagebird",
    title="MessageBird",
    signs="`MessageBird-Signature-JWT`, a JWT (HS256) that holds the SHA-256 of the URL and of the body, and its own time",
    signed_with="the signing key",
    scheme=TokenForUrl(
        algorithms=tuple(KEYED),
        place=Place(headers=("MessageBird-Signature-JWT",)),
        issuers=("MessageBird",),
        body_hash=BodyHash(claim="payload_hash"),
    ),
    find_id="content-hash",
    find_type="type || status || 'webhook'",
    answer=SuccessAnswer(),
    notes="The signing key is not the API key: it is in the developers' settings of the dashboard, and is used "
    "exactly as it is written there.",
    evidence=Evidence.VECTOR,
    documentation="https://developers.messagebird.com/api/#verifying-http-requests",
    sample=Sample(
        body='{"type": "message.created", "contact": {"id": "9354647c5b144a2b4c99f2n42497249"}, "conversation": {"id": "2e15efafec384e1c82e9842075e87beb"}, "message": {"id": "ac7c1b5e5ad34fd7b6d4ea4f1cd0a3ff", "direction": "received", "type": "text", "content": {"text": "hello"}, "createdDatetime": "2018-04-09T11:46:20Z"}}'
    ),
)
