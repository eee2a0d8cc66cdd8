"""Contentful's webhooks.

``x-contentful-signed-headers`` names the headers that are signed: ``METHOD``, the path, ``name:value`` of each, sorted and joined by ``;``, and
the body, each on a line of its own (https://www.contentful.com/developers/docs/webhooks/request-verification/; ``signRequest`` of
@contentful/node-apps-toolkit).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from hookline.domain.source import Verified
from hookline.errors import Rejected
from hookline.providers.primitives import check_timestamp, fitting, hex_mac, mismatch, required, written_time
from hookline.providers.provider import Evidence, Provider, Sample
from hookline.providers.scheme import DEFAULT_TOLERANCE, ConfiguredScheme
from hookline.record import record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from hookline.domain.request import Request
    from hookline.domain.secret import Secret

__all__ = ["PROVIDER", "CanonicalRequest"]

_HEADER = "x-contentful-signature"
_NAMES = "x-contentful-signed-headers"
_TIME = "x-contentful-timestamp"
_ID = "x-contentful-idempotency-key"
_MOST_HEADERS = 64
_IN_QUERY = "!'()*-._~"
_IN_URI = ";,/?:@&=+$-_.!~*'()#"


@record
class CanonicalRequest(ConfiguredScheme):
    """The scheme; ``public_url`` is the URL that Contentful calls."""

    public_url: str = ""
    tolerance: timedelta = DEFAULT_TOLERANCE

    def verify(self, request: Request, secrets: Sequence[Secret]) -> Verified:
        """Prove the sender. The list of names and the time must be among the signed headers."""
        signatures = required(request, _HEADER).lower().split(",")
        names = [name.strip(" \t").lower() for name in required(request, _NAMES).split(",")[:_MOST_HEADERS]]
        if not {_NAMES, _TIME} <= set(names):
            raise Rejected(
                "signature_mismatch", f"the header {_NAMES} does not list itself or {_TIME}: they are not signed"
            )
        check_timestamp(
            request.headers.get(_TIME), f"the header {_TIME}", request.received_at, self.tolerance, "milliseconds"
        )
        signed = self._text(request, {name: required(request, name).strip(" \t") for name in names})
        candidates = [signature.strip(" \t").encode("latin-1") for signature in signatures]
        secret = fitting(secrets, lambda key: hex_mac(key, signed + request.body), candidates)
        if secret is None:
            raise mismatch(_HEADER)
        named = request.headers.get(_ID) if _ID in names else None
        return Verified(secret=secret.name, delivery_id=named or hashlib.sha256(request.body).hexdigest())

    def sign(self, body: bytes, *, secret: bytes, delivery_id: str, at: datetime) -> dict[str, str]:
        """The signature over the id, the names and the time."""
        headers = {_ID: delivery_id, _NAMES: f"{_ID},{_NAMES},{_TIME}", _TIME: written_time(at, "milliseconds")}
        signature = hex_mac(secret, self._text(None, headers) + body).decode()
        return {_HEADER: signature} | headers

    def _text(self, request: Request | None, headers: Mapping[str, str]) -> bytes:
        """The signed text before the body."""
        method, query = (request.method, request.query) if request else ("POST", "")
        path = urlsplit(self.public_url).path or "/"
        called = quote(f"{path}?{quote(query, safe=_IN_QUERY)}" if query else path, safe=_IN_URI)
        listed = ";".join(f"{name}:{headers[name]}" for name in sorted(headers))
        return f"{method}\n{called}\n".encode("utf-8", "replace") + listed.encode("latin-1") + b"\n"


PROVIDER = Provider(
    name="contentful",
    title="Contentful",
    signs="`x-contentful-signature`, HMAC-SHA256 in hex over method, path, the headers that `x-contentful-signed-headers` names, and the body",
    signed_with="the space's webhook signing secret",
    scheme=CanonicalRequest(),
    carries_id=True,
    find_id="header:x-contentful-idempotency-key || content-hash",
    find_type="header:X-Contentful-Topic",
    find_time="sys.updatedAt",
    keeps_id=True,
    media_types=frozenset({"application/vnd.contentful.management.v1+json", "application/json"}),
    notes="The id is used if its header is among the signed ones; so is the topic in each call of Contentful's own.",
    evidence=Evidence.SDK,
    documentation="https://www.contentful.com/developers/docs/webhooks/request-verification/",
    sample=Sample(
        body='{"sys": {"type": "Entry", "id": "2nP5IwmBRe2UcoyWOIuIKi", "space": {"sys": {"type": "Link", "linkType": "Space", "id": "xabz6oyr33jb"}}, "createdAt": "2019-08-19T11:43:42.192Z", "updatedAt": "2019-08-19T11:43:42.192Z", "revision": 1}, "fields": {"title": {"en-US": "Hello"}}}',
        headers={"X-Contentful-Topic": "ContentManagement.Entry.publish"},
    ),
)
