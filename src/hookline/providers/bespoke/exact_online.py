"""Exact Online's webhooks (https://support.exactonline.com/community/s/knowledge-base#All-All-DNO-Content-webhooksc).

The body is ``{"Content":…,"HashCode":"…"}``: the hash is over the text of ``Content`` exactly as it is written there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.primitives import fitting, hex_mac
from hookline.providers.provider import Provider, Sample
from hookline.providers.scheme import Signed, SignedInside
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "HashedContent"]

_BODY = re.compile(rb'\{"Content":(\{.*\}),"HashCode":"([0-9A-F]{64})"\}', re.DOTALL)


@record
class HashedContent(SignedInside):
    """The scheme. A body in any other form is refused: parts outside the content would not be proved."""

    @property
    def signed(self) -> Signed:
        """The content and its hash."""
        return Signed(members=(("Content",), ("HashCode",)))

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender."""
        parts = _BODY.fullmatch(request.body)
        if parts is None:
            code = "signature_mismatch" if b'"HashCode"' in request.body else "signature_missing"
            raise Rejected(code, 'the body is not {"Content":…,"HashCode":"…"}')
        secret = fitting(secrets, lambda key: hex_mac(key, parts[1]).upper(), [parts[2]])
        if secret is None:
            raise Rejected("signature_mismatch", "HashCode of the body does not match its Content")
        return Verified(secret=secret.name)

    def signed_body(self, body: bytes, *, secret: bytes, at: datetime) -> bytes:  # noqa: ARG002 -- required by Scheme; no time is signed
        """The body with a hash after its content; a body without content is not changed."""
        parts = re.fullmatch(rb'\{\s*"Content":\s*(\{.*\})\s*(?:,\s*"HashCode":\s*"[^"]*"\s*)?\}', body, re.DOTALL)
        if parts is None:
            return body
        return b'{"Content":' + parts[1] + b',"HashCode":"' + hex_mac(secret, parts[1]).upper() + b'"}'


PROVIDER = Provider(
    name="exact-online",
    title="Exact Online",
    signs="the body's own `HashCode`, HMAC-SHA256 in hex over its `Content`",
    signed_with="the application's webhook secret",
    scheme=HashedContent(),
    find_id="content-hash",
    find_type="join('.', [Content.Topic, Content.Action])",
    documentation="https://support.exactonline.com/community/s/knowledge-base#All-All-DNO-Content-webhooksc",
    sample=Sample(
        body='{"Content":{"Topic":"Accounts","Action":"Update","Division":1234567,"Key":"6eb7f0d1-3a4b-4c5d-8e9f-0a1b2c3d4e5f","ExactOnlineEndpoint":"https://start.exactonline.nl/api/v1/1234567/crm/Accounts(guid\'6eb7f0d1-3a4b-4c5d-8e9f-0a1b2c3d4e5f\')","EventCreatedOn":"2021-02-03T04:05:06.789"}}',
        fresh="Key",
    ),
)
